package io.yardmaster.bench.simulate.scenario;

import io.yardmaster.bench.simulate.Job;
import io.yardmaster.bench.simulate.LiveBalancer.Live;
import io.yardmaster.bench.simulate.Machine;
import io.yardmaster.bench.simulate.Tally;
import io.yardmaster.bench.simulate.Watcher;
import io.yardmaster.bench.simulate.World;
import io.yardmaster.bench.simulate.scenario.Section.Block;
import io.yardmaster.bench.simulate.scenario.Section.Cell;
import io.yardmaster.bench.simulate.scenario.Section.Check;
import io.yardmaster.ratelimit.BreakerConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.LongStream;

/// REJOIN: a machine comes back cold.
final class Rejoin implements Scenario {
    private static final List<Long> SEEDS = LongStream.rangeClosed(1, 10).boxed().toList();
    private static final double DOWN = 60;
    private static final double BACK = 100;
    private static final double WARM = 160;
    private static final double END = 220;
    private static final double WINDOW = 5;
    private static final int RETURNING = 4;
    private static final int TWINS = 3;

    private static final List<Rule> RULES =
            List.of(
                    checked("adaptive"),
                    checked("resource_based"),
                    checked("weighted_response"),
                    checked("least_response_time"),
                    checked("least_connections"),
                    checked("round_robin"));

    private static Rule checked(String strategy) {
        return Rule.live(
                strategy, Live.of(strategy).withBreakers(BreakerConfig.DEFAULTS).checkedEvery(5));
    }

    /// Sends to the returning machine and to its three twins, by window.
    private static final class Shares implements Watcher {
        final long[] returning = new long[(int) (END / WINDOW)];
        final long[] twins = new long[returning.length];

        @Override
        public void sent(Job job, double now) {
            int window = (int) (now / WINDOW);
            if (window < returning.length) {
                if (job.machine() == RETURNING) {
                    returning[window]++;
                } else if (job.machine() > RETURNING && job.machine() <= RETURNING + TWINS) {
                    twins[window]++;
                }
            }
        }
    }

    private record One(Shares shares, double p99Before, double p99After, double errors) {}

    @Override
    public String name() {
        return "rejoin";
    }

    private static One one(Rule rule, long seed) {
        World world = new World(HomeFleet.traffic(3, .7, HomeFleet.CAPACITY, 20, END), seed);
        HomeFleet.settle(world);
        world.reports(5);
        world.askTheNext();
        Machine machine = world.fleet().get(RETURNING);
        double speed = machine.speed();
        world.time().at(DOWN, machine::crash);
        world.time()
                .at(
                        BACK,
                        () -> {
                            machine.setSpeed(speed / 3);
                            machine.restart();
                        });
        world.time().at(WARM, () -> machine.setSpeed(speed));
        Shares shares = new Shares();
        world.watch(shares);
        Tally before = new Tally(job -> job.arrived >= 20 && job.arrived < DOWN);
        Tally after = new Tally(job -> job.arrived >= BACK);
        Tally all = new Tally(20);
        world.watch(before);
        world.watch(after);
        world.watch(all);
        rule.dispatch(world);
        world.run();
        return new One(shares, before.quantile(.99), after.quantile(.99), all.errorShare());
    }

    /// The returning machine's sends over those of a twin, window by window, all seeds together.
    private static List<Double> ofFairShare(List<One> runs) {
        List<Double> shares = new ArrayList<>();
        for (int window = 0; window < runs.getFirst().shares().returning.length; window++) {
            long returning = 0;
            long twins = 0;
            for (One one : runs) {
                returning += one.shares().returning[window];
                twins += one.shares().twins[window];
            }
            shares.add(twins == 0 ? 0 : (double) TWINS * returning / twins);
        }
        return shares;
    }

    @Override
    public Section run(Run run) {
        List<Long> seeds = run.effort().seeds(SEEDS);
        List<Callable<One>> cells = new ArrayList<>();
        RULES.forEach(rule -> seeds.forEach(seed -> cells.add(() -> one(rule, seed))));
        List<One> all = run.all(name(), cells);
        List<List<Cell>> rows = new ArrayList<>();
        List<String> lines = new ArrayList<>();
        List<Check> checks = new ArrayList<>();
        for (int i = 0; i < RULES.size(); i++) {
            Rule rule = RULES.get(i);
            List<One> runs = all.subList(i * seeds.size(), (i + 1) * seeds.size());
            List<Double> shares = ofFairShare(runs);
            List<Double> back = shares.subList((int) (BACK / WINDOW), shares.size());
            double peak = back.stream().mapToDouble(Double::doubleValue).max().orElse(0);
            double last =
                    back.subList(back.size() - 4, back.size()).stream()
                                    .mapToDouble(Double::doubleValue)
                                    .sum()
                            / 4;
            rows.add(
                    List.of(
                            Cell.words(rule.label()),
                            Figures.ratio(peak),
                            Figures.ratio(last),
                            Figures.seconds(mean(runs, One::p99Before)),
                            Figures.seconds(mean(runs, One::p99After)),
                            Figures.percent(mean(runs, One::errors))));
            lines.add(Figures.format("%-20s %s", rule.name(), Charts.spark(shares, 0, 1.5)));
            if (rule.name().equals("adaptive")) {
                checks.add(
                        Expect.atMost(
                                "`adaptive`: peak share of the returning machine over the fair one",
                                peak,
                                1.5,
                                "%.2f"));
            }
        }
        lines.add(Figures.format("%-20s %s", "", " ".repeat(12) + "^down   ^back       ^warm"));
        return new Section(
                name(),
                "REJOIN: a machine comes back cold",
                List.of(
                        new Block.Prose(PROSE),
                        new Block.Table(
                                "The returning machine's share of requests over a twin's",
                                List.of(
                                        "rule",
                                        "peak after return",
                                        "in the last 20 s",
                                        "p99 before, s",
                                        "p99 after, s",
                                        "failed"),
                                rows),
                        new Block.Chart(
                                "Its share over time, 5 s a character, from 0 to 1.5 times the fair one",
                                lines)),
                checks);
    }

    private static double mean(List<One> runs, java.util.function.ToDoubleFunction<One> figure) {
        return runs.stream().mapToDouble(figure).sum() / runs.size();
    }

    private static final String PROSE =
            """
            The home cloud without foreign load, at load 0.7. One of the four NUCs crashes after 60 s and is back after 100 s, but for a
            minute it is three times slower than before. Health checks come every 5 s, breakers are as configured by default. Its fair
            share is what its three twins get on average at the same time. Ten seeds are added up, so that chance is no more than a few percent.
            """;
}
