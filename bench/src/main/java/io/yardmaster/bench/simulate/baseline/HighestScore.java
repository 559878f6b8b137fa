package io.yardmaster.bench.simulate.baseline;

import io.yardmaster.bench.simulate.Balancer;
import io.yardmaster.bench.simulate.Job;
import io.yardmaster.bench.simulate.Outlook;
import java.util.Arrays;

/// The seed documents' "resource based": the machine with the highest reported score, until the
/// next report. All dispatchers run to the same one.
public final class HighestScore implements Balancer {
    private final double[] score;
    private final Outlook outlook;

    public HighestScore(Outlook outlook) {
        this.outlook = outlook;
        score = new double[outlook.machines()];
        Arrays.fill(score, 1);
    }

    @Override
    public int choose(Job job) {
        int best = 0;
        for (int i = 1; i < score.length; i++) {
            if (score[i] > score[best]) {
                best = i;
            }
        }
        return best;
    }

    /// Free cores times speed, less what runs there: what the report says is free.
    @Override
    public void reported(MachineReport report) {
        int i = report.machine();
        score[i] = (1 - report.cpu()) * outlook.cores(i) * outlook.speed(i);
    }
}
