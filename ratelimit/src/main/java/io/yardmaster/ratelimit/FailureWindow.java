package io.yardmaster.ratelimit;

import java.time.Duration;

/// Successes and failures of the last while, in ten steps: a tenth of the window is forgotten at a
/// time, so that no single edge forgets everything. Immutable. Time that goes back counts as the
/// latest time seen.
public final class FailureWindow {

    private static final int STEPS = 10;

    private final long stepNanos;
    private final long latest;
    private final int[] total;
    private final int[] failures;

    private FailureWindow(long stepNanos, long latest, int[] total, int[] failures) {
        this.stepNanos = stepNanos;
        this.latest = latest;
        this.total = total;
        this.failures = failures;
    }

    static FailureWindow empty(Duration window, long nowNanos) {
        long step = window.toNanos() / STEPS;
        return new FailureWindow(
                step, Math.floorDiv(nowNanos, step), new int[STEPS], new int[STEPS]);
    }

    FailureWindow plus(boolean failed, long nowNanos) {
        FailureWindow next = at(nowNanos);
        int slot = slot(next.latest);
        next.total[slot]++;
        if (failed) {
            next.failures[slot]++;
        }
        return next;
    }

    /// A copy without what is too old by now.
    FailureWindow at(long nowNanos) {
        long now = Math.max(latest, Math.floorDiv(nowNanos, stepNanos));
        int[] totalNow = total.clone();
        int[] failuresNow = failures.clone();
        for (long step = Math.max(latest + 1, now - STEPS + 1); step <= now; step++) {
            totalNow[slot(step)] = 0;
            failuresNow[slot(step)] = 0;
        }
        return new FailureWindow(stepNanos, now, totalNow, failuresNow);
    }

    /// Outcomes, as of the last one added.
    public int total() {
        return sum(total);
    }

    /// Failures, as of the last outcome added.
    public int failures() {
        return sum(failures);
    }

    private static int slot(long step) {
        return (int) Math.floorMod(step, (long) STEPS);
    }

    private static int sum(int[] counts) {
        int sum = 0;
        for (int count : counts) {
            sum += count;
        }
        return sum;
    }

    @Override
    public String toString() {
        return failures() + " of " + total() + " failed";
    }
}
