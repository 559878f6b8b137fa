package io.yardmaster.nodes.strategy;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The node that the client's address belongs to, by [Rendezvous] hashing with the operator's
/// weights: an address keeps its node, however loaded that is, until the node leaves or fails. A
/// request without an address goes by its affinity key, and one without both at random.
public final class IpHash implements Strategy {
    private final WeightedRandom keyless = new WeightedRandom();
    private final Scratch scratch = new Scratch();

    @Override
    public int choose(Candidates candidates, ChoiceKey key, RandomGenerator random) {
        @Nullable String address = key.clientAddress();
        @Nullable String affinity = key.affinityKey();
        if (address != null) {
            return winner(candidates, ClientAddress.hash(address));
        }
        return affinity != null
                ? winner(candidates, KeyHash.of(affinity))
                : keyless.choose(candidates, key, random);
    }

    private int winner(Candidates candidates, long keyHash) {
        int size = candidates.size();
        double[] shares = scratch.of(size);
        for (int i = 0; i < size; i++) {
            shares[i] = share(candidates, i);
        }
        return Rendezvous.winner(candidates, keyHash, shares);
    }

    private static double share(Candidates candidates, int i) {
        return candidates.weight(i) * Rendezvous.kept(candidates, i);
    }

    @Override
    public Map<String, Double> terms(Candidates candidates, int i) {
        Map<String, Double> terms = new LinkedHashMap<>();
        terms.put("weight", candidates.weight(i));
        terms.put("kept", Rendezvous.kept(candidates, i));
        terms.put("share", share(candidates, i));
        return terms;
    }
}
