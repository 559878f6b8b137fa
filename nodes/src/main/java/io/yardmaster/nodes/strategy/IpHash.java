package io.yardmaster.nodes.strategy;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The node that the client's address belongs to, by [Rendezvous] hashing with the operator's
/// weights: an address keeps its node, however loaded that is, until the node leaves or fails. A
/// request without an address goes by its affinity key, and one without both at random.
public final class IpHash implements Strategy, Rendezvous.Share {
    private final WeightedRandom keyless = new WeightedRandom();

    @Override
    public int choose(Candidates candidates, ChoiceKey key, RandomGenerator random) {
        @Nullable String address = key.clientAddress();
        @Nullable String affinity = key.affinityKey();
        if (address != null) {
            return Rendezvous.winner(candidates, ClientAddress.hash(address), this);
        }
        return affinity != null
                ? Rendezvous.winner(candidates, KeyHash.of(affinity), this)
                : keyless.choose(candidates, key, random);
    }

    @Override
    public double of(Candidates candidates, int i) {
        return candidates.weight(i) * Rendezvous.kept(candidates, i);
    }

    @Override
    public Map<String, Double> terms(Candidates candidates, int i) {
        Map<String, Double> terms = new LinkedHashMap<>();
        terms.put("weight", candidates.weight(i));
        terms.put("kept", Rendezvous.kept(candidates, i));
        terms.put("share", of(candidates, i));
        return terms;
    }
}
