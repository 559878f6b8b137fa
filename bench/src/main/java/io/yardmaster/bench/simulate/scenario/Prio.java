package io.yardmaster.bench.simulate.scenario;

import io.yardmaster.bench.simulate.Balancer.Ending;
import io.yardmaster.bench.simulate.Job;
import io.yardmaster.bench.simulate.Machine;
import io.yardmaster.bench.simulate.Tally;
import io.yardmaster.bench.simulate.Watcher;
import io.yardmaster.bench.simulate.World;
import io.yardmaster.bench.simulate.scenario.Section.Block;
import io.yardmaster.bench.simulate.scenario.Section.Cell;
import io.yardmaster.bench.simulate.scenario.Section.Check;
import io.yardmaster.queue.Priority;
import io.yardmaster.queue.PriorityShares.Share;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.random.RandomGenerator;

/// PRIO: more than the machines can do, in four priorities.
final class Prio implements Scenario {
    private static final List<Long> SEEDS = List.of(1L, 6L, 7L);
    private static final List<Priority> PRIORITIES = List.of(Priority.values());
    private static final double BEGINS = 60;
    private static final double ENDS = 120;
    private static final double SECONDS = 200;
    private static final int MACHINES = 8;
    private static final int CORES = 6;
    private static final double CAPACITY = MACHINES * CORES;
    private static final double CALM = .6;
    private static final double OVERLOAD = 1.5;

    /// As configured by default: weights and reserves.
    private static final List<Share> SHARES =
            List.of(new Share(1, .1), new Share(.8, .05), new Share(.5, 0), new Share(.2, 0));

    /// Of the arrivals, one priority after the other.
    private static final double[] MIX = {.1, .3, .7, 1};

    private static final double[] PARTS = {.1, .2, .4, .3};

    private record Result(
            List<Outcome> before, List<Outcome> during, List<Outcome> after, double goodput) {}

    @Override
    public String name() {
        return "prio";
    }

    private static Job.Mark draw(RandomGenerator dice) {
        double at = dice.nextDouble();
        int priority = 0;
        while (at >= MIX[priority]) {
            priority++;
        }
        return new Job.Mark(PRIORITIES.get(priority), null, null);
    }

    /// Requests that were served in the overload, but for its first 10 s.
    private static final class Goodput implements Watcher {
        private double served;

        @Override
        public void settled(Job job, Ending ending, double now) {
            if (ending == Ending.SERVED && now >= BEGINS + 10 && now < ENDS) {
                served++;
            }
        }
    }

    private static Result one(boolean byPriority, long seed) {
        double rate = CAPACITY / HomeFleet.MEAN_WORK;
        World world =
                new World(
                        new World.Traffic(3, rate, .2, .2, HomeCloud.DEADLINE, 20, SECONDS), seed);
        for (int i = 0; i < MACHINES; i++) {
            Machine machine = world.add("node" + i, CORES, 1);
            machine.connections = (int) machine.cores;
        }
        world.deadlineWhileWaitingOnly();
        world.reports(5);
        world.demand(now -> now >= BEGINS && now < ENDS ? OVERLOAD : CALM);
        world.marks(Prio::draw);
        if (byPriority) {
            world.priorities(SHARES);
        }
        List<Tally> before = tallies(world, 20, BEGINS);
        List<Tally> during = tallies(world, BEGINS, ENDS);
        List<Tally> after = tallies(world, ENDS + 10, SECONDS);
        Goodput goodput = new Goodput();
        world.watch(goodput);
        Rule.ADAPTIVE.dispatch(world);
        world.run();
        double could = CAPACITY * (ENDS - BEGINS - 10) / HomeFleet.MEAN_WORK;
        return new Result(
                before.stream().map(tally -> Outcome.of(world, tally)).toList(),
                during.stream().map(tally -> Outcome.of(world, tally)).toList(),
                after.stream().map(tally -> Outcome.of(world, tally)).toList(),
                goodput.served / could);
    }

