package io.yardmaster.dispatcher.e2e;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/// The processor of a pretended machine: all jobs there share its cores, as an operating system has
/// it (processor sharing). With `n` jobs each gets `speed · min(1, cores / n)`.
///
/// Only arithmetic: whoever holds it sleeps until [#next], so a machine of eight cores costs the
/// real one nothing. Not thread-safe. `T` is the job.
final class SharedCores<T> {
    private final int cores;
    private final double speed;

    /// What each job has got since the beginning: a job ends when this reaches its mark.
    private double attained;

    private final PriorityQueue<Job<T>> jobs =
            new PriorityQueue<>(Comparator.comparingDouble((Job<T> job) -> job.mark));
    private long since;
    private double busySeconds;

    private record Job<T>(double mark, T what) {}

    /// `cores` at least 1, `speed` above 0: seconds of work that one core does in a second.
    SharedCores(int cores, double speed, long nowNanos) {
        if (cores < 1 || !(speed > 0)) {
            throw new IllegalArgumentException(
                    "cores, speed: %d, %s (expected: at least 1, above 0)".formatted(cores, speed));
        }
        this.cores = cores;
        this.speed = speed;
        this.since = nowNanos;
    }

    int size() {
        return jobs.size();
    }

    /// Takes a job in that needs `seconds` of a core of speed 1.
    void begin(T what, double seconds, long nowNanos) {
        pass(nowNanos);
        jobs.add(new Job<>(attained + seconds, what));
    }

    /// When the next job ends if none comes; `Long.MAX_VALUE` without jobs.
    long next() {
        Job<T> first = jobs.peek();
        return first == null
                ? Long.MAX_VALUE
                : since + (long) Math.ceil((first.mark - attained) / rate() * 1e9);
    }

    /// The jobs that have ended by now, in order.
    List<T> ended(long nowNanos) {
        List<T> ended = new ArrayList<>();
        while (next() <= nowNanos) {
            pass(next());
            ended.add(jobs.remove().what());
        }
        pass(nowNanos);
        return ended;
    }

    /// Seconds of its cores that were used so far.
    double busySeconds(long nowNanos) {
        pass(nowNanos);
        return busySeconds;
    }

    private double rate() {
        return speed * Math.min(1, (double) cores / jobs.size());
    }

    private void pass(long nowNanos) {
        double seconds = Math.max(0, nowNanos - since) / 1e9;
        since = Math.max(since, nowNanos);
        if (!jobs.isEmpty()) {
            attained += seconds * rate();
            busySeconds += seconds * Math.min(cores, jobs.size());
        }
    }
}
