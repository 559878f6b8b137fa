package io.yardmaster.nodes.strategy;

import java.util.random.RandomGenerator;

/// Picks the candidate of least cost. Ties fall at random: replicas that all took the first of
/// several equal nodes would meet there.
final class Cheapest {
    private Cheapest() {}

    /// `tolerance` is the relative difference up to which two costs count as equal. Costs are at
    /// least 0, and infinite for a candidate that may not be taken.
    static int of(double[] costs, int size, double tolerance, RandomGenerator random) {
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i < size; i++) {
            least = Math.min(least, costs[i]);
        }
        if (least == Double.POSITIVE_INFINITY) {
            return Strategy.NONE;
        }
        double limit = least * (1 + tolerance);
        int chosen = Strategy.NONE;
        int ties = 0;
        for (int i = 0; i < size; i++) {
            if (costs[i] <= limit) {
                ties++;
                if (ties == 1 || random.nextInt(ties) == 0) {
                    chosen = i;
                }
            }
        }
        return chosen;
    }
}
