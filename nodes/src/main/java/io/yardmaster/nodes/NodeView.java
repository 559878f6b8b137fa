package io.yardmaster.nodes;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// One node as this replica sees it, for people and programs that look.
///
/// @param reportAge since the report arrived; null without one
/// @param inFlight this replica's requests there
/// @param latencyMs moving average of successes, 0 before the first
/// @param errorRate of the last 20 s, 0 to 1
/// @param healthScore 0 to 100
/// @param served successes seen by this replica
/// @param failed failures seen by this replica
/// @param limit most requests of all replicas there now: as configured, or less where that was
///   learnt
public record NodeView(
        Node node,
        State state,
        @Nullable Report report,
        @Nullable Duration reportAge,
        int inFlight,
        double latencyMs,
        double errorRate,
        int healthScore,
        long served,
        long failed,
        int limit) {

    /// `DRAINING` whatever the health.
    public enum State {
        HEALTHY,
        UNHEALTHY,
        UNKNOWN,
        DRAINING
    }

    static NodeView of(LiveNode live, NodesConfig.Resources limits, long nowNanos) {
        State state =
                live.node.draining()
                        ? State.DRAINING
                        : switch (live.health.health()) {
                            case HEALTHY -> State.HEALTHY;
                            case UNHEALTHY -> State.UNHEALTHY;
                            case UNKNOWN -> State.UNKNOWN;
                        };
        Report report = live.load.report();
        Duration age =
                report == null
                        ? null
                        : Duration.ofNanos(Math.max(0, nowNanos - live.load.reportedAt()));
        return new NodeView(
                live.node,
                state,
                report,
                age,
                live.inFlight,
                live.figures.latencySeconds() * 1000,
                live.figures.errorRate(nowNanos),
                live.healthScore(nowNanos),
                live.figures.served(),
                live.figures.failed(),
                live.slotsOfAll(limits));
    }
}
