package io.yardmaster.bench.simulate.scenario;

import io.yardmaster.bench.simulate.Balancer.Ending;
import io.yardmaster.bench.simulate.Job;
import io.yardmaster.bench.simulate.LiveBalancer;
import io.yardmaster.bench.simulate.LiveBalancer.Live;
import io.yardmaster.bench.simulate.Machine;
import io.yardmaster.bench.simulate.Tally;
import io.yardmaster.bench.simulate.Watcher;
import io.yardmaster.bench.simulate.World;
import io.yardmaster.bench.simulate.scenario.Section.Block;
import io.yardmaster.bench.simulate.scenario.Section.Cell;
import io.yardmaster.queue.Priority;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;

/// STICKY: keys that want to stay where they were, while a machine comes and goes.
final class Sticky implements Scenario {
    private static final int KEYS = 10_000;
    private static final double ZIPF = 1.1;
    private static final int MACHINES = 12;
    private static final double SECONDS = 180;
    private static final int LEAVING = 7;
    private static final List<Long> SEEDS = List.of(1L, 6L, 7L);
    private static final Live LIVE = Live.of("consistent_hash");

    /// @param disagreeing keys that two dispatchers place differently
    /// @param moved keys whose machine changed with one machine less, but whose machine did not
    ///   leave
    /// @param back keys that are not where they were when it is there again
    private record Homes(int disagreeing, int moved, int displaced, int back) {}

    private record Traffic(double affinity, double maxOverMean, double p99, double errors) {}

    @Override
    public String name() {
        return "sticky";
    }

    private static World world(double warmUp, double seconds, double load, long seed) {
        double rate = load * MACHINES * 4 / HomeFleet.MEAN_WORK;
        World world =
                new World(
                        new World.Traffic(3, rate, .2, .2, HomeCloud.DEADLINE, warmUp, seconds),
                        seed);
        for (int i = 0; i < MACHINES; i++) {
            world.add("node" + i, 4, 1);
        }
        world.reports(5);
        return world;
    }

    /// Where every key would go while nothing else runs.
    private static int[] homes(World world, LiveBalancer balancer) {
        int[] homes = new int[KEYS];
        for (int key = 0; key < KEYS; key++) {
            Job job = Job.probe(mark(key), world.now());
            homes[key] = balancer.choose(job);
            balancer.sent(job);
            balancer.ended(job, Ending.SERVED, .001);
        }
        return homes;
    }

    private static Job.Mark mark(int key) {
        return new Job.Mark(Priority.NORMAL, "key-" + key, null);
    }

    private static Homes idle(long seed) {
        World world = world(0, 1, .001, seed);
        LiveBalancer one = new LiveBalancer(world, LIVE, 0);
        LiveBalancer other = new LiveBalancer(world, LIVE, 1);
        int[] before = homes(world, one);
        int[] elsewhere = homes(world, other);
        Machine leaving = world.fleet().get(LEAVING);
        world.register(leaving, false);
        one.look();
        int[] without = homes(world, one);
        world.register(leaving, true);
        one.look();
        int[] again = homes(world, one);
        int disagreeing = 0;
        int moved = 0;
        int displaced = 0;
        int back = 0;
        for (int key = 0; key < KEYS; key++) {
            disagreeing += before[key] == elsewhere[key] ? 0 : 1;
            displaced += before[key] == LEAVING ? 1 : 0;
            moved += before[key] != LEAVING && before[key] != without[key] ? 1 : 0;
            back += before[key] == again[key] ? 0 : 1;
        }
        return new Homes(disagreeing, moved, displaced, back);
    }

    private static final class Places implements Watcher {
        private final int[] homes;
        private final long[] sends = new long[MACHINES];
        private long all;
        private long atHome;

        Places(int[] homes) {
            this.homes = homes;
        }

        @Override
        public void sent(Job job, double now) {
            String key = String.valueOf(job.mark.key());
            int home = homes[Integer.parseInt(key.substring("key-".length()))];
            sends[job.machine()]++;
            all++;
            atHome += home == job.machine() ? 1 : 0;
        }

