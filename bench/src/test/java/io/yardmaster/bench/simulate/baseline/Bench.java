package io.yardmaster.bench.simulate.baseline;

import io.yardmaster.bench.simulate.Outlook;
import java.util.Random;
import java.util.function.DoubleSupplier;
import java.util.random.RandomGenerator;

/// A world that stands still until a test moves it.
final class Bench implements Outlook {
    final int[] inFlight;
    final double[] latency;
    double now;
    private final RandomGenerator dice = new Random(1);

    Bench(int machines) {
        inFlight = new int[machines];
        latency = new double[machines];
    }

    @Override
    public int machines() {
        return inFlight.length;
    }

    @Override
    public double cores(int machine) {
        return 4;
    }

    @Override
    public double speed(int machine) {
        return 1;
    }

    @Override
    public int clients() {
        return 3;
    }

    @Override
    public double now() {
        return now;
    }

    @Override
    public RandomGenerator dice() {
        return dice;
    }

    @Override
    public int inFlight(int machine) {
        return inFlight[machine];
    }

    @Override
    public double latency(int machine) {
        return latency[machine];
    }

    @Override
    public void repeat(double first, DoubleSupplier action) {
        // nothing happens by itself here
    }
}
