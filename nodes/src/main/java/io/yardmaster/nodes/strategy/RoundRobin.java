package io.yardmaster.nodes.strategy;

import java.util.Map;
import java.util.random.RandomGenerator;

/// One after the other, whatever the operator's weights. A node's share of the turns is its
/// [Standing]; the [Turns] go round without a list that could be stale.
public final class RoundRobin implements Strategy {
    private final Standing standing;
    private final Turns turns;
    private final Scratch scratch = new Scratch();

    /// `weightDecay` is above 0 and at most 1; `start` should be random.
    public RoundRobin(double weightDecay, long start) {
        this.standing = new Standing(weightDecay);
        this.turns = new Turns(start);
    }

    @Override
    public int choose(Candidates candidates, ChoiceKey key, RandomGenerator random) {
        int size = candidates.size();
        if (size == 0) {
            return NONE;
        }
        double[] shares = scratch.of(size);
        for (int i = 0; i < size; i++) {
            shares[i] = standing.of(candidates, i);
        }
        return turns.next(candidates, shares);
    }

    @Override
    public Map<String, Double> terms(Candidates candidates, int i) {
        return Map.of("share", standing.of(candidates, i));
    }
}
