package io.yardmaster.dispatcher.overview;

import io.yardmaster.dispatcher.dispatch.Durability;
import io.yardmaster.dispatcher.history.Flow;
import io.yardmaster.nodes.NodeView;
import io.yardmaster.queue.QueueDepth;
import io.yardmaster.queue.QueueName;
import io.yardmaster.ratelimit.Breakers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/// All that [Attention] judges by.
///
/// @param flows of the last minute
/// @param tripped breakers that are open or half-open
/// @param served services that some node could serve now
/// @param slow more facts, which are looked at less often
/// @param bounds what is too much
public record Situation(
        List<QueueDepth> depths,
        Map<QueueName, Flow> flows,
        List<NodeView> nodes,
        List<Breakers.Entry> tripped,
        Set<String> served,
        Slow slow,
        Bounds bounds) {

    /// What costs more to find out than a look at the queues.
    ///
    /// @param pausedMs for how long each paused queue has been so
    /// @param quarantined items that were pushed and are no requests
    /// @param refusal why Redis' settings make enqueues be refused; empty when they don't
    /// @param persistence what Redis failed to write, in plain words
    /// @param repaired what the audit's last passes mended, by kind
    public record Slow(
            Map<QueueName, Long> pausedMs,
            long quarantined,
            Durability durability,
            String refusal,
            List<String> persistence,
            Map<String, Long> repaired) {}

    /// @param timeout of one attempt, by queue
    /// @param maxSize requests that a queue may hold
    /// @param maxDead dead requests that a queue keeps
    /// @param reportExpiry age from which on a node's report counts as absent
    public record Bounds(
            Function<QueueName, Duration> timeout,
            long maxSize,
            long maxDead,
            Duration reportExpiry) {}
}
