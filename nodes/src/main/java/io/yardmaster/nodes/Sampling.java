package io.yardmaster.nodes;

/// Lets so many decisions a second be recorded, and of a quiet system every one: what was not used
/// in the last ten seconds is still there. Not thread-safe.
final class Sampling {
    private static final double SECONDS_KEPT = 10;

    /// Writing down how that many nodes stood counts as one decision: large services are sampled
    /// more rarely, and the time that it takes is bounded whatever their size.
    private static final double NODES_EACH = 64;

    private final double perSecond;
    private double left;
    private long since;

    /// `perSecond` at least 0; 0 is never.
    Sampling(double perSecond, long nowNanos) {
        if (!(perSecond >= 0)) {
            throw new IllegalArgumentException(
                    "explain.per-second: %s (expected: at least 0)".formatted(perSecond));
        }
        this.perSecond = perSecond;
        this.left = perSecond * SECONDS_KEPT;
        this.since = nowNanos;
    }

    /// Whether a decision about so many nodes is to be recorded.
    boolean takes(int nodes, long nowNanos) {
        if (perSecond == 0) {
            return false;
        }
        left += Math.max(0, nowNanos - since) / 1e9 * perSecond;
        left = Math.min(left, perSecond * SECONDS_KEPT);
        since = Math.max(since, nowNanos);
        if (left <= 0) {
            return false;
        }
        // A large one may overdraw: it is let through when anything is left, and paid for later.
        left -= Math.max(1, nodes / NODES_EACH);
        return true;
    }
}
