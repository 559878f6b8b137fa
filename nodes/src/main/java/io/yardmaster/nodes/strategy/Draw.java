package io.yardmaster.nodes.strategy;

import java.util.random.RandomGenerator;

/// Draws an index with probability in proportion to its share.
final class Draw {
    private Draw() {}

    /// Shares are at least 0, and `total` is their sum. [Strategy#NONE] when all are 0.
    static int of(double[] shares, int size, double total, RandomGenerator random) {
        double left = random.nextDouble() * total;
        int last = Strategy.NONE;
        for (int i = 0; i < size; i++) {
            if (shares[i] > 0) {
                last = i;
                left -= shares[i];
                if (left < 0) {
                    break;
                }
            }
        }
        return last; // rounding may leave a crumb of the draw, which falls to the last one
    }
}
