package io.yardmaster.nodes;

import java.util.Arrays;

/// How many requests a second one free core completes, learnt from the latencies of requests that
/// found one. Others say more about the queue at the node than about the node. Not thread-safe.
final class SpeedEstimate {
    private static final int SAMPLES = 32;
    private static final long SAMPLE_LIFE = 60_000_000_000L;

    /// Below a millisecond the network's noise would be learnt.
    private static final double LEAST_SECONDS = 0.001;

    private final double[] seconds = new double[SAMPLES];
    private final long[] at = new long[SAMPLES];
    private final double[] scratch = new double[SAMPLES];
    private int count;
    private int next;
    private double learnt;

    void observe(double latencySeconds, long nowNanos) {
        seconds[next] = Math.max(LEAST_SECONDS, latencySeconds);
        at[next] = nowNanos;
        next = (next + 1) % SAMPLES;
        count = Math.min(SAMPLES, count + 1);
        // Old samples go only when a new one comes: a node that has been saturated for long keeps
        // what was known, and one that recovered is believed from its first sample on.
        int fresh = 0;
        for (int i = 0; i < count; i++) {
            if (nowNanos - at[i] <= SAMPLE_LIFE) {
                scratch[fresh++] = seconds[i];
            }
        }
        Arrays.sort(scratch, 0, fresh);
        learnt = 1 / scratch[fresh / 2];
    }

    /// 0 when nothing was learnt yet.
    double learnt() {
        return learnt;
    }
}
