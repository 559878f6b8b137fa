package io.yardmaster.nodes.strategy;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/// The node whose response is expected soonest by what its last ones took: `cost = peak ·
/// (in_flight + 1) / weight · (1 + 10·error_rate) / slow_start`.
///
/// `peak` is the peak EWMA of Finagle: it jumps to a slower response at once and fades with a time
/// constant of 10 s, so that a node that was slow is tried again. A node without history takes the
/// mean of its peers' peaks: with 0 it would draw everything (Envoy, ingress-nginx), with a large
/// constant it would be starved. Below 1 ms the network's noise would decide.
public final class LeastResponseTime implements Strategy {
    private static final double LEAST_SECONDS = 0.001;

    private final Scratch scratch = new Scratch();

    @Override
    public int choose(Candidates candidates, ChoiceKey key, RandomGenerator random) {
        int size = candidates.size();
        double[] costs = scratch.of(size);
        double sum = 0;
        int known = 0;
        for (int i = 0; i < size; i++) {
            costs[i] = candidates.peakResponse(i);
            sum += costs[i];
            known += costs[i] > 0 ? 1 : 0;
        }
        double mean = mean(sum, known);
        for (int i = 0; i < size; i++) {
            costs[i] = cost(candidates, i, costs[i] > 0 ? costs[i] : mean);
        }
        return Cheapest.of(costs, size, 1e-9, random);
    }

    private static double mean(double sum, int known) {
        return known == 0 ? 1 : sum / known;
    }

    private static double cost(Candidates candidates, int i, double peak) {
        return Math.max(LEAST_SECONDS, peak)
                * (candidates.totalInFlight(i) + 1)
                / candidates.weight(i)
                * Penalty.of(candidates, i);
    }

    @Override
    public Map<String, Double> terms(Candidates candidates, int i) {
        double sum = 0;
        int known = 0;
        for (int j = 0; j < candidates.size(); j++) {
            sum += candidates.peakResponse(j);
            known += candidates.peakResponse(j) > 0 ? 1 : 0;
        }
        double own = candidates.peakResponse(i);
        double peak = own > 0 ? own : mean(sum, known);
        Map<String, Double> terms = new LinkedHashMap<>();
        terms.put("peakResponse", peak);
        terms.put("totalInFlight", candidates.totalInFlight(i));
        terms.put("weight", candidates.weight(i));
        terms.put("penalty", Penalty.of(candidates, i));
        terms.put("cost", cost(candidates, i, peak));
        return terms;
    }
}
