package io.yardmaster.nodes.strategy;

import java.util.Arrays;

/// One figure for each candidate, kept from one pass over them to the next. It grows with the most
/// candidates seen, so a choice allocates nothing in the long run. Not thread-safe.
final class Scratch {
    private double[] values = new double[16];

    /// At least `size` long; holds whatever the last choice left.
    double[] of(int size) {
        if (values.length < size) {
            values = Arrays.copyOf(values, Math.max(size, 2 * values.length));
        }
        return values;
    }
}
