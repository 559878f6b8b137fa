package io.yardmaster.bench.simulate.baseline;

import java.util.random.RandomGenerator;

/// gRPC's static stride scheduler (A58, `WeightedRoundRobinLoadBalancer`): machines come up in
/// proportion to their weights, spread out.
final class Weights {
    private static final int K = 0xFFFF;
    private static final double MOST = 10;
    private static final double LEAST = 0.1;

    private final int[] scaled;
    private long sequence;

    /// @param weights 0 for machines that have none yet: they get the mean
    Weights(double[] weights, long firstSequence) {
        this.sequence = firstSequence;
        this.scaled = new int[weights.length];
        double sum = 0;
        double most = 0;
        int known = 0;
        for (double weight : weights) {
            if (weight > 0) {
                sum += weight;
                most = Math.max(most, weight);
                known++;
            }
        }
        double mean = known < 2 ? 1 : sum / known;
        double largest = Math.min(most, MOST * mean);
        for (int i = 0; i < weights.length; i++) {
            double weight = known < 2 ? 1 : weights[i] > 0 ? weights[i] : mean;
            double clamped = Math.max(LEAST * mean, Math.min(largest, weight));
            scaled[i] = (int) Math.round(clamped * K / (known < 2 ? 1 : largest));
        }
    }

    static long anywhere(RandomGenerator dice) {
        return dice.nextInt(1 << 30);
    }

    long sequence() {
        return sequence;
    }

    int next() {
        while (true) {
            int index = (int) (sequence % scaled.length);
            long generation = sequence / scaled.length;
            sequence++;
            long offset = (long) (K / 2) * index;
            if ((scaled[index] * generation + offset) % K >= K - scaled[index]) {
                return index;
            }
        }
    }
}
