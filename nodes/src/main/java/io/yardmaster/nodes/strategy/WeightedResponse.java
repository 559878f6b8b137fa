package io.yardmaster.nodes.strategy;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/// A random node, with probability in proportion to `weight / mean response time`, divided by `(1 +
/// 10·error_rate) / slow_start`. A node with too few responses gets the mean of its peers' response
/// times, so that a new one is neither flooded nor starved.
///
/// Means below 1 ms count as 1 ms: below that the network's noise would decide.
public final class WeightedResponse implements Strategy {
    private static final double LEAST_SECONDS = 0.001;

    private final int minResponses;
    private final Scratch scratch = new Scratch();

    /// `minResponses`: responses in the window from which on the node's own mean is believed.
    public WeightedResponse(int minResponses) {
        if (minResponses < 1) {
            throw new IllegalArgumentException(
                    "min-responses: %d (expected: at least 1)".formatted(minResponses));
        }
        this.minResponses = minResponses;
    }

    @Override
    public int choose(Candidates candidates, ChoiceKey key, RandomGenerator random) {
        int size = candidates.size();
        double peers = peersMean(candidates);
        double[] shares = scratch.of(size);
        double total = 0;
        for (int i = 0; i < size; i++) {
            shares[i] = share(candidates, i, peers);
            total += shares[i];
        }
        return Draw.of(shares, size, total, random);
    }

    private double share(Candidates candidates, int i, double peersMean) {
        double mean = known(candidates, i) ? candidates.meanResponse(i) : peersMean;
        return candidates.weight(i) / Math.max(LEAST_SECONDS, mean) / Penalty.of(candidates, i);
    }

    private boolean known(Candidates candidates, int i) {
        return candidates.responses(i) >= minResponses;
    }

    private double peersMean(Candidates candidates) {
        double sum = 0;
        int known = 0;
        for (int i = 0; i < candidates.size(); i++) {
            if (known(candidates, i)) {
                sum += candidates.meanResponse(i);
                known++;
            }
        }
        return known == 0 ? 1 : sum / known;
    }

    @Override
    public Map<String, Double> terms(Candidates candidates, int i) {
        Map<String, Double> terms = new LinkedHashMap<>();
        terms.put("responses", (double) candidates.responses(i));
        terms.put("meanResponse", candidates.meanResponse(i));
        terms.put("weight", candidates.weight(i));
        terms.put("penalty", Penalty.of(candidates, i));
        terms.put("share", share(candidates, i, peersMean(candidates)));
        return terms;
    }
}
