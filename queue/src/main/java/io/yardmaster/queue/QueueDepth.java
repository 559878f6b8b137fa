package io.yardmaster.queue;

import java.util.List;
import java.util.TreeMap;

/// The figures of one queue. Counters count since the queue was first used.
///
/// @param oldestMs age of the oldest waiting request, 0 when none waits
public record QueueDepth(
        QueueName queue,
        long depth,
        long inFlight,
        long scheduled,
        long dead,
        long oldestMs,
        boolean paused,
        long enqueued,
        long succeeded,
        long failed,
        long cancelled,
        long expired,
        long retried) {
    /// The figures of several shards, summed by queue, in the order of the queues. A queue is
    /// paused when it is at any of them.
    public static List<QueueDepth> sum(List<List<QueueDepth>> shards) {
        if (shards.size() == 1) {
            return shards.getFirst();
        }
        TreeMap<QueueName, QueueDepth> sums = new TreeMap<>();
        shards.forEach(depths ->
                depths.forEach(depth -> sums.merge(depth.queue(), depth, QueueDepth::plus)));
        return List.copyOf(sums.values());
    }

    private QueueDepth plus(QueueDepth other) {
        return new QueueDepth(
                queue,
                depth + other.depth,
                inFlight + other.inFlight,
                scheduled + other.scheduled,
                dead + other.dead,
                Math.max(oldestMs, other.oldestMs),
                paused || other.paused,
                enqueued + other.enqueued,
                succeeded + other.succeeded,
                failed + other.failed,
                cancelled + other.cancelled,
                expired + other.expired,
                retried + other.retried);
    }
}