        double affinity() {
            return (double) atHome / all;
        }

        double maxOverMean() {
            return (double) Arrays.stream(sends).max().orElse(0) * MACHINES / all;
        }
    }

    private static Traffic busy(double load, double seconds, long seed) {
        World world = world(seconds / 6, seconds, load, seed);
        double[] upTo = zipf();
        world.marks(dice -> {
            int at = Arrays.binarySearch(upTo, dice.nextDouble() * upTo[KEYS - 1]);
            return mark(Math.min(KEYS - 1, at < 0 ? -at - 1 : at));
        });
        World idle = world(0, 1, .001, seed);
        Places places = new Places(homes(idle, new LiveBalancer(idle, LIVE, 0)));
        Tally tally = new Tally(seconds / 6);
        world.watch(places);
        world.watch(tally);
        Rule.live("consistent_hash", LIVE).dispatch(world);
        world.run();
        return new Traffic(
                places.affinity(), places.maxOverMean(), tally.quantile(.99), tally.errorShare());
    }

    private static double[] zipf() {
        double[] upTo = new double[KEYS];
        double sum = 0;
        for (int key = 0; key < KEYS; key++) {
            sum += StrictMath.pow(key + 1.0, -ZIPF);
            upTo[key] = sum;
        }
        return upTo;
    }

    @Override
    public Section run(Run run) {
        List<Long> seeds = run.effort().seeds(SEEDS);
        double seconds = run.effort().seconds(SECONDS);
        List<Callable<Traffic>> cells =
                seeds.stream()
                        .<Callable<Traffic>>map(seed -> () -> busy(.7, seconds, seed))
                        .toList();
        List<Traffic> busy = run.all(name(), cells);
        Homes homes = idle(seeds.getFirst());
        double affinity = busy.stream().mapToDouble(Traffic::affinity).sum() / busy.size();
        double uneven = busy.stream().mapToDouble(Traffic::maxOverMean).sum() / busy.size();
        double p99 = busy.stream().mapToDouble(Traffic::p99).sum() / busy.size();
        double errors = busy.stream().mapToDouble(Traffic::errors).sum() / busy.size();
        List<List<Cell>> rows =
                List.of(
                        row(
                                "keys that two dispatchers place differently",
                                Figures.count(homes.disagreeing())),
                        row("keys whose machine left", Figures.count(homes.displaced())),
                        row(
                                "keys that moved without need when it left",
                                Figures.count(homes.moved())),
                        row(
                                "keys not back in their place when it returned",
                                Figures.count(homes.back())),
                        row(
                                "requests served at their key's home, %, load 0.7",
                                Figures.percent(affinity)),
                        row("most loaded machine over the mean, load 0.7", Figures.ratio(uneven)),
                        row("p99, s, load 0.7", Figures.seconds(p99)),
                        row("failed, %, load 0.7", Figures.percent(errors)));
        return new Section(
                name(),
                "STICKY: keys that want to stay",
                List.of(
                        new Block.Prose(PROSE),
                        new Block.Table("`consistent_hash`", List.of("", "here"), rows)),
                List.of(
                        Expect.atMost("keys that moved without need", homes.moved(), 0, "%.0f"),
                        Expect.atMost(
                                "keys placed differently by two dispatchers",
                                homes.disagreeing(),
                                0,
                                "%.0f"),
                        Expect.atMost("most loaded machine over the mean", uneven, 1.4, "%.2f"),
                        Expect.target("most loaded machine over the mean", uneven, 1.25, "%.2f")));
    }

    private static List<Cell> row(String what, Cell figure) {
        return List.of(Cell.words(what), figure);
    }

    private static final String PROSE =
            """
            Twelve equal machines, three dispatchers, 10,000 keys of which the k-th is wanted k^1.1 times less often than the first (Zipf 1.1).
            First while nothing else runs: where does every key go, and what changes when one machine leaves and comes back? Then at load 0.7:
            the most wanted key alone is about 15 % of all requests, nearly two machines' worth, so that with a bound of 1.25 times
            the mean some must be served elsewhere.
            """;
}
