package io.yardmaster.nodes.strategy;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The node that the request's affinity key belongs to, by [Rendezvous] hashing, while that node is
/// not overloaded; then the one with the next best score. A request without a key goes by its
/// client's address, and one without both at random.
///
/// With bounded load (Mirrokni et al., arXiv:1608.01350) a node is full at `⌈bound ·
/// (total_in_flight + 1) · share / all_shares⌉` requests in flight, but never below 4 nor while it
/// has an idle core: at small loads the bound alone would scatter the few requests that one browser
/// makes at once.
///
/// A node of weight `w` stands for `max(1, round(w · virtual_nodes))` points, in closed form: none
/// is stored. More of them resolve weights more finely, and cost nothing.
public final class ConsistentHash implements Strategy {
    /// A capacity that is whole must not become the next one by a rounding error.
    private static final double ROUNDING = 1e-9;

    private static final double NEVER_FULL_BELOW = 4;

    private final double bound;
    private final int virtualNodes;
    private final WeightedRandom keyless = new WeightedRandom();

    private final Scratch points = new Scratch();
    private final Scratch inFlight = new Scratch();

    /// `bound`: at least 1, how far above the mean load a node may be; `virtualNodes`: 1 to 1000,
    /// for a node of weight 1.
    public ConsistentHash(double bound, int virtualNodes) {
        if (!(bound >= 1 && bound <= 100)) {
            throw new IllegalArgumentException("bound: %s (expected: 1 to 100)".formatted(bound));
        }
        if (virtualNodes < 1 || virtualNodes > 1000) {
            throw new IllegalArgumentException(
                    "virtual-nodes: %d (expected: 1 to 1000)".formatted(virtualNodes));
        }
        this.bound = bound;
        this.virtualNodes = virtualNodes;
    }

    @Override
    public int choose(Candidates candidates, ChoiceKey key, RandomGenerator random) {
        @Nullable String affinity = key.affinityKey();
        @Nullable String address = key.clientAddress();
        if (affinity != null) {
            return byKey(candidates, affinity);
        }
        return address != null
                ? byAddress(candidates, address)
                : keyless.choose(candidates, key, random);
    }

    /// The node of this key.
    public int byKey(Candidates candidates, String affinityKey) {
        return bounded(candidates, KeyHash.of(affinityKey));
    }

    /// The node of this client's address, whatever way it is written.
    public int byAddress(Candidates candidates, String address) {
        return bounded(candidates, ClientAddress.hash(address));
    }

    private int bounded(Candidates candidates, long keyHash) {
        int size = candidates.size();
        double[] shares = points.of(size);
        double[] loads = inFlight.of(size);
        double allLoad = 0;
        double allShares = 0;
        for (int i = 0; i < size; i++) {
            shares[i] = points(candidates, i);
            allShares += shares[i];
            loads[i] = candidates.totalInFlight(i);
            allLoad += loads[i];
        }
        // The capacities add up to more than is in flight, so one of the nodes has room.
        double perShare = bound * (allLoad + 1) / allShares;
        for (int i = 0; i < size; i++) {
            if (loads[i] >= NEVER_FULL_BELOW
                    && loads[i] >= Math.ceil(shares[i] * perShare - ROUNDING)
                    && loads[i] + 1 > candidates.parallelism(i)) {
                shares[i] = 0;
            }
        }
        return Rendezvous.winner(candidates, keyHash, shares);
    }

    private double points(Candidates candidates, int i) {
        double whole = Math.max(1, Math.rint(candidates.weight(i) * virtualNodes));
        return whole * Rendezvous.kept(candidates, i);
    }

    @Override
    public Map<String, Double> terms(Candidates candidates, int i) {
        Map<String, Double> terms = new LinkedHashMap<>();
        terms.put("totalInFlight", candidates.totalInFlight(i));
        terms.put("parallelism", candidates.parallelism(i));
        terms.put("kept", Rendezvous.kept(candidates, i));
        terms.put("share", points(candidates, i));
        return terms;
    }
}
