package io.yardmaster.bench.simulate.scenario;

import java.util.List;

/// One thing that is tried out.
public interface Scenario {
    /// As `--scenario` knows it.
    String name();

    /// Simulates it.
    Section run(Run run);

    /// In the order of the report.
    List<Scenario> ALL =
            List.of(
                    new HomeCloud(),
                    new PrequalTable(),
                    new LinkerdTable(),
                    new Sink(),
                    new Rejoin(),
                    new Herd(),
                    new Flap(),
                    new Storm(),
                    new Sticky(),
                    new Prio(),
                    new Geo());

    static List<String> names() {
        return ALL.stream().map(Scenario::name).toList();
    }

    /// The scenarios of these names, in the order of the report; all when none is named.
    ///
    /// @throws IllegalArgumentException for a name that no scenario has
    static List<Scenario> named(List<String> wanted) {
        for (String name : wanted) {
            if (!names().contains(name)) {
                throw new IllegalArgumentException(
                        "scenario: %s (expected: one of %s)"
                                .formatted(name, String.join(", ", names())));
            }
        }
        return wanted.isEmpty()
                ? ALL
                : ALL.stream().filter(scenario -> wanted.contains(scenario.name())).toList();
    }
}
