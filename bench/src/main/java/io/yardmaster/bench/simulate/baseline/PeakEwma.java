package io.yardmaster.bench.simulate.baseline;

import io.yardmaster.bench.simulate.Job;
import io.yardmaster.bench.simulate.Outlook;
import java.util.Arrays;

/// Finagle's peak EWMA with two choices: a latency above the mean is believed at once, one below it
/// with the weight of the time that has passed; times requests in flight.
public final class PeakEwma extends Counting {
    /// Seconds.
    private static final double TAU = 10;

    /// What a machine costs that has requests in flight and no latency yet.
    private static final double UNKNOWN = 1L << 47;

    private final double[] cost;
    private final double[] at;

    public PeakEwma(Outlook outlook) {
        super(outlook);
        cost = new double[own.length];
        at = new double[own.length];
        Arrays.fill(at, outlook.now());
    }

    @Override
    public int choose(Job job) {
        return lessOfTwo(this::load);
    }

    private double load(int machine) {
        observe(machine, 0);
        if (cost[machine] == 0) {
            return own[machine] == 0 ? 0 : UNKNOWN + own[machine];
        }
        return cost[machine] * (own[machine] + 1);
    }

    private void observe(int machine, double seconds) {
        double passed = Math.max(0, outlook.now() - at[machine]);
        at[machine] = outlook.now();
        if (seconds > cost[machine]) {
            cost[machine] = seconds;
        } else {
            double kept = StrictMath.exp(-passed / TAU);
            cost[machine] = cost[machine] * kept + seconds * (1 - kept);
        }
    }

    double cost(int machine) {
        return cost[machine];
    }

    @Override
    public void ended(Job job, Ending ending, double seconds) {
        super.ended(job, ending, seconds);
        observe(job.machine(), seconds);
    }
}
