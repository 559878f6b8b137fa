package io.yardmaster.nodes.strategy;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The region that the request came from, and within it the node that [Adaptive] would choose.
///
/// The local region is the one that the request names; else the nearest one to the place that it
/// came from; when neither tells, all nodes are one region. A request leaves it when no node there
/// has an idle core, for the nearest region whose utilisation is lower by more than 0.1 (the
/// headroom of Envoy's load-aware locality): the nearest alone would be drowned while others idle,
/// and without the margin requests would travel for nothing.
///
/// Utilisation is `(in_flight + 1) / parallelism` over the region, of our own fresh counts. So no
/// requests are sent abroad just to learn how it is there, as Envoy does with 3 % of them.
public final class Geographic implements Strategy {
    private static final double MARGIN = 0.1;

    /// As in [Adaptive]: learnt speeds are never exactly equal.
    private static final double TOLERANCE = 0.05;

    private static final int ANY = -1;

    private final Regions regions = new Regions();
    private final Scratch scratch = new Scratch();

    @Override
    public int choose(Candidates candidates, ChoiceKey key, RandomGenerator random) {
        int size = candidates.size();
        regions.read(candidates);
        int region = region(key);
        double[] costs = scratch.of(size);
        for (int i = 0; i < size; i++) {
            costs[i] =
                    region == ANY || regions.of(i) == region
                            ? Adaptive.cost(candidates, i)
                            : Double.POSITIVE_INFINITY;
        }
        return Cheapest.of(costs, size, TOLERANCE, random);
    }

    private int region(ChoiceKey key) {
        @Nullable String name = key.region();
        @Nullable Position position = key.position();
        int local = name == null ? ANY : regions.named(name);
        if (local == ANY && position != null) {
            local = nearest(position);
        }
        return local == ANY || regions.idle(local) ? local : spilled(local, position);
    }

    private int nearest(Position position) {
        int nearest = ANY;
        double least = Regions.FAR;
        for (int region = 0; region < regions.count(); region++) {
            double distance = regions.distance(position, region);
            if (distance < least) {
                nearest = region;
                least = distance;
            }
        }
        return nearest;
    }

    private int spilled(int local, @Nullable Position position) {
        double limit = regions.utilisation(local) - MARGIN;
        int chosen = local;
        double least = Double.POSITIVE_INFINITY;
        for (int region = 0; region < regions.count(); region++) {
            double utilisation = regions.utilisation(region);
            if (region == local || utilisation >= limit) {
                continue;
            }
            double distance =
                    position == null
                            ? regions.distance(local, region)
                            : regions.distance(position, region);
            // of regions whose distance is equal or unknown, the least used
            if (distance < least
                    || (distance == least && utilisation < regions.utilisation(chosen))) {
                chosen = region;
                least = distance;
            }
        }
        return chosen;
    }

    @Override
    public Map<String, Double> terms(Candidates candidates, int i) {
        regions.read(candidates);
        Map<String, Double> terms = new LinkedHashMap<>();
        terms.put("regionUtilisation", regions.utilisation(regions.of(i)));
        terms.putAll(Adaptive.costTerms(candidates, i));
        return terms;
    }
}
