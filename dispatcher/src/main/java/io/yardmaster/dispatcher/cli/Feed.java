package io.yardmaster.dispatcher.cli;

import java.util.List;

/// What `top` has read from the dispatcher. Immutable.
///
/// @param overview `GET /v1/overview`, or [Json#MISSING] when this server has none
/// @param queues its queues, by service and urgency
/// @param nodes the nodes
/// @param requests the newest page of requests, when that page was looked at
/// @param dead the newest page of dead requests, when that page was looked at
/// @param events the latest events, newest first, when that page was looked at
/// @param trouble why the last reading failed, or empty
/// @param atNanos when the last good reading was made, on the stopwatch
record Feed(
        Json overview,
        List<Json> queues,
        List<Json> nodes,
        List<Json> requests,
        List<Json> dead,
        List<Json> events,
        String trouble,
        long atNanos) {

    /// Before the first reading.
    static final Feed NONE =
            new Feed(
                    Json.MISSING,
                    List.of(),
                    List.of(),
                    List.of(),
                    List.of(),
                    List.of(),
                    "not read yet",
                    0);

    /// The figures stay, and the banner says why they are old.
    Feed failed(String why) {
        return new Feed(overview, queues, nodes, requests, dead, events, why, atNanos);
    }

    /// The rows of a page.
    List<Json> rows(Tab tab) {
        return switch (tab) {
            case OVERVIEW, QUEUES -> queues;
            case REQUESTS -> requests;
            case NODES -> nodes;
            case DEAD -> dead;
            case EVENTS -> events;
        };
    }
}
