package io.yardmaster.bench.simulate;

import io.yardmaster.bench.simulate.Balancer.Ending;
import java.util.Arrays;
import java.util.function.Predicate;

/// What came of the requests that a scenario looks at.
public final class Tally implements Watcher {
    private final Predicate<Job> counted;
    private double[] seconds = new double[1 << 14];
    private int count;
    private long errors;
    private long timeouts;
    private long sends;
    private boolean sorted;

    /// Of these requests.
    public Tally(Predicate<Job> counted) {
        this.counted = counted;
    }

    /// Of all that arrived after the warm-up.
    public Tally(double warmUp) {
        this(job -> job.arrived >= warmUp);
    }

    @Override
    public void sent(Job job, double now) {
        if (counted.test(job)) {
            sends++;
        }
    }

    /// Failures count as well, with the time they took; a timeout has the deadline's.
    @Override
    public void settled(Job job, Ending ending, double now) {
        if (!counted.test(job)) {
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
        if (ending == Ending.TIMED_OUT) {
            timeouts++;
        }
    }

    public int count() {
        return count;
    }

    /// In seconds; `quantile` from 0 to 1. 0 when there was nothing.
    public double quantile(double quantile) {
        if (count == 0) {
            return 0;
        }
        sort();
        return seconds[(int) Math.min(count - 1, Math.floor(quantile * count))];
    }

    /// Share of requests that were settled within so many seconds, failures included.
    public double within(double limit) {
        sort();
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (seconds[middle] <= limit) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return count == 0 ? 0 : (double) low / count;
    }

    private void sort() {
        if (!sorted) {
            Arrays.sort(seconds, 0, count);
            sorted = true;
        }
    }

    public double mean() {
        sort(); // so that the sum does not depend on who came first
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += seconds[i];
        }
        return count == 0 ? 0 : sum / count;
    }

    public double errorShare() {
        return count == 0 ? 0 : (double) errors / count;
    }

    public long errors() {
        return errors;
    }

    public long timeouts() {
        return timeouts;
    }

    public long sends() {
        return sends;
    }

    public double sendsPerRequest() {
        return count == 0 ? 0 : (double) sends / count;
    }
}
