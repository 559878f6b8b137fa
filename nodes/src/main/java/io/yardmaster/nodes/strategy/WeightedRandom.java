package io.yardmaster.nodes.strategy;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/// A random node, with probability in proportion to `weight`, divided by `(1 + 10·error_rate) /
/// slow_start`.
public final class WeightedRandom implements Strategy {
    private final Scratch scratch = new Scratch();

    @Override
    public int choose(Candidates candidates, ChoiceKey key, RandomGenerator random) {
        int size = candidates.size();
        double[] shares = scratch.of(size);
        double total = 0;
        for (int i = 0; i < size; i++) {
            shares[i] = candidates.weight(i) / Penalty.of(candidates, i);
            total += shares[i];
        }
        return Draw.of(shares, size, total, random);
    }

    @Override
    public Map<String, Double> terms(Candidates candidates, int i) {
        Map<String, Double> terms = new LinkedHashMap<>();
        terms.put("weight", candidates.weight(i));
        terms.put("penalty", Penalty.of(candidates, i));
        terms.put("share", candidates.weight(i) / Penalty.of(candidates, i));
        return terms;
    }
}
