package io.yardmaster.nodes.strategy;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/// Least normalised backlog: the slow signal (what runs side by side, and how fast, as reported and
/// learnt) says what a node can do, the fast one (requests in flight) what it has to do.
///
/// `cost = max(1, (in_flight + 1) / parallelism) / speed / weight · (1 + 10·error_rate) /
/// slow_start`
///
/// That is the time which one more request would take there. While a node has a free core the
/// fastest wins; above that, the shortest wait does. Reported load alone is never ranked: the
/// requests in flight are those of now, and the speed is that of the last few seconds.
public final class Adaptive implements Strategy {
    /// Learnt speeds are never exactly equal; nodes this close share the work.
    private static final double TOLERANCE = 0.05;

    private final Scratch scratch = new Scratch();

    @Override
    public int choose(Candidates candidates, ChoiceKey key, RandomGenerator random) {
        int size = candidates.size();
        double[] costs = scratch.of(size);
        for (int i = 0; i < size; i++) {
            costs[i] = cost(candidates, i);
        }
        return Cheapest.of(costs, size, TOLERANCE, random);
    }

    static double cost(Candidates candidates, int i) {
        return Math.max(1, backlog(candidates, i))
                / (candidates.speed(i) * candidates.weight(i))
                * Penalty.of(candidates, i);
    }

    private static double backlog(Candidates candidates, int i) {
        double inFlight = candidates.totalInFlight(i);
        return (inFlight + 1) / candidates.parallelism(i);
    }

    @Override
    public Map<String, Double> terms(Candidates candidates, int i) {
        return costTerms(candidates, i);
    }

    static Map<String, Double> costTerms(Candidates candidates, int i) {
        Map<String, Double> terms = new LinkedHashMap<>();
        terms.put("backlog", backlog(candidates, i));
        terms.put("totalInFlight", candidates.totalInFlight(i));
        terms.put("parallelism", candidates.parallelism(i));
        terms.put("speed", candidates.speed(i));
        terms.put("weight", candidates.weight(i));
        terms.put("penalty", Penalty.of(candidates, i));
        terms.put("cost", cost(candidates, i));
        return terms;
    }
}
