package io.yardmaster.nodes;

/// The share of failures over the last 20 seconds, in buckets of one second. Not thread-safe.
final class ErrorWindow {
    private static final int SECONDS = 20;
    private static final int LEAST_ENDINGS = 5;
    private static final long SECOND = 1_000_000_000L;

    private final int[] endings = new int[SECONDS];
    private final int[] failures = new int[SECONDS];
    private int endingsSum;
    private int failuresSum;
    private long latest;

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
    }

    /// 0 to 1; 0 while there are too few endings to say.
    double rate(long nowNanos) {
        advance(nowNanos);
        return endingsSum < LEAST_ENDINGS ? 0 : (double) failuresSum / endingsSum;
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
