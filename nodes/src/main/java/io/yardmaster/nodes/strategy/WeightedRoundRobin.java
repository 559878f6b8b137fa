package io.yardmaster.nodes.strategy;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/// One after the other, as often as the operator's weights say: shares are `weight · standing`, see
/// [Standing]. The [Turns] of a heavy node are spread over the round, not given in a row.
public final class WeightedRoundRobin implements Strategy {
    private final Standing standing;
    private final Turns turns;
    private final Scratch scratch = new Scratch();

    /// `weightDecay` is above 0 and at most 1; `start` should be random.
    public WeightedRoundRobin(double weightDecay, long start) {
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
            shares[i] = candidates.weight(i) * standing.of(candidates, i);
        }
        return turns.next(candidates, shares);
    }

    @Override
    public Map<String, Double> terms(Candidates candidates, int i) {
        Map<String, Double> terms = new LinkedHashMap<>();
        terms.put("weight", candidates.weight(i));
        terms.put("standing", standing.of(candidates, i));
        terms.put("share", candidates.weight(i) * standing.of(candidates, i));
        return terms;
    }
}
