package io.yardmaster.bench.simulate.scenario;

import io.yardmaster.bench.simulate.World;
import java.util.List;

/// HC12: the home cloud, twelve unequal machines with foreign load. The one that decides defaults.
final class HomeCloud implements Scenario {
    static final double DEADLINE = 10;

    private static final double MEAN = .2;

    /// Chosen so that rules which are not ours come out as published: see [#PROSE].
    static final List<Long> CALIBRATED = List.of(1L, 6L, 7L, 9L, 10L);

    /// @param age seconds between reports
    /// @param load offered work as a share of what is left by the foreign load on average
    record Cell12(int replicas, double load, double age, double seconds) {}

    @Override
    public String name() {
        return "hc12";
    }

    static World world(Cell12 cell, long seed) {
        double rate = cell.load() * HomeFleet.CAPACITY_LEFT / Normal.meanAboveZero(MEAN, MEAN);
        World world =
                new World(
                        new World.Traffic(
                                cell.replicas(),
                                rate,
                                MEAN,
                                MEAN,
                                DEADLINE,
                                cell.seconds() / 3,
                                cell.seconds()),
                        seed);
        HomeFleet.settle(world);
        HomeFleet.haunt(world);
        world.reports(cell.age());
        return world;
    }

    static Outcome run(Rule rule, Cell12 cell, long seed) {
        return Outcome.run(world(cell, seed), rule);
    }

    @Override
    public Section run(Run run) {
        return new HomeCloudTables(run).section();
    }

    static final String PROSE =
            """
            Twelve machines: four Raspberry Pis (4 cores of speed 0.3), four NUCs (4 of 1.0), two old PCs (4 of 0.6), two
            desktops (8 of 1.2). Their owners use them too: a quarter of the time, for 20 s on average, foreign work takes
            50 to 90 % of a machine's cores; else up to 5 %. Work is a normal distribution of mean and deviation 200 ms,
            drawn again while it isn't above 0; the deadline is 10 s. Load is relative to what the foreign work leaves on
            average. 400 s, of which the first third does not count.

            **How the seeds were chosen.** p99 here is dominated by luck: by how often the two desktops are hot
            at the same time. The reference rule Clif, which knows every speed and every core, has a p99 between 1.2 and 8.7 s
            over seeds 1 to 10, and even the oracle, which knows everything at every moment, is not spared. So that the
            figures can be compared with the anchors', five of the seeds 1 to 10 were taken that bring rules which are not ours near
            their published p99: Clif (1.89 s) and least connections (3.7 s); Prequal (3.0 s) was compared afterwards. These are lucky seeds:
            most rules do worse on the others. What `adaptive` is held to, it is held to on these five. The last table shows all of seeds
            1 to 20, and what would have come of any other choice.

            "Clif" is the anchors' rule with known speeds and exact reports; "oracle" sees all requests and cores at every moment
            and sends each request to the best machine at once; with a shared queue it keeps requests back while every core is
            taken. Prequal and C3 use a pool of 6 and two probes a request, because a pool larger than the fleet is used without end.
            """;
}
