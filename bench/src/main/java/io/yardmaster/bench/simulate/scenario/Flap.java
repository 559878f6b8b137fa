package io.yardmaster.bench.simulate.scenario;

import io.yardmaster.bench.simulate.LiveBalancer.Live;
import io.yardmaster.bench.simulate.Machine;
import io.yardmaster.bench.simulate.Retries;
import io.yardmaster.bench.simulate.Tally;
import io.yardmaster.bench.simulate.World;
import io.yardmaster.bench.simulate.scenario.Section.Block;
import io.yardmaster.bench.simulate.scenario.Section.Cell;
import io.yardmaster.ratelimit.BreakerConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/// FLAP: a machine that is up and down every 15 s.
final class Flap implements Scenario {
    private static final List<Long> SEEDS = List.of(1L, 6L, 7L, 9L, 10L);
    private static final double SECONDS = 300;
    private static final double PERIOD = 15;
    private static final int FLAPPING = 4;
    private static final Retries AS_NORMAL = new Retries(1, 1, 300, Double.POSITIVE_INFINITY);

    private record Variant(String name, Rule rule, boolean retries) {}

    private static final List<Variant> VARIANTS =
            List.of(
                    variant("adaptive, breakers, checks every 5 s, a retry", 5, true, true),
                    variant("adaptive, breakers, checks every 30 s, a retry", 30, true, true),
                    variant("adaptive, breakers, checks every 5 s", 5, true, false),
                    variant("adaptive, breakers, no checks", 0, true, false),
                    variant("adaptive alone", 0, false, false),
                    new Variant("Clif (reference)", Rule.CLIF, false),
                    new Variant("least loaded", Rule.LEAST_LOADED, false));

    private record One(double failed, double p99, double sends) {}

    private static Variant variant(
            String name, double checkEvery, boolean breakers, boolean retries) {
        Live live = Live.of("adaptive").checkedEvery(checkEvery);
        Live guarded = breakers ? live.withBreakers(BreakerConfig.DEFAULTS) : live;
        return new Variant(name, Rule.live(name, guarded), retries);
    }

    @Override
    public String name() {
        return "flap";
    }

    private static One one(Variant variant, double seconds, long seed) {
        World world =
                new World(HomeFleet.traffic(3, .5, HomeFleet.CAPACITY_LEFT, 30, seconds), seed);
        HomeFleet.settle(world);
        HomeFleet.haunt(world);
        world.reports(5);
        if (variant.rule().live()) {
            world.askTheNext();
        }
        if (variant.retries()) {
            world.retries(AS_NORMAL);
        }
        Machine machine = world.fleet().get(FLAPPING);
        world.time()
                .repeat(
                        2 * PERIOD,
                        () -> {
                            if (machine.up()) {
                                machine.crash();
                            } else {
                                machine.restart();
                            }
                            return PERIOD;
                        });
        Tally tally = new Tally(30);
        world.watch(tally);
        variant.rule().dispatch(world);
        world.run();
        return new One(tally.errorShare(), tally.quantile(.99), tally.sendsPerRequest());
    }

    @Override
    public Section run(Run run) {
        List<Long> seeds = run.effort().seeds(SEEDS);
        double seconds = run.effort().seconds(SECONDS);
        List<Callable<One>> cells = new ArrayList<>();
        VARIANTS.forEach(
                variant -> seeds.forEach(seed -> cells.add(() -> one(variant, seconds, seed))));
        List<One> all = run.all(name(), cells);
        List<List<Cell>> rows = new ArrayList<>();
        for (int i = 0; i < VARIANTS.size(); i++) {
            List<One> runs = all.subList(i * seeds.size(), (i + 1) * seeds.size());
            rows.add(
                    List.of(
                            Cell.words(VARIANTS.get(i).name()),
                            Figures.percent(
                                    runs.stream().mapToDouble(One::failed).sum() / runs.size()),
                            Figures.seconds(
                                    runs.stream().mapToDouble(One::p99).sum() / runs.size()),
                            new Cell(
                                    Figures.format(
                                            "%.4f",
                                            runs.stream().mapToDouble(One::sends).sum()
                                                    / runs.size()),
                                    runs.stream().mapToDouble(One::sends).sum() / runs.size())));
        }
        return new Section(
                name(),
                "FLAP: up and down every 15 s",
                List.of(
                        new Block.Prose(PROSE),
                        new Block.Table(
                                "Load 0.5, reports 5 s old",
                                List.of("rule", "failed", "p99, s", "sends a request"),
                                rows)),
                List.of());
    }

    private static final String PROSE =
            """
            One of the NUCs crashes and comes back every 15 s. What ran there is lost; whoever calls it while it is down is refused within 5 ms. As
            live, a refused request goes to the next machine at once and that costs no attempt; what was lost in the middle is retried only
            where the table says so (one retry, as for priority `normal`). The baselines know neither.
            """;
}
