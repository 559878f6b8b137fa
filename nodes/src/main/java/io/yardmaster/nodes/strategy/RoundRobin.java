package io.yardmaster.nodes.strategy;

import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

/// One after the other, whatever the operator's weights. A node's share of the turns is
/// `weight_decay ^ recent_failures`, at least a tenth, and is whole again once it has not failed
/// for the reset interval; a node in slow start has its part of that.
///
/// Turns come from static stride scheduling (gRPC A58): in round `g`, candidate `i` of share `w` is
/// taken iff `(w·g + K/2·i) mod K >= K - w`. One counter is the whole state, so nothing has to be
/// rebuilt when nodes come and go. May be called by several threads at once.
public final class RoundRobin implements Strategy {
    private static final long K = 0xFFFF;
    private static final double LEAST_SHARE = 0.1;

    private final double weightDecay;
    private final AtomicLong sequence;

    /// `start` should be random: replicas that all start at 0 walk in step.
    public RoundRobin(double weightDecay, long start) {
        if (!(weightDecay > 0 && weightDecay <= 1)) {
            throw new IllegalArgumentException(
                    "weight-decay: %s (expected: above 0, at most 1)".formatted(weightDecay));
        }
        this.weightDecay = weightDecay;
        this.sequence = new AtomicLong(start & Integer.MAX_VALUE);
    }

    @Override
    public int choose(Candidates candidates, ChoiceKey key, RandomGenerator random) {
        int size = candidates.size();
        if (size == 0) {
            return NONE;
        }
        double largest = 0;
        for (int i = 0; i < size; i++) {
            largest = Math.max(largest, share(candidates, i));
        }
        // The largest share is scaled to K, which is taken in every round: the loop ends.
        while (true) {
            long turn = sequence.getAndIncrement();
            int i = (int) (turn % size);
            long stride = Math.round(share(candidates, i) / largest * K);
            if ((stride * (turn / size) + K / 2 * i) % K >= K - stride) {
                return i;
            }
        }
    }

    private double share(Candidates candidates, int i) {
        int failures = candidates.recentFailures(i);
        double decayed = failures == 0 ? 1 : Math.pow(weightDecay, failures);
        return Math.max(LEAST_SHARE, decayed * candidates.slowStart(i));
    }

    @Override
    public Map<String, Double> terms(Candidates candidates, int i) {
        return Map.of("share", share(candidates, i));
    }
}
