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
import io.yardmaster.nodes.Location;
import io.yardmaster.queue.Priority;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;

/// GEO: three regions, of which the one that most requests come from is overloaded.
final class Geo implements Scenario {
    private static final List<Long> SEEDS = List.of(1L, 6L, 7L);
    private static final double SECONDS = 120;
    private static final double WORK = .05;
    private static final String HOME = "vienna";
    private static final String NEAR = "lisbon";
    private static final String FAR = "tokyo";
    private static final List<String> REGIONS = List.of(HOME, NEAR, FAR);
    private static final Map<String, Location> PLACES =
            Map.of(
                    HOME, new Location(48.2, 16.4),
                    NEAR, new Location(38.7, -9.1),
                    FAR, new Location(35.7, 139.7));

    private static final List<Rule> RULES =
            List.of(
                    Rule.live("geographic", Live.of("geographic").at(PLACES)),
                    Rule.live("adaptive", Live.of("adaptive").at(PLACES)),
                    Rule.live("least_response_time", Live.of("least_response_time").at(PLACES)),
                    new Rule("nearest region only", false, Nearest::new));

    /// Never leaves the region: round robin within.
    private static final class Nearest implements io.yardmaster.bench.simulate.Balancer {
        private final World world;
        private int turn;

        Nearest(World world, int client) {
            this.world = world;
            this.turn = client;
        }

        @Override
        public int choose(Job job) {
            List<Machine> here =
                    world.fleet().stream()
                            .filter(machine -> Objects.equals(machine.region, job.mark.region()))
                            .toList();
            return here.get(Math.floorMod(turn++, here.size())).index;
        }
    }

    private static final class Travels implements Watcher {
        private final World world;
        private long all;
        private long near;
        private long far;

        Travels(World world) {
            this.world = world;
        }

        @Override
        public void sent(Job job, double now) {
            if (HOME.equals(job.mark.region())) {
                String where = world.fleet().get(job.machine()).region;
                all++;
                near += NEAR.equals(where) ? 1 : 0;
                far += FAR.equals(where) ? 1 : 0;
            }
        }
    }

    private record One(
            double p50, double p99, double errors, double near, double far, double elsewhereP99) {}

    /// @param demand of the home region, relative to its own machines
    private record Condition(String name, double demand) {}

    private static final List<Condition> CONDITIONS =
            List.of(new Condition("home at 0.6", .6), new Condition("home at 1.4", 1.4));

    @Override
    public String name() {
        return "geo";
    }

    private static double roundTrip(Job job, Machine machine) {
        String from = job.mark.region();
        String to = machine.region;
        if (Objects.equals(from, to)) {
            return .002;
        }
        return FAR.equals(from) || FAR.equals(to) ? .120 : .040;
    }

    private static One one(Rule rule, Condition condition, double seconds, long seed) {
        double others = .3;
        double demand = condition.demand() + 2 * others;
        double rate = demand * 16 / Normal.meanAboveZero(WORK, WORK);
        World world =
                new World(new World.Traffic(3, rate, WORK, WORK, 5, seconds / 4, seconds), seed);
        for (String region : REGIONS) {
            for (int i = 0; i < 4; i++) {
                world.add(region + i, 4, 1).region = region;
            }
        }
        world.roundTrips(Geo::roundTrip);
        world.reports(5);
        world.marks(dice -> {
            double at = dice.nextDouble() * demand;
            String from =
                    at < condition.demand() ? HOME : at < condition.demand() + others ? NEAR : FAR;
            return new Job.Mark(Priority.NORMAL, null, from);
        });
        Tally home = new Tally(job -> counts(job, seconds) && HOME.equals(job.mark.region()));
        Tally elsewhere = new Tally(job -> counts(job, seconds) && !HOME.equals(job.mark.region()));
        Travels travels = new Travels(world);
        world.watch(home);
        world.watch(elsewhere);
        world.watch(travels);
        rule.dispatch(world);
        world.run();
        return new One(
                home.quantile(.5),
                home.quantile(.99),
                home.errorShare(),
                (double) travels.near / travels.all,
                (double) travels.far / travels.all,
                elsewhere.quantile(.99));
    }

    private static boolean counts(Job job, double seconds) {
        return job.arrived >= seconds / 4;
    }

    @Override
    public Section run(Run run) {
        List<Long> seeds = run.effort().seeds(SEEDS);
        double seconds = run.effort().seconds(SECONDS);
        List<Callable<One>> cells = new ArrayList<>();
        for (Condition condition : CONDITIONS) {
            for (Rule rule : RULES) {
                seeds.forEach(seed -> cells.add(() -> one(rule, condition, seconds, seed)));
            }
        }
        List<One> all = run.all(name(), cells);
        List<Block> blocks = new ArrayList<>();
        blocks.add(new Block.Prose(PROSE));
        List<Check> checks = new ArrayList<>();
        for (int c = 0; c < CONDITIONS.size(); c++) {
            List<List<Cell>> rows = new ArrayList<>();
            for (int r = 0; r < RULES.size(); r++) {
                int at = (c * RULES.size() + r) * seeds.size();
                List<One> runs = all.subList(at, at + seeds.size());
                rows.add(
                        List.of(
                                Cell.words(RULES.get(r).label()),
                                Figures.millis(mean(runs, One::p50)),
                                Figures.millis(mean(runs, One::p99), 5),
                                Figures.percent(mean(runs, One::errors)),
                                Figures.percent(mean(runs, One::near)),
                                Figures.percent(mean(runs, One::far)),
                                Figures.millis(mean(runs, One::elsewhereP99), 5)));
                if (r == 0) {
                    checks.add(check(CONDITIONS.get(c), runs));
                }
            }
            blocks.add(
                    new Block.Table(
                            CONDITIONS.get(c).name() + " of its capacity, the others at 0.3; ms",
                            List.of(
                                    "rule",
                                    "p50",
                                    "p99",
                                    "failed",
                                    "% served 40 ms away",
                                    "% served 120 ms away",
                                    "p99 of the others"),
                            rows));
        }
        return new Section(name(), "GEO: three regions", blocks, checks);
    }

    private static Check check(Condition condition, List<One> runs) {
        if (condition.demand() < 1) {
            double away = 100 * (mean(runs, One::near) + mean(runs, One::far));
            return Expect.atMost("`geographic`: sent away while home has room, %", away, 5, "%.1f");
        }
        return Expect.atMost(
                "`geographic`: failed while home is overloaded, %",
                100 * mean(runs, One::errors), 0, "%.3f");
    }

    private static double mean(List<One> runs, ToDoubleFunction<One> figure) {
        return runs.stream().mapToDouble(figure).sum() / runs.size();
    }

    private static final String PROSE =
            """
            Three regions of four machines with 4 cores each. A round trip takes 2 ms within a region, 40 ms between Vienna and Lisbon, 120 ms to
            Tokyo. Work is 50 ms (deviation 50 ms). Once home (Vienna) has room for all that comes from there, once it is offered 1.4 times what it
            can do: then the rest should go to Lisbon, and to Tokyo only what Lisbon cannot take.
            """;
}
