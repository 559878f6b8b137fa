package io.yardmaster.bench.simulate.scenario;

import io.yardmaster.bench.simulate.Balancer;
import io.yardmaster.bench.simulate.Clif;
import io.yardmaster.bench.simulate.LiveBalancer;
import io.yardmaster.bench.simulate.LiveBalancer.Live;
import io.yardmaster.bench.simulate.Oracle;
import io.yardmaster.bench.simulate.World;
import io.yardmaster.bench.simulate.baseline.Chance;
import io.yardmaster.bench.simulate.baseline.HighestScore;
import io.yardmaster.bench.simulate.baseline.LeastLoaded;
import io.yardmaster.bench.simulate.baseline.PeakEwma;
import io.yardmaster.bench.simulate.baseline.Probing;
import io.yardmaster.bench.simulate.baseline.ReportedWeights;
import io.yardmaster.bench.simulate.baseline.SeedWeights;
import io.yardmaster.bench.simulate.baseline.Turn;
import io.yardmaster.bench.simulate.baseline.Yarp;
import java.util.List;

/// Something that chooses machines, by the name that it has in the report.
///
/// @param live whether it is made of the classes that run live
record Rule(String name, boolean live, Maker maker) {
    interface Maker {
        Balancer make(World world, int client);
    }

    static final Rule RANDOM = beside("random", (world, client) -> new Chance(world));
    static final Rule ROUND_ROBIN = beside("round robin", (world, client) -> new Turn(world));
    static final Rule UTILISATION_WRR =
            beside("WRR by utilisation", (world, client) -> new ReportedWeights(world));
    static final Rule LEAST_LOADED = leastLoaded("least loaded", LeastLoaded.Rule.ALL);
    static final Rule LEAST_LOADED_OF_TWO =
            leastLoaded("least loaded of two", LeastLoaded.Rule.TWO);
    static final Rule STATIC_WEIGHT =
            leastLoaded("least loaded, static weights", LeastLoaded.Rule.WEIGHTED);
    static final Rule YARP = beside("YARP-Po2C", (world, client) -> new Yarp(world, 0.5));
    static final Rule PEAK_EWMA =
            beside("peak-EWMA of two", (world, client) -> new PeakEwma(world));
    static final Rule LATENCY_SEED =
            beside("seed: 1/(latency+1 s)", (world, client) -> new SeedWeights(world));
    static final Rule SCORE_SEED =
            beside("seed: highest score", (world, client) -> new HighestScore(world));
    static final Rule CLIF = beside("Clif (reference)", (world, client) -> new Clif(world));
    static final Rule ORACLE =
            beside("oracle", (world, client) -> new Oracle(world, Double.POSITIVE_INFINITY));
    static final Rule QUEUEING_ORACLE =
            beside("oracle, shared queue", (world, client) -> new Oracle(world, 1.5));

    static final Rule LINEAR = probing("Linear", Probing.Config.paper(Probing.Rule.LINEAR));
    static final Rule C3 = probing("C3", Probing.Config.paper(Probing.Rule.C3));
    static final Rule PREQUAL = probing("Prequal", Probing.Config.paper(Probing.Rule.HOT_COLD));
    static final Rule SMALL_C3 = probing("C3", Probing.Config.small(Probing.Rule.C3));
    static final Rule SMALL_PREQUAL =
            probing("Prequal", Probing.Config.small(Probing.Rule.HOT_COLD));

    static final Rule ADAPTIVE = live("adaptive");

    /// All strategies that choose by load, as they ship. The others are placed by something else
    /// than load and have scenarios of their own.
    static final List<Rule> LIVE =
            List.of(
                    ADAPTIVE,
                    live("resource_based"),
                    live("weighted_response"),
                    live("least_response_time"),
                    live("least_connections"),
                    live("power_of_two"),
                    live("round_robin"),
                    live("weighted_round_robin"),
                    live("random"));

    private static Rule beside(String name, Maker maker) {
        return new Rule(name, false, maker);
    }

    private static Rule leastLoaded(String name, LeastLoaded.Rule rule) {
        return beside(name, (world, client) -> new LeastLoaded(world, rule));
    }

    private static Rule probing(String name, Probing.Config config) {
        return beside(name, (world, client) -> new Probing(world, config));
    }

    static Rule live(String strategy) {
        return live(strategy, Live.of(strategy));
    }

    static Rule live(String name, Live live) {
        return new Rule(name, true, (world, client) -> new LiveBalancer(world, live, client));
    }

    /// As it stands in tables: what ships looks like a setting.
    String label() {
        return live ? "`" + name + "`" : name;
    }

    void dispatch(World world) {
        world.dispatchers(client -> maker.make(world, client));
    }
}
