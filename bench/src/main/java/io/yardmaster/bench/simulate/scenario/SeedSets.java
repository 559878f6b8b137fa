package io.yardmaster.bench.simulate.scenario;

import java.util.ArrayList;
import java.util.List;

/// All sets of so many out of a number of seeds, by their places.
final class SeedSets {
    private final List<int[]> sets = new ArrayList<>();

    /// None when there are fewer seeds than that.
    SeedSets(int seeds, int size) {
        choose(new int[size], 0, 0, seeds);
    }

    private void choose(int[] chosen, int known, int next, int seeds) {
        if (known == chosen.length) {
            sets.add(chosen.clone());
            return;
        }
        for (int i = next; i < seeds; i++) {
            chosen[known] = i;
            choose(chosen, known + 1, i + 1, seeds);
        }
    }

    List<int[]> all() {
        return sets;
    }

    static double mean(double[] figures, int[] set) {
        double sum = 0;
        for (int i : set) {
            sum += figures[i];
        }
        return sum / set.length;
    }
}
