package io.yardmaster.bench.simulate;

import java.util.Arrays;

/// The anchors' rule: known speeds, exact free cores, late; own count times dispatchers.
final class Clif implements Balancer {
    private final World world;
    private final int[] own;
    private final double[] free;
    private final boolean lc;

    Clif(World world, boolean lc) {
        this.world = world;
        this.lc = lc;
        own = new int[world.machines.size()];
        free = new double[own.length];
        Arrays.fill(free, -1);
    }

    @Override
    public int choose(Job job) {
        double best = Double.POSITIVE_INFINITY;
        int chosen = 0;
        int ties = 0;
        for (Machine m : world.machines) {
            double f = free[m.index] < 0 ? m.cores : Math.max(.05, free[m.index]);
            double cost =
                    lc
                            ? own[m.index]
                            : Math.max(1, (world.traffic.clients() * own[m.index] + 1) / f)
                                    / m.speed();
            if (cost < best) {
                best = cost;
                chosen = m.index;
                ties = 1;
            } else if (cost == best && world.choices.nextInt(++ties) == 0) {
                chosen = m.index;
            }
        }
        return chosen;
    }

    @Override
    public void sent(Job job) {
        own[job.machine]++;
    }

    @Override
    public void ended(Job job, Ending ending, double seconds) {
        own[job.machine]--;
    }

    @Override
    public void reported(MachineReport r) {
        int i = r.machine();
        free[i] = free[i] < 0 ? r.freeCores() : free[i] + .3 * (r.freeCores() - free[i]);
    }
}
