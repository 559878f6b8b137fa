package io.yardmaster.queue;

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
        long retried) {}
