package io.yardmaster.bench.simulate.scenario;

import io.yardmaster.bench.simulate.World;
import java.util.List;

/// The machines of a home, and what their owners do with them.
final class HomeFleet {
    private static final double HOT_SHARE = .25;
    private static final double HOT_SECONDS = 20;
    private static final double[] HOT = {.5, .9};
    private static final double[] CALM = {0, .05};

    /// Seconds of work, and their deviation, before it is made positive.
    static final double WORK = .2;

    static final double MEAN_WORK = Normal.meanAboveZero(WORK, WORK);

    private record Kind(String name, int number, double cores, double speed) {}

    private static final List<Kind> KINDS =
            List.of(
                    new Kind("pi", 4, 4, .3),
                    new Kind("nuc", 4, 4, 1),
                    new Kind("old", 2, 4, .6),
                    new Kind("desk", 2, 8, 1.2));

    /// Seconds of work that all of them do in a second.
    static final double CAPACITY =
            KINDS.stream().mapToDouble(kind -> kind.number() * kind.cores() * kind.speed()).sum();

    /// What the foreign work leaves of it on average.
    static final double CAPACITY_LEFT =
            CAPACITY * (1 - HOT_SHARE * mean(HOT) - (1 - HOT_SHARE) * mean(CALM));

    private HomeFleet() {}

    private static double mean(double[] range) {
        return (range[0] + range[1]) / 2;
    }

    static void settle(World world) {
        for (Kind kind : KINDS) {
            for (int i = 0; i < kind.number(); i++) {
                world.add(kind.name() + i, kind.cores(), kind.speed());
            }
        }
    }

    /// Foreign load comes and goes.
    static void haunt(World world) {
        world.antagonists(HOT_SHARE, HOT_SECONDS, HOT, CALM);
    }

    /// Traffic of this load, relative to what is left.
    static World.Traffic traffic(
            int replicas, double load, double left, double warmUp, double seconds) {
        return new World.Traffic(
                replicas, load * left / MEAN_WORK, WORK, WORK, HomeCloud.DEADLINE, warmUp, seconds);
    }
}
