package io.yardmaster.bench.simulate;

import java.util.Arrays;

/// The anchors' reference rule: known speeds, exact free cores as last reported, smoothed; own
/// count times dispatchers.
public final class Clif implements Balancer {
    private static final double ALPHA = 0.3;
    private static final double LEAST_FREE = 0.05;

    private final Outlook outlook;
    private final int[] own;
    private final double[] free;

    public Clif(Outlook outlook) {
        this.outlook = outlook;
        own = new int[outlook.machines()];
        free = new double[own.length];
        Arrays.fill(free, -1);
    }

    @Override
    public int choose(Job job) {
        double best = Double.POSITIVE_INFINITY;
        int chosen = 0;
        int ties = 0;
        for (int i = 0; i < own.length; i++) {
            double f = free[i] < 0 ? outlook.cores(i) : Math.max(LEAST_FREE, free[i]);
            double backlog = (outlook.clients() * own[i] + 1) / f;
            double cost = Math.max(1, backlog) / outlook.speed(i);
            if (cost < best) {
                best = cost;
                chosen = i;
                ties = 1;
            } else if (cost == best && outlook.dice().nextInt(++ties) == 0) {
                chosen = i;
            }
        }
        return chosen;
    }

    @Override
    public void sent(Job job) {
        own[job.machine()]++;
    }

    @Override
    public void ended(Job job, Ending ending, double seconds) {
        own[job.machine()]--;
    }

    @Override
    public void reported(MachineReport r) {
        int i = r.machine();
        free[i] = free[i] < 0 ? r.freeCores() : free[i] + ALPHA * (r.freeCores() - free[i]);
    }
}
