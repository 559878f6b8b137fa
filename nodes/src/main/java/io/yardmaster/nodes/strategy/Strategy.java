package io.yardmaster.nodes.strategy;

import java.util.Map;
import java.util.random.RandomGenerator;

/// A rule for choosing a node. Calls for one instance must not overlap unless the rule says so.
public interface Strategy {
    /// The answer when no candidate will do.
    int NONE = -1;

    /// The index of the chosen candidate, or [#NONE] when there is none or the rule's own cap
    /// leaves none.
    int choose(Candidates candidates, ChoiceKey key, RandomGenerator random);

    /// The figures that decided, by name and in order, for people who ask why. The last one, `cost`
    /// (smaller is better) or `share` (larger is better), is the one that was compared.
    Map<String, Double> terms(Candidates candidates, int i);
}
