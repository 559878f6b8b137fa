package io.yardmaster.bench.simulate.baseline;

import io.yardmaster.bench.simulate.Job;
import io.yardmaster.bench.simulate.Outlook;

/// The lesser of two by what a poll of all machines said last (YARP's power of two choices in
/// Prequal's comparison): what it sends meanwhile it doesn't count.
public final class Yarp extends Counting {
    private final int[] polled;

    /// @param every seconds between polls
    public Yarp(Outlook outlook, double every) {
        super(outlook);
        polled = new int[own.length];
        outlook.repeat(
                every * outlook.dice().nextDouble(),
                () -> {
                    for (int i = 0; i < polled.length; i++) {
                        polled[i] = outlook.inFlight(i);
                    }
                    return every;
                });
    }

    @Override
    public int choose(Job job) {
        return lessOfTwo(i -> polled[i]);
    }
}
