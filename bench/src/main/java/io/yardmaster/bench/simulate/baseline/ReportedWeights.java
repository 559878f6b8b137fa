package io.yardmaster.bench.simulate.baseline;

import io.yardmaster.bench.simulate.Balancer;
import io.yardmaster.bench.simulate.Job;
import io.yardmaster.bench.simulate.Outlook;

/// Weighted round robin by reported utilisation (gRPC A58, Envoy's client-side weighted round
/// robin): weight = requests a second / utilisation, as both were reported last.
public final class ReportedWeights implements Balancer {
    /// Seconds until reports of a machine are believed.
    private static final double BLACKOUT = 10;

    private final double[] weights;
    private final double[] since;
    private Weights schedule;

    public ReportedWeights(Outlook outlook) {
        weights = new double[outlook.machines()];
        since = new double[weights.length];
        schedule = new Weights(weights, Weights.anywhere(outlook.dice()));
        outlook.repeat(
                outlook.dice().nextDouble(),
                () -> {
                    schedule = new Weights(weights, schedule.sequence());
                    return 1;
                });
    }

    @Override
    public int choose(Job job) {
        return schedule.next();
    }

    @Override
    public void reported(MachineReport report) {
        int i = report.machine();
        if (since[i] == 0) {
            since[i] = report.at();
        }
        boolean usable = report.utilisation() > 0 && report.qps() > 0;
        if (usable && report.at() - since[i] >= Math.min(BLACKOUT, report.at() / 2)) {
            weights[i] = report.qps() / report.utilisation();
        }
    }

    double weight(int machine) {
        return weights[machine];
    }
}
