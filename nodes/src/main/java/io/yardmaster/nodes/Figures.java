package io.yardmaster.nodes;

import org.jspecify.annotations.Nullable;

/// What this replica has seen of one node's endings. Not thread-safe.
final class Figures {
    private static final double LATENCY_ALPHA = 0.1;
    private static final double PEAK_TAU_NANOS = 10e9;

    private final ErrorWindow errors;
    private final int windowSize;
    private final long resetNanos;
    private @Nullable ResponseWindow responses;
    private double latencySeconds;
    private double peakSeconds;
    private long peakAt;
    private int recentFailures;
    private long lastFailure;
    private long served;
    private long failed;

    Figures(NodesConfig config, long nowNanos) {
        this.errors = new ErrorWindow(nowNanos);
        this.windowSize = config.weightedResponse().windowSize();
        this.resetNanos = config.roundRobin().resetInterval().toNanos();
    }

    void succeeded(double seconds, long nowNanos) {
        served++;
        errors.add(false, nowNanos);
        latencySeconds =
                served == 1 ? seconds : latencySeconds + LATENCY_ALPHA * (seconds - latencySeconds);
        peakSeconds = Math.max(seconds, decayed(seconds, nowNanos));
        peakAt = nowNanos;
        if (responses == null) {
            responses = new ResponseWindow(windowSize);
        }
        responses.add(seconds);
    }

    /// A failure's duration teaches nothing: failing is often the quickest thing a node can do.
    void failed(long nowNanos) {
        recentFailures = recentFailures(nowNanos) + 1;
        lastFailure = nowNanos;
        failed++;
        errors.add(true, nowNanos);
    }

    int recentFailures(long nowNanos) {
        return recentFailures > 0 && nowNanos - lastFailure >= resetNanos ? 0 : recentFailures;
    }

    double errorRate(long nowNanos) {
        return errors.rate(nowNanos);
    }

    int responses() {
        return responses == null ? 0 : responses.count();
    }

    double meanResponse() {
        return responses == null ? 0 : responses.mean();
    }

    /// The peak EWMA of Finagle: a slower response counts at once, a quicker one by and by, and
    /// while none comes the average fades, so that a slow node is tried again.
    double peakResponse(long nowNanos) {
        return decayed(0, nowNanos);
    }

    private double decayed(double towards, long nowNanos) {
        double kept = Math.exp(-Math.max(0, nowNanos - peakAt) / PEAK_TAU_NANOS);
        return peakSeconds * kept + towards * (1 - kept);
    }

    double latencySeconds() {
        return latencySeconds;
    }

    long served() {
        return served;
    }

    long failed() {
        return failed;
    }
}
