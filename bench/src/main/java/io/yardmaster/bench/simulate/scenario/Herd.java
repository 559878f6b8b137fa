package io.yardmaster.bench.simulate.scenario;

import io.yardmaster.bench.simulate.Job;
import io.yardmaster.bench.simulate.Tally;
import io.yardmaster.bench.simulate.Watcher;
import io.yardmaster.bench.simulate.World;
import io.yardmaster.bench.simulate.scenario.Section.Block;
import io.yardmaster.bench.simulate.scenario.Section.Cell;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/// HERD: eight dispatchers whose reports all come at the same moment.
final class Herd implements Scenario {
    private static final List<Long> SEEDS = List.of(1L, 6L, 7L, 9L, 10L);
    private static final double SECONDS = 200;

    private static final List<Rule> RULES =
            List.of(
                    Rule.ADAPTIVE,
                    Rule.live("resource_based"),
                    Rule.live("weighted_response"),
                    Rule.live("least_response_time"),
                    Rule.live("least_connections"),
                    Rule.CLIF,
                    Rule.SCORE_SEED);

    private static final class Rush implements Watcher {
        private final int[] inSecond = new int[12];
        private int second = -1;
        private int all;
        private double sum;
        private int seconds;

        @Override
        public void sent(Job job, double now) {
            if ((int) now != second) {
                end();
                second = (int) now;
            }
            inSecond[job.machine()]++;
            all++;
        }

        private void end() {
            int most = 0;
            for (int i = 0; i < inSecond.length; i++) {
                most = Math.max(most, inSecond[i]);
                inSecond[i] = 0;
            }
            if (all > 0) {
                sum += (double) most / all;
                seconds++;
            }
            all = 0;
        }

        double meanOfMost() {
            return seconds == 0 ? 0 : sum / seconds;
        }
    }

    private record One(double p99, double errors, double rush) {}

    @Override
    public String name() {
        return "herd";
    }

    private static One one(Rule rule, double seconds, long seed) {
        World world =
                new World(
                        HomeFleet.traffic(8, .7, HomeFleet.CAPACITY_LEFT, seconds / 4, seconds),
                        seed);
        HomeFleet.settle(world);
        HomeFleet.haunt(world);
        world.reportsTogether(5);
        Tally tally = new Tally(seconds / 4);
        Rush rush = new Rush();
        world.watch(tally);
        world.watch(rush);
        rule.dispatch(world);
        world.run();
        return new One(tally.quantile(.99), tally.errorShare(), rush.meanOfMost());
    }

    @Override
    public Section run(Run run) {
        List<Long> seeds = run.effort().seeds(SEEDS);
        double seconds = run.effort().seconds(SECONDS);
        List<Callable<One>> cells = new ArrayList<>();
        RULES.forEach(rule -> seeds.forEach(seed -> cells.add(() -> one(rule, seconds, seed))));
        List<One> all = run.all(name(), cells);
        List<List<Cell>> rows = new ArrayList<>();
        for (int i = 0; i < RULES.size(); i++) {
            List<One> runs = all.subList(i * seeds.size(), (i + 1) * seeds.size());
            rows.add(
                    List.of(
                            Cell.words(RULES.get(i).label()),
                            Figures.seconds(
                                    runs.stream().mapToDouble(One::p99).sum() / runs.size(),
                                    HomeCloud.DEADLINE),
                            Figures.percent(
                                    runs.stream().mapToDouble(One::errors).sum() / runs.size()),
                            Figures.percent(
                                    runs.stream().mapToDouble(One::rush).sum() / runs.size())));
        }
        return new Section(
                name(),
                "HERD: everybody hears the same news at once",
                List.of(
                        new Block.Prose(PROSE),
                        new Block.Table(
                                "Load 0.7, eight dispatchers",
                                List.of(
                                        "rule",
                                        "p99",
                                        "failed",
                                        "% of a second's requests at one machine"),
                                rows)),
                List.of());
    }

    private static final String PROSE =
            """
            The home cloud with eight dispatchers, and all machines report at the same moment every 5 s: the worst for rules that follow
            reports. A rule that ranks by what was reported sends everything to one machine until the next report. The last column is the share
            of the most wanted machine, second by second, on average (a desktop has 21 % of the capacity).
            """;
}
