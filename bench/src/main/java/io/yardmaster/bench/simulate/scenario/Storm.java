package io.yardmaster.bench.simulate.scenario;

import io.yardmaster.bench.simulate.Balancer.Ending;
import io.yardmaster.bench.simulate.Job;
import io.yardmaster.bench.simulate.LiveBalancer.Live;
import io.yardmaster.bench.simulate.Retries;
import io.yardmaster.bench.simulate.Watcher;
import io.yardmaster.bench.simulate.World;
import io.yardmaster.bench.simulate.scenario.Section.Block;
import io.yardmaster.bench.simulate.scenario.Section.Cell;
import io.yardmaster.bench.simulate.scenario.Section.Check;
import io.yardmaster.ratelimit.BreakerConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;

/// STORM: half of all requests fail for 30 s, and retries make it worse.
final class Storm implements Scenario {
    private static final List<Long> SEEDS = List.of(1L, 6L, 7L, 9L, 10L);
    private static final int BEGINS = 60;
    private static final int ENDS = 90;
    private static final int SECONDS = 150;

    /// As configured for priority `critical`: three retries after 1, 2 and 4 s at most.
    private static final Retries SHIPPED = new Retries(3, 1, 300, Double.POSITIVE_INFINITY);

    private static final Retries BUDGETED = new Retries(3, 1, 300, .2);

    private record Variant(String name, boolean breakers, Retries retries) {}

    private static final Variant LIVE =
            new Variant("as shipped: breakers, 3 retries", true, SHIPPED);

    private static final List<Variant> VARIANTS =
            List.of(
                    LIVE,
                    new Variant("3 retries, no breakers", false, SHIPPED),
                    new Variant("breakers, no retries", true, Retries.NONE),
                    new Variant("not shipped: a retry budget of 20 %", true, BUDGETED));

    private static final class Course implements Watcher {
        final int[] arrivals = new int[SECONDS + 30];
        final int[] sends = new int[SECONDS + 30];
        final int[] failed = new int[SECONDS + 30];
        final double[] took = new double[SECONDS + 30];

        @Override
        public void sent(Job job, double now) {
            sends[(int) now]++;
        }

        @Override
        public void settled(Job job, Ending ending, double now) {
            int second = (int) job.arrived;
            arrivals[second]++;
            took[second] += now - job.arrived;
            if (ending != Ending.SERVED) {
                failed[second]++;
            }
        }

        private static double sum(int[] figures, int from, int to) {
            double sum = 0;
            for (int i = from; i < to; i++) {
                sum += figures[i];
            }
            return sum;
        }

        /// Sends for each arrival while it lasts.
        double amplification() {
            return sum(sends, BEGINS, ENDS) / sum(arrivals, BEGINS, ENDS);
        }

        double failedShare() {
            return sum(failed, BEGINS, ENDS) / sum(arrivals, BEGINS, ENDS);
        }

        private double mean(int from, int to) {
            double all = 0;
            for (int i = from; i < to; i++) {
                all += took[i];
            }
            return all / sum(arrivals, from, to);
        }

        /// Seconds from the end until what arrives takes no longer than 1.2 times what it took
        /// before, five seconds at a time.
        double recovery() {
            double before = mean(20, BEGINS);
            int second = ENDS;
            while (second < SECONDS - 5 && mean(second, second + 5) > 1.2 * before) {
                second++;
            }
            return (double) second - ENDS;
        }
    }

    @Override
    public String name() {
        return "storm";
    }

    private static Course one(Variant variant, long seed) {
        World world = new World(HomeFleet.traffic(3, .6, HomeFleet.CAPACITY, 0, SECONDS), seed);
        HomeFleet.settle(world);
        world.reports(5);
        world.retries(variant.retries());
        world.askTheNext();
        world.time().at(BEGINS, () -> world.fleet().forEach(machine -> machine.failing = .5));
        world.time().at(ENDS, () -> world.fleet().forEach(machine -> machine.failing = 0));
        Course course = new Course();
        world.watch(course);
        Live live = Live.of("adaptive");
        Rule.live("adaptive", variant.breakers() ? live.withBreakers(BreakerConfig.DEFAULTS) : live)
                .dispatch(world);
        world.run();
        return course;
    }

    @Override
    public Section run(Run run) {
        List<Long> seeds = run.effort().seeds(SEEDS);
        List<Callable<Course>> cells = new ArrayList<>();
        VARIANTS.forEach(variant -> seeds.forEach(seed -> cells.add(() -> one(variant, seed))));
        List<Course> all = run.all(name(), cells);
        List<List<Cell>> rows = new ArrayList<>();
        List<Check> checks = new ArrayList<>();
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < VARIANTS.size(); i++) {
            Variant variant = VARIANTS.get(i);
            List<Course> runs = all.subList(i * seeds.size(), (i + 1) * seeds.size());
            double amplification = mean(runs, Course::amplification);
            double recovery = mean(runs, Course::recovery);
            rows.add(
                    List.of(
                            Cell.words(variant.name()),
                            Figures.ratio(amplification),
                            Figures.percent(mean(runs, Course::failedShare)),
                            Figures.count(recovery)));
            lines.add(Figures.format("%-36s %s", variant.name(), sends(runs)));
            if (variant.equals(LIVE)) {
                checks.add(
                        Expect.atMost(
                                "sends for each arrival in the storm, at most what attempts allow",
                                amplification,
                                1.875,
                                "%.2f"));
                checks.add(Expect.atMost("recovery, s", recovery, 20, "%.0f"));
                checks.add(
                        Expect.target(
                                "sends for each arrival in the storm", amplification, 1.2, "%.2f"));
                checks.add(Expect.target("recovery, s", recovery, 10, "%.0f"));
            }
        }
        return new Section(
                name(),
                "STORM: half of all requests fail",
                List.of(
                        new Block.Prose(PROSE),
                        new Block.Table(
                                "Load 0.6, `adaptive`, three dispatchers",
                                List.of(
                                        "variant",
                                        "sends an arrival",
                                        "% that failed for good",
                                        "recovery, s"),
                                rows),
                        new Block.Chart(
                                "Sends for each arrival from second 50 to 120, 2 s a character, from 0.8 to 2",
                                lines)),
                checks);
    }

    private static String sends(List<Course> runs) {
        List<Double> line = new ArrayList<>();
        for (int second = 50; second < 120; second += 2) {
            double sends = 0;
            double arrivals = 0;
            for (Course course : runs) {
                sends += Course.sum(course.sends, second, second + 2);
                arrivals += Course.sum(course.arrivals, second, second + 2);
            }
            line.add(sends / arrivals);
        }
        return Charts.spark(line, .8, 2);
    }

    private static double mean(List<Course> runs, ToDoubleFunction<Course> figure) {
        return runs.stream().mapToDouble(figure).sum() / runs.size();
    }

    private static final String PROSE =
            """
            For 30 s every machine fails half of its requests (something behind all of them is broken). Retries follow a model of the live retry
            policy: so many attempts, pauses of up to 1, 2, 4 s with full jitter. Amplification is how many requests the machines get for each one
            that arrives. The queue spreads retries out, but nothing bounds their number beyond the attempts of each request: 1 + 1/2 + 1/4 + 1/8 of them.
            The last row shows what a budget (retries are at most 20 % of first attempts, ten saved up) would do, and what it costs in
            requests that fail for good.
            """;
}
