package io.yardmaster.nodes;

/// The share of failures over the last 20 seconds, in buckets of one second. Not thread-safe.
final class ErrorWindow {
    private static final int SECONDS = 20;
    private static final int LEAST_ENDINGS = 5;
    private static final double REMEMBERED_NANOS = 200e9;
    private static final int REMEMBERED_ENDINGS = 20;
    private static final long SECOND = 1_000_000_000L;

    private final int[] endings = new int[SECONDS];
    private final int[] failures = new int[SECONDS];
    private int endingsSum;
    private int failuresSum;
    private long latest;

    /// The rate that is remembered from before.
    private double seen;

    private long seenAt;

    ErrorWindow(long nowNanos) {
        this.latest = Math.floorDiv(nowNanos, SECOND);
    }

    void add(boolean failed, long nowNanos) {
        advance(nowNanos);
        int bucket = Math.floorMod(latest, SECONDS);
        endings[bucket]++;
        endingsSum++;
        if (failed) {
            failures[bucket]++;
            failuresSum++;
        }
        double now = endingsSum < LEAST_ENDINGS ? 0 : (double) failuresSum / endingsSum;
        double kept = seen * Math.exp(-(nowNanos - seenAt) / REMEMBERED_NANOS);
        kept += ((failed ? 1 : 0) - kept) / REMEMBERED_ENDINGS;
        // what is seen now counts at once when it is worse, and by and by when it is better
        seen = seen == 0 ? now : Math.max(now, kept);
        seenAt = nowNanos;
    }

    /// 0 to 1. What was seen before counts beside it like 20 endings, less and less over minutes: a
    /// node that is avoided for its failures has few endings, and five good ones say little of a
    /// node that fails every third. 0 while there were never endings enough.
    double rate(long nowNanos) {
        advance(nowNanos);
        double here = endingsSum < LEAST_ENDINGS ? 0 : (double) failuresSum / endingsSum;
        if (seen == 0) {
            return here;
        }
        double kept = seen * Math.exp(-(nowNanos - seenAt) / REMEMBERED_NANOS);
        double both = (failuresSum + REMEMBERED_ENDINGS * kept) / (endingsSum + REMEMBERED_ENDINGS);
        return Math.max(here, both);
    }

    private void advance(long nowNanos) {
        long second = Math.floorDiv(nowNanos, SECOND);
        long steps = Math.min(second - latest, SECONDS);
        for (long step = 1; step <= steps; step++) {
            int bucket = Math.floorMod(latest + step, SECONDS);
            endingsSum -= endings[bucket];
            failuresSum -= failures[bucket];
            endings[bucket] = 0;
            failures[bucket] = 0;
        }
        latest = Math.max(latest, second);
    }
}
