package io.yardmaster.dispatcher.search;

import io.yardmaster.queue.Listed;
import io.yardmaster.queue.RequestHead;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// One request, as filters and lists look at it.
///
/// @param node where it is or was last; null when this replica can't know
/// @param settledAtMs 0 while it has not ended
/// @param reason why it was given up, or what its last attempt failed of; null: nothing failed
/// @param message about that, for people
/// @param status of the node's last answer, 0 when there was none
/// @param waitsMs until it is due, when it is scheduled
public record Entry(
        String id,
        String service,
        String priority,
        RequestState state,
        int attempts,
        @Nullable String node,
        long enqueuedAtMs,
        long settledAtMs,
        @Nullable String method,
        @Nullable String path,
        @Nullable String reason,
        @Nullable String message,
        int status,
        OptionalLong waitsMs) {

    /// @param flights the node that a request in flight is at, by id and attempt, as far as it is
    ///   known
    public static Entry of(Listed listed, BiFunction<String, Integer, Optional<String>> flights) {
        return switch (listed) {
            case Listed.Live live -> live(live, flights);
            case Listed.Ended ended -> ended(ended);
        };
    }

    private static Entry live(
            Listed.Live live, BiFunction<String, Integer, Optional<String>> flights) {
        RequestHead head = live.head();
        RequestState state = RequestState.of(head);
        Facts last = Facts.of(live.lastLine());
        String node =
                state == RequestState.IN_FLIGHT
                        ? flights.apply(head.id(), head.attempts()).orElse(null)
                        : last.node;
        return new Entry(
                head.id(),
                head.queue().service(),
                head.queue().priority().text(),
                state,
                head.attempts(),
                node,
                head.enqueuedAtMs(),
                0,
                head.method(),
                head.path(),
                last.cause,
                last.message,
                last.status,
                live.waitsMs());
    }

    private static Entry ended(Listed.Ended ended) {
        Facts facts = Facts.of(ended.outcome());
        Optional<RequestHead> head = ended.head();
        return new Entry(
                ended.id(),
                head.map(each -> each.queue().service()).orElse(orEmpty(facts.service)),
                head.map(each -> each.queue().priority().text()).orElse(orEmpty(facts.priority)),
                RequestState.of(ended.end()),
                head.map(RequestHead::attempts).orElse(facts.attempts),
                facts.node,
                head.map(RequestHead::enqueuedAtMs).orElse(facts.enqueuedAtMs),
                facts.settledAtMs,
                head.map(RequestHead::method).orElse(facts.method),
                head.map(RequestHead::path).orElse(facts.path),
                facts.reason,
                facts.message,
                facts.status,
                OptionalLong.empty());
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }
}
