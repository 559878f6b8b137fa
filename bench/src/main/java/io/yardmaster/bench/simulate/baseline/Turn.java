package io.yardmaster.bench.simulate.baseline;

import io.yardmaster.bench.simulate.Balancer;
import io.yardmaster.bench.simulate.Job;
import io.yardmaster.bench.simulate.Outlook;

/// One after the other, from a place of its own: round robin.
public final class Turn implements Balancer {
    private final int machines;
    private int next;

    public Turn(Outlook outlook) {
        machines = outlook.machines();
        next = outlook.dice().nextInt(machines);
    }

    @Override
    public int choose(Job job) {
        next = (next + 1) % machines;
        return next;
    }
}
