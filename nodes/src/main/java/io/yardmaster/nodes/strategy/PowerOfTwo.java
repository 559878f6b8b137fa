package io.yardmaster.nodes.strategy;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/// The better of two random nodes. Two different ones are drawn with probability in proportion to
/// their capacity, `weight · parallelism · speed`, and the lower `cost = (in_flight + 1) / capacity
/// · (1 + 10·error_rate) / slow_start` wins.
///
/// Drawn evenly, two of twelve very unequal nodes are often both slow, and the tail is theirs
/// ("balanced routing", Gardner et al. 2022).
public final class PowerOfTwo implements Strategy {
    private final Scratch scratch = new Scratch();

    @Override
    public int choose(Candidates candidates, ChoiceKey key, RandomGenerator random) {
        int size = candidates.size();
        double[] capacities = scratch.of(size);
        double total = 0;
        for (int i = 0; i < size; i++) {
            capacities[i] = capacity(candidates, i);
            total += capacities[i];
        }
        int first = Draw.of(capacities, size, total, random);
        if (size < 2) {
            return first;
        }
        double firstCost = cost(candidates, first, capacities[first]);
        total -= capacities[first];
        capacities[first] = 0;
        int second = Draw.of(capacities, size, total, random);
        return cost(candidates, second, capacities[second]) < firstCost ? second : first;
    }

    private static double capacity(Candidates candidates, int i) {
        return candidates.weight(i) * candidates.parallelism(i) * candidates.speed(i);
    }

    private static double cost(Candidates candidates, int i, double capacity) {
        return (candidates.totalInFlight(i) + 1) / capacity * Penalty.of(candidates, i);
    }

    @Override
    public Map<String, Double> terms(Candidates candidates, int i) {
        Map<String, Double> terms = new LinkedHashMap<>();
        terms.put("totalInFlight", candidates.totalInFlight(i));
        terms.put("parallelism", candidates.parallelism(i));
        terms.put("speed", candidates.speed(i));
        terms.put("weight", candidates.weight(i));
        terms.put("penalty", Penalty.of(candidates, i));
        terms.put("cost", cost(candidates, i, capacity(candidates, i)));
        return terms;
    }
}
