package io.yardmaster.nodes.strategy;

/// What part of its turns a node is given: `weight_decay ^ recent_failures · slow_start`, at least
/// a tenth. It is whole again once the node has not failed for the reset interval.
final class Standing {
    private static final double LEAST = 0.1;
    private static final int MOST_POWERS = 1024;

    /// Powers of the decay down to the least standing: a power each time would cost too much.
    private final double[] powers;

    Standing(double weightDecay) {
        if (!(weightDecay > 0 && weightDecay <= 1)) {
            throw new IllegalArgumentException(
                    "weight-decay: %s (expected: above 0, at most 1)".formatted(weightDecay));
        }
        double[] all = new double[MOST_POWERS];
        for (int i = 0; i < MOST_POWERS; i++) {
            all[i] = Math.pow(weightDecay, i);
        }
        this.powers = all;
    }

    double of(Candidates candidates, int i) {
        int failures = Math.min(candidates.recentFailures(i), MOST_POWERS - 1);
        return Math.max(LEAST, powers[failures] * candidates.slowStart(i));
    }
}
