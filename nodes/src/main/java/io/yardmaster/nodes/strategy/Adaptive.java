package io.yardmaster.nodes.strategy;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/// Least normalised backlog: the slow signal (free cores, learnt speed) says what a node can do,
/// the fast one (our own requests in flight, times the number of replicas) what it has to do.
///
/// `cost = max(1, (in_flight + 1) / free_cores) / speed / weight · (1 + 10·error_rate) /
/// slow_start`
///
/// While a node has a free core the fastest wins; above that, the shortest wait does. Stale load
/// alone is never ranked: `C·own` stands in for what the other replicas have sent since the report.
public final class Adaptive implements Strategy, Cheapest.Cost {
    /// Learnt speeds are never exactly equal; nodes this close share the work.
    private static final double TOLERANCE = 0.05;

    @Override
    public int choose(Candidates candidates, ChoiceKey key, RandomGenerator random) {
        return Cheapest.of(candidates, this, TOLERANCE, random);
    }

    @Override
    public double cost(Candidates candidates, int i) {
        return Math.max(1, backlog(candidates, i))
                / (candidates.speed(i) * candidates.weight(i))
                * Penalty.of(candidates, i);
    }

    private static double backlog(Candidates candidates, int i) {
        double inFlight = candidates.totalInFlight(i);
        return (inFlight + 1) / candidates.freeCores(i);
    }

    @Override
    public Map<String, Double> terms(Candidates candidates, int i) {
        Map<String, Double> terms = new LinkedHashMap<>();
        terms.put("backlog", backlog(candidates, i));
        terms.put("freeCores", candidates.freeCores(i));
        terms.put("speed", candidates.speed(i));
        terms.put("weight", candidates.weight(i));
        terms.put("penalty", Penalty.of(candidates, i));
        terms.put("cost", cost(candidates, i));
        return terms;
    }
}
