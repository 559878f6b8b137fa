package io.yardmaster.nodes.strategy;

import java.util.random.RandomGenerator;

/// Picks the candidate of least cost. Ties fall at random: replicas that all took the first of
/// several equal nodes would meet there.
final class Cheapest {
    /// Costs are recomputed in the second pass rather than stored, which would allocate.
    interface Cost {
        /// At least 0; infinite for a candidate that may not be taken.
        double cost(Candidates candidates, int i);
    }

    private Cheapest() {}

    /// The same of costs that are known already.
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

    /// `tolerance` is the relative difference up to which two costs count as equal.
    static int of(Candidates candidates, Cost cost, double tolerance, RandomGenerator random) {
        int size = candidates.size();
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i < size; i++) {
            least = Math.min(least, cost.cost(candidates, i));
        }
        if (least == Double.POSITIVE_INFINITY) {
            return Strategy.NONE;
        }
        double limit = least * (1 + tolerance);
        int chosen = Strategy.NONE;
        int ties = 0;
        for (int i = 0; i < size; i++) {
            if (cost.cost(candidates, i) <= limit) {
                ties++;
                if (ties == 1 || random.nextInt(ties) == 0) {
                    chosen = i;
                }
            }
        }
        return chosen;
    }
}
