package io.yardmaster.bench.simulate;

import io.yardmaster.bench.simulate.Balancer.Ending;
import java.util.Arrays;

/// What came of the requests that arrived after the warm-up.
final class Tally {
    private final double warmUp;
    private double[] seconds = new double[1 << 14];
    private int count;
    private long errors;
    private long sends;
    private boolean sorted;

    Tally(double warmUp) {
        this.warmUp = warmUp;
    }

    void sent(Job job, Machine machine) {
        if (job.arrived >= warmUp) {
            sends++;
        }
    }

    /// Failures count as well, with the time they took; a timeout has the deadline's.
    void settled(Job job, Ending ending, double now) {
        if (job.arrived < warmUp) {
            return;
        }
        if (count == seconds.length) {
            seconds = Arrays.copyOf(seconds, 2 * count);
        }
        seconds[count++] = now - job.arrived;
        sorted = false;
        if (ending != Ending.SERVED) {
            errors++;
        }
    }

    int count() {
        return count;
    }

    /// In seconds; `quantile` from 0 to 1.
    double quantile(double quantile) {
        if (count == 0) {
            return 0;
        }
        if (!sorted) {
            Arrays.sort(seconds, 0, count);
            sorted = true;
        }
        return seconds[(int) Math.min(count - 1, Math.floor(quantile * count))];
    }

    double errorShare() {
        return count == 0 ? 0 : (double) errors / count;
    }

    long errors() {
        return errors;
    }

    double sendsPerRequest() {
        return count == 0 ? 0 : (double) sends / count;
    }
}
