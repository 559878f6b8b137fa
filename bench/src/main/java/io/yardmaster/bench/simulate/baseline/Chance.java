package io.yardmaster.bench.simulate.baseline;

import io.yardmaster.bench.simulate.Balancer;
import io.yardmaster.bench.simulate.Job;
import io.yardmaster.bench.simulate.Outlook;

/// Any machine, all alike.
public final class Chance implements Balancer {
    private final Outlook outlook;

    public Chance(Outlook outlook) {
        this.outlook = outlook;
    }

    @Override
    public int choose(Job job) {
        return outlook.dice().nextInt(outlook.machines());
    }
}
