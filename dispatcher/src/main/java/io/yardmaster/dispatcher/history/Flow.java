package io.yardmaster.dispatcher.history;

import io.yardmaster.queue.QueueDepth;

/// What came into a queue and what left it during some time, in requests.
///
/// @param failed those that became dead
/// @param left those that ended in any way: succeeded, dead, cancelled or expired
public record Flow(double enqueued, double succeeded, double failed, double retried, double left) {
    public static final Flow NONE = new Flow(0, 0, 0, 0, 0);

    /// What happened between two looks. Counters that went back, because Redis was restored from a
    /// backup, say nothing.
    static Flow between(QueueDepth before, QueueDepth after) {
        return new Flow(
                Math.max(0, after.enqueued() - before.enqueued()),
                Math.max(0, after.succeeded() - before.succeeded()),
                Math.max(0, after.failed() - before.failed()),
                Math.max(0, after.retried() - before.retried()),
                Math.max(0, left(after) - left(before)));
    }

    private static long left(QueueDepth depth) {
        return depth.succeeded() + depth.failed() + depth.cancelled() + depth.expired();
    }

    public Flow plus(Flow other) {
        return new Flow(
                enqueued + other.enqueued,
                succeeded + other.succeeded,
                failed + other.failed,
                retried + other.retried,
                left + other.left);
    }

    public Flow times(double factor) {
        return new Flow(
                enqueued * factor,
                succeeded * factor,
                failed * factor,
                retried * factor,
                left * factor);
    }
}
