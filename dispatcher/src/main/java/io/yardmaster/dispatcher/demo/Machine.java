package io.yardmaster.dispatcher.demo;

import java.util.List;

/// A machine of the demo's house.
///
/// @param id its node id
/// @param cores how many requests it works on at once, 1 to 64
/// @param slowness how many times longer than the fastest machine it takes for the same work, 0.1
///   to 100
record Machine(String id, int cores, double slowness) {
    /// The house: about 108 default requests a second together, 66 of them by the desktop while
    /// nobody else uses it.
    static final List<Machine> HOUSE =
            List.of(
                    new Machine("pi", 2, 4.0),
                    new Machine("nuc", 4, 2.0),
                    new Machine("desktop", 4, 1.0));

    /// The machine that becomes busy half-way.
    static final String SHARED = "desktop";

    /// Foreign threads beside four working cores: (4 + 8) / 4, so the same work takes three times
    /// as long.
    static final int FOREIGN_LOAD = 8;

    Machine {
        if (!id.matches("[A-Za-z0-9._-]{1,64}")) {
            throw new IllegalArgumentException(
                    "id: " + id + " (expected: 1 to 64 of A-Z a-z 0-9 . _ -)");
        }
        if (cores < 1 || cores > 64) {
            throw new IllegalArgumentException("cores: " + cores + " (expected: 1 to 64)");
        }
        if (!(slowness >= 0.1 && slowness <= 100)) {
            throw new IllegalArgumentException("slowness: " + slowness + " (expected: 0.1 to 100)");
        }
    }
}