    private static List<Tally> tallies(World world, double from, double to) {
        List<Tally> tallies = new ArrayList<>();
        for (Priority priority : PRIORITIES) {
            Tally tally =
                    new Tally(job ->
                            job.mark.priority() == priority
                                    && job.arrived >= from
                                    && job.arrived < to);
            world.watch(tally);
            tallies.add(tally);
        }
        return tallies;
    }

    @Override
    public Section run(Run run) {
        List<Long> seeds = run.effort().seeds(SEEDS);
        List<Callable<Result>> cells = new ArrayList<>();
        for (boolean byPriority : new boolean[] {true, false}) {
            seeds.forEach(seed -> cells.add(() -> one(byPriority, seed)));
        }
        List<Result> all = run.all(name(), cells);
        List<Result> shared = all.subList(0, seeds.size());
        List<Result> queued = all.subList(seeds.size(), all.size());
        List<List<Cell>> rows = new ArrayList<>();
        for (Priority priority : PRIORITIES) {
            int p = priority.number();
            List<Outcome> before = shared.stream().map(result -> result.before().get(p)).toList();
            List<Outcome> during = shared.stream().map(result -> result.during().get(p)).toList();
            List<Outcome> after = shared.stream().map(result -> result.after().get(p)).toList();
            List<Outcome> fifo = queued.stream().map(result -> result.during().get(p)).toList();
            rows.add(
                    List.of(
                            Cell.words(priority.name().toLowerCase(Locale.ROOT)),
                            Figures.count(100 * PARTS[p]),
                            Figures.seconds(Outcome.mean(before, Outcome::p99)),
                            Figures.seconds(Outcome.mean(during, Outcome::p50)),
                            Figures.seconds(Outcome.mean(during, Outcome::p99), HomeCloud.DEADLINE),
                            Figures.percent(Outcome.mean(during, Outcome::errors)),
                            Figures.seconds(Outcome.mean(after, Outcome::p99)),
                            Figures.seconds(Outcome.mean(fifo, Outcome::p99), HomeCloud.DEADLINE),
                            Figures.percent(Outcome.mean(fifo, Outcome::errors))));
        }
        double ratio =
                Outcome.mean(firsts(shared, true), Outcome::p99)
                        / Outcome.mean(firsts(shared, false), Outcome::p99);
        double goodput = shared.stream().mapToDouble(Result::goodput).sum() / shared.size();
        List<Check> checks =
                List.of(
                        Expect.atMost(
                                "critical: p99 in the overload over that before",
                                ratio,
                                1.2,
                                "%.2f"),
                        Expect.product(
                                "served in the overload, % of what the machines can do",
                                Figures.format("%.0f", 100 * goodput),
                                "at least 95",
                                goodput >= .95));
        return new Section(
                name(),
                "PRIO: more than the machines can do",
                List.of(
                        new Block.Prose(PROSE),
                        new Block.Table(
                                "`adaptive`, three dispatchers; seconds",
                                List.of(
                                        "priority",
                                        "% of arrivals",
                                        "p99 before",
                                        "p50 during",
                                        "p99 during",
                                        "failed",
                                        "p99 after",
                                        "p99 during, one queue",
                                        "failed"),
                                rows)),
                checks);
    }

    private static List<Outcome> firsts(List<Result> results, boolean during) {
        return results.stream()
                .map(result -> (during ? result.during() : result.before()).getFirst())
                .toList();
    }

    private static final String PROSE =
            """
            Eight equal machines of 6 cores. Each takes as many requests as it has cores, the rest waits in the queue, and three dispatchers
            take from it by the shares that run live (weights 1, 0.8, 0.5, 0.2; 10 % of the slots kept for critical, 5 % for high). Load is 0.6, and 1.5
            for a minute: a third of it cannot be served, and expires after 10 s in the queue. "After" begins 10 s after the overload's end.
            """;
}
