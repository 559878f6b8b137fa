package io.yardmaster.dispatcher.cli;

/// The sums over all queues and nodes: the dispatcher's own when it gives them, else added up here.
///
/// @param oldestMs how long the oldest has waited; negative when nothing waits
record Totals(
        long waiting,
        long inFlight,
        long scheduled,
        long dead,
        long oldestMs,
        long nodesUp,
        long nodes) {

    static Totals of(Feed feed) {
        Json totals = feed.overview().at("totals");
        if (!totals.missing()) {
            Number oldest = totals.at("oldestMs").number();
            return new Totals(
                    totals.at("waiting").count(),
                    totals.at("inFlight").count(),
                    totals.at("scheduled").count(),
                    totals.at("dead").count(),
                    oldest == null ? -1 : oldest.longValue(),
                    feed.overview().at("nodes").at("up").count(),
                    feed.overview().at("nodes").at("total").count());
        }
        long waiting = 0;
        long inFlight = 0;
        long scheduled = 0;
        long dead = 0;
        long oldest = -1;
        for (Json queue : feed.queues()) {
            waiting += queue.at("depth").count();
            inFlight += queue.at("inFlight").count();
            scheduled += queue.at("scheduled").count();
            dead += queue.at("dead").count();
            Number age = queue.at("oldestMs").number();
            oldest = age == null ? oldest : Math.max(oldest, age.longValue());
        }
        long up = feed.nodes().stream().filter(Totals::up).count();
        return new Totals(waiting, inFlight, scheduled, dead, oldest, up, feed.nodes().size());
    }

    private static boolean up(Json node) {
        String state = node.at("state").raw("");
        return state.equals("healthy") || state.equals("unknown") || state.equals("half-open");
    }
}
