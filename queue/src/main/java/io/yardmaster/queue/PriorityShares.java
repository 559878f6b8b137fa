package io.yardmaster.queue;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/// Decides which priorities get a service's free slots.
///
/// Weights are shares of the time that requests occupy slots, not of how many are picked, so slow
/// low requests cannot starve quick high ones; idle shares are lent. A reserve of slots is never
/// lent to less urgent priorities. Not thread-safe: the dispatching loop owns it, and endings are
/// handed in through [#finished].
public final class PriorityShares {
    /*
     * Stride scheduling (Waldspurger, Weihl 1995) with a cost: each priority has a pass, the one with the least goes
     * next and pays cost / weight. The cost of a request is known only when it ends, so it pays the mean of its
     * priority when it starts and the difference when it ends.
     */
    private static final double MEAN_WEIGHT = 0.1;
    private static final int COUNT = Priority.values().length;

    private final double[] weights = new double[COUNT];
    private final double[] reserves = new double[COUNT];
    private final boolean strict;
    private final double[] pass = new double[COUNT];
    private final double[] meanMs = new double[COUNT];
    private final boolean[] idle = new boolean[COUNT];
    private double virtualTime;

    /// What a priority gets.
    ///
    /// @param weight share of service time, above 0
    /// @param reserve part of the slots that less urgent priorities may not use, 0 to 1
    public record Share(double weight, double reserve) {
        public Share {
            if (!(weight > 0) || !(reserve >= 0 && reserve < 1)) {
                throw new IllegalArgumentException(
                        "weight, reserve: "
                                + weight
                                + ", "
                                + reserve
                                + " (expected: above 0, 0 to below 1)");
            }
        }
    }

    /// @param shares of critical, high, normal, low
    /// @param strict always the most urgent first, whatever the weights; reserves hold
    public PriorityShares(List<Share> shares, boolean strict) {
        if (shares.size() != COUNT) {
            throw new IllegalArgumentException(
                    "shares: " + shares.size() + " (expected: " + COUNT + ")");
        }
        for (int i = 0; i < COUNT; i++) {
            weights[i] = shares.get(i).weight();
            reserves[i] = shares.get(i).reserve();
        }
        this.strict = strict;
        Arrays.fill(meanMs, 1);
        Arrays.fill(idle, true);
    }

    /// How many requests of each priority may start now.
    ///
    /// @param slots all slots of the service, busy and free
    /// @param busy slots in use, by priority
    /// @param waiting requests that could start, by priority
    /// @param most in sum
    public int[] plan(int slots, int[] busy, long[] waiting, int most) {
        int[] planned = new int[COUNT];
        double[] passes = wakeAndCopy(waiting);
        int free = slots - Arrays.stream(busy).sum();
        for (int n = 0; n < most && free > 0; n++) {
            int next = -1;
            int kept = 0;
            for (int p = 0; p < COUNT; p++) {
                boolean mayStart = waiting[p] > planned[p] && free > kept;
                if (mayStart && (next < 0 || (!strict && passes[p] < passes[next]))) {
                    next = p;
                }
                kept += keptFree(p, slots, busy[p] + planned[p]);
            }
            if (next < 0) {
                break;
            }
            virtualTime = Math.max(virtualTime, passes[next]);
            passes[next] += meanMs[next] / weights[next];
            planned[next]++;
            free--;
        }
        return planned;
    }

    /// A priority that had nothing to do must not save up its share, nor pay for what it didn't
    /// use.
    private double[] wakeAndCopy(long[] waiting) {
        for (int p = 0; p < COUNT; p++) {
            if (waiting[p] > 0 && idle[p]) {
                pass[p] = Math.max(pass[p], virtualTime);
            }
            idle[p] = waiting[p] == 0;
        }
        return pass.clone();
    }

    /// Free slots that are kept for more urgent priorities than this: with no more free ones than
    /// these none of its requests starts.
    ///
    /// @param slots all slots of the service, busy and free
    /// @param busy slots in use, by priority
    public int keptFrom(Priority priority, int slots, int[] busy) {
        int kept = 0;
        for (int p = 0; p < priority.number(); p++) {
            kept += keptFree(p, slots, busy[p]);
        }
        return kept;
    }

    private int keptFree(int priority, int slots, int busy) {
        return Math.max(0, reserved(priority, slots) - busy);
    }

    /// Slots that only this and more urgent priorities may use. Rounded up over the sum of
    /// reserves, so that a few slots aren't all reserved.
    private int reserved(int priority, int slots) {
        double before = 0;
        for (int p = 0; p < priority; p++) {
            before += reserves[p];
        }
        int most = Math.max(0, slots - 1);
        int upTo = (int) Math.min(most, Math.ceil((before + reserves[priority]) * slots - 1e-9));
        return upTo - (int) Math.min(most, Math.ceil(before * slots - 1e-9));
    }

    /// A request was taken.
    public void started(Priority priority) {
        int p = priority.number();
        pass[p] += meanMs[p] / weights[p];
    }

    /// It ended. What it was charged when it started is corrected by what it really took.
    ///
    /// @param charged what [#charge] said when it started
    public void finished(Priority priority, double charged, Duration occupied) {
        int p = priority.number();
        double ms = Math.max(0.01, occupied.toNanos() / 1e6);
        pass[p] += (ms - charged) / weights[p];
        meanMs[p] += MEAN_WEIGHT * (ms - meanMs[p]);
        if (nobodyElseWaits(p)) {
            // It used what was lent to it; whoever comes next must not be put before it for that.
            virtualTime = Math.max(virtualTime, pass[p]);
        }
    }

    private boolean nobodyElseWaits(int priority) {
        for (int p = 0; p < COUNT; p++) {
            if (p != priority && !idle[p]) {
                return false;
            }
        }
        return true;
    }

    /// What a request of this priority is charged when it starts, in ms.
    public double charge(Priority priority) {
        return meanMs[priority.number()];
    }
}
