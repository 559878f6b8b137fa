package io.yardmaster.bench.simulate.scenario;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;

/// Runs of many rules under many conditions, each with several seeds.
///
/// @param <C> a condition
final class Matrix<C> {
    private final Set<Entry<C>> entries = new LinkedHashSet<>();
    private final Map<Entry<C>, Outcome> outcomes = new HashMap<>();

    private record Entry<C>(String rule, C condition, long seed) {}

    interface One<C> {
        Outcome run(Rule rule, C condition, long seed);
    }

    private final Map<String, Rule> rules = new HashMap<>();

    void add(Rule rule, C condition, List<Long> seeds) {
        rules.put(rule.name(), rule);
        seeds.forEach(seed -> entries.add(new Entry<>(rule.name(), condition, seed)));
    }

    void run(Run run, String name, One<C> one) {
        List<Entry<C>> order = List.copyOf(entries);
        List<Callable<Outcome>> cells = new ArrayList<>();
        for (Entry<C> entry : order) {
            Rule rule = Objects.requireNonNull(rules.get(entry.rule()));
            cells.add(() -> one.run(rule, entry.condition(), entry.seed()));
        }
        List<Outcome> results = run.all(name, cells);
        for (int i = 0; i < order.size(); i++) {
            outcomes.put(order.get(i), results.get(i));
        }
    }

    /// What was added of it, seed by seed.
    List<Outcome> of(Rule rule, C condition, List<Long> seeds) {
        return seeds.stream()
                .map(seed -> outcomes.get(new Entry<>(rule.name(), condition, seed)))
                .filter(Objects::nonNull)
                .toList();
    }
}
