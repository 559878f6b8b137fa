package io.yardmaster.nodes.strategy;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/// The node with fewest requests in flight for its weight: `cost = (in_flight + 1) / weight · (1 +
/// 10·error_rate) / slow_start`.
///
/// A node whose estimated requests from all replicas, `in_flight`, reach the cap is not taken.
public final class LeastConnections implements Strategy {
    private final int maxConnections;
    private final Scratch scratch = new Scratch();

    /// `maxConnections`: most requests in flight at one node from all replicas, at least 1.
    public LeastConnections(int maxConnections) {
        if (maxConnections < 1) {
            throw new IllegalArgumentException(
                    "max-connections: %d (expected: at least 1)".formatted(maxConnections));
        }
        this.maxConnections = maxConnections;
    }

    @Override
    public int choose(Candidates candidates, ChoiceKey key, RandomGenerator random) {
        int size = candidates.size();
        double[] costs = scratch.of(size);
        for (int i = 0; i < size; i++) {
            costs[i] = cost(candidates, i);
        }
        return Cheapest.of(costs, size, 1e-9, random);
    }

    private double cost(Candidates candidates, int i) {
        double inFlight = candidates.totalInFlight(i);
        return inFlight >= maxConnections
                ? Double.POSITIVE_INFINITY
                : (inFlight + 1) / candidates.weight(i) * Penalty.of(candidates, i);
    }

    @Override
    public Map<String, Double> terms(Candidates candidates, int i) {
        Map<String, Double> terms = new LinkedHashMap<>();
        terms.put("inFlight", (double) candidates.inFlight(i));
        terms.put("liveReplicas", (double) candidates.liveReplicas());
        terms.put("weight", candidates.weight(i));
        terms.put("penalty", Penalty.of(candidates, i));
        terms.put("cost", cost(candidates, i));
        return terms;
    }
}
