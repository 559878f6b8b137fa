package io.yardmaster.bench.simulate.baseline;

import io.yardmaster.bench.simulate.Balancer;
import io.yardmaster.bench.simulate.Job;
import io.yardmaster.bench.simulate.Outlook;
import java.util.Arrays;

/// The seed documents' "weighted response time": shares in proportion to `1 / (mean latency of the
/// last 100 + 1 s)`.
public final class SeedWeights implements Balancer {
    private static final int WINDOW = 100;

    private final Outlook outlook;
    private final double[][] recent;
    private final int[] count;
    private final double[] weights;

    public SeedWeights(Outlook outlook) {
        this.outlook = outlook;
        recent = new double[outlook.machines()][WINDOW];
        count = new int[recent.length];
        weights = new double[recent.length];
        Arrays.fill(weights, 1);
    }

    @Override
    public int choose(Job job) {
        double left = outlook.dice().nextDouble() * Arrays.stream(weights).sum();
        for (int i = 0; i < weights.length; i++) {
            left -= weights[i];
            if (left < 0) {
                return i;
            }
        }
        return weights.length - 1;
    }

    @Override
    public void ended(Job job, Ending ending, double seconds) {
        int i = job.machine();
        recent[i][count[i]++ % WINDOW] = seconds;
        int known = Math.min(count[i], WINDOW);
        double sum = 0;
        for (int k = 0; k < known; k++) {
            sum += recent[i][k];
        }
        weights[i] = 1 / (sum / known + 1);
    }

    double weight(int machine) {
        return weights[machine];
    }
}
