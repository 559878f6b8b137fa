package io.yardmaster.bench.simulate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.bench.simulate.Balancer.Ending;
import io.yardmaster.bench.simulate.LiveBalancer.Live;
import io.yardmaster.bench.simulate.World.Traffic;
import io.yardmaster.bench.simulate.baseline.Chance;
import io.yardmaster.bench.simulate.baseline.Turn;
import io.yardmaster.ratelimit.BreakerConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/// The engine against queueing theory, and its promise to be repeatable.
class WorldTest {
    /// Mean of a normal of mean and deviation 1 that is drawn again while it isn't above 0.
    private static final double TRUNCATED = 1.28760;

    private static World world(int clients, double rate, double mean, double seconds, long seed) {
        return new World(new Traffic(clients, rate, mean, mean, 1000, seconds / 10, seconds), seed);
    }

    private static Tally run(World world, IntFunction<Balancer> maker) {
        Tally tally = new Tally(world.traffic().warmUp());
        world.watch(tally);
        world.dispatchers(maker);
        world.run();
        return tally;
    }

    /// Erlang's C formula: the chance that all `cores` are busy.
    private static double erlangC(int cores, double offered) {
        double term = 1;
        double sum = 1;
        for (int k = 1; k < cores; k++) {
            term *= offered / k;
            sum += term;
        }
        double last = term * offered / cores / (1 - offered / cores);
        return last / (sum + last);
    }

    @Test
    void one_core_that_is_shared_takes_one_over_mu_minus_lambda() {
        // processor sharing: the mean depends on the mean work alone (M/G/1-PS)
        double work = .1 * TRUNCATED;
        for (double load : new double[] {.3, .6, .8}) {
            World world = world(1, load / work, .1, 40_000, 1);
            world.add("one", 1, 1);
            Tally tally = run(world, client -> new Turn(world));
            double expected = 1 / (1 / work - load / work);
            assertEquals(expected, tally.mean(), .04 * expected, "load " + load);
            // after the last arrival the clock runs on for a deadline and a second
            double used = load * 40_000 / 41_001;
            assertEquals(used, world.fleet().getFirst().utilisation(), .02, "utilisation");
        }
    }

    @Test
    void several_cores_are_an_m_m_c_queue() {
        double work = .1 * TRUNCATED;
        int cores = 4;
        double rate = .8 * cores / work;
        World world = world(1, rate, .1, 20_000, 2);
        world.add("four", cores, 1);
        Tally tally = run(world, client -> new Turn(world));
        double waiting = erlangC(cores, .8 * cores) / (cores / work - rate);
        assertEquals(work + waiting, tally.mean(), .03 * (work + waiting));
    }

    @Test
    void speed_divides_the_time_and_cost_multiplies_it() {
        double work = .1 * TRUNCATED;
        World world = world(1, .01 / work, .1, 200_000, 3);
        world.add("fast", 1, 2).setCost(3);
        Tally tally = run(world, client -> new Turn(world));
        assertEquals(work * 3 / 2, tally.mean(), .05 * work);
    }

    @Test
    void foreign_load_leaves_the_cores_it_does_not_take() {
        double work = .1 * TRUNCATED;
        World world = world(1, .3 / work, .1, 40_000, 4);
        world.add("half", 1, 1).setFreeCores(.5);
        Tally tally = run(world, client -> new Turn(world));
        // as one core of half the speed
        double expected = 1 / (.5 / work - .3 / work);
        assertEquals(expected, tally.mean(), .05 * expected);
    }

    @Test
    void same_seed_gives_the_same_run_and_another_seed_another() {
        assertEquals(fingerprint(7, "adaptive"), fingerprint(7, "adaptive"));
        assertNotEquals(fingerprint(7, "adaptive"), fingerprint(8, "adaptive"));
    }

    private static List<Double> fingerprint(long seed, String strategy) {
        World world = world(3, 40, .1, 60, seed);
        for (int i = 0; i < 4; i++) {
            world.add("node" + i, 2, i == 0 ? .5 : 1);
        }
        world.antagonists(.3, 5, new double[] {.5, .9}, new double[] {0, .1});
        world.reports(2);
        Live live = Live.of(strategy).withBreakers(BreakerConfig.DEFAULTS).checkedEvery(3);
        Tally tally = run(world, client -> new LiveBalancer(world, live, client));
        return List.of(tally.mean(), tally.quantile(.99), (double) tally.count());
    }

    private record Arrival(double at, double work, int client) {}

    private static List<Arrival> arrivals(boolean live) {
        World world = world(3, 40, .1, 60, 11);
        for (int i = 0; i < 4; i++) {
            world.add("node" + i, 2, 1);
        }
        world.antagonists(.3, 5, new double[] {.5, .9}, new double[] {0, .1});
        world.reports(2);
        List<Arrival> arrivals = new ArrayList<>();
        world.watch(
                new Watcher() {
                    @Override
                    public void settled(Job job, Ending ending, double now) {
                        arrivals.add(new Arrival(job.arrived, job.work, job.client));
                    }
                });
        world.dispatchers(client ->
                live ? new LiveBalancer(world, Live.of("adaptive"), client) : new Chance(world));
        world.run();
        arrivals.sort((a, b) -> Double.compare(a.at(), b.at()));
        return arrivals;
    }

    @Test
    void every_rule_meets_the_same_traffic() {
        List<Arrival> arrivals = arrivals(true);
        assertTrue(arrivals.size() > 2000, "arrivals: " + arrivals.size());
        assertEquals(arrivals, arrivals(false));
    }

    @Test
    void caller_that_gives_up_leaves_nothing_behind_on_the_machine() {
        World world = new World(new Traffic(1, 50, .1, .1, 2, 0, 30), 5);
        world.add("slow", 1, .1);
        Tally tally = run(world, client -> new Turn(world));
        assertEquals(0, world.fleet().getFirst().inFlight());
        assertTrue(tally.timeouts() > 1000, "timeouts: " + tally.timeouts());
        assertEquals(2, tally.quantile(.9), 1e-9);
    }

    @Test
    void crashed_machine_loses_what_ran_there_and_refuses_the_rest_until_it_is_back() {
        World world = new World(new Traffic(1, 20, .1, .1, 10, 0, 90), 6);
        Machine machine = world.add("one", 4, 1);
        world.time().at(30, machine::crash);
        world.time().at(60, machine::restart);
        List<Ending> whileDown = new ArrayList<>();
        List<Ending> afterwards = new ArrayList<>();
        world.watch(
                new Watcher() {
                    @Override
                    public void settled(Job job, Ending ending, double now) {
                        if (job.arrived > 30 && job.arrived < 59) {
                            whileDown.add(ending);
                        } else if (job.arrived > 60) {
                            afterwards.add(ending);
                        }
                    }
                });
        run(world, client -> new Turn(world));
        assertTrue(whileDown.size() > 400, "arrived while it was down: " + whileDown.size());
        assertTrue(whileDown.stream().allMatch(ending -> ending == Ending.REFUSED));
        assertTrue(afterwards.stream().allMatch(ending -> ending == Ending.SERVED));
    }

    @Test
    void live_dispatcher_asks_the_next_machine_when_one_refuses() {
        World world = new World(new Traffic(2, 20, .1, .1, 10, 0, 60), 7);
        world.add("down", 4, 1).crash();
        world.add("up", 4, 1);
        world.askTheNext();
        Tally tally = run(world, client -> new LiveBalancer(world, Live.of("round_robin"), client));
        assertEquals(0, tally.errors());
        assertTrue(tally.count() > 1000, "requests: " + tally.count());
    }

    @Test
    void breakers_keep_requests_from_a_machine_that_fails_all_of_them() {
        double without = failedOfAll(Live.of("round_robin"));
        double with = failedOfAll(Live.of("round_robin").withBreakers(BreakerConfig.DEFAULTS));
        assertTrue(with < without / 3, without + " without, " + with + " with breakers");
    }

    private static double failedOfAll(Live live) {
        World world = new World(new Traffic(2, 100, .05, .05, 10, 0, 120), 8);
        for (int i = 0; i < 4; i++) {
            world.add("node" + i, 8, 1);
        }
        world.fleet().get(1).failing = 1;
        return run(world, client -> new LiveBalancer(world, live, client)).errorShare();
    }

    @Test
    void health_checks_take_a_machine_out_that_is_down() {
        World world = new World(new Traffic(1, 50, .05, .05, 10, 60, 120), 9);
        for (int i = 0; i < 3; i++) {
            world.add("node" + i, 8, 1);
        }
        world.fleet().get(2).crash();
        Live live = Live.of("round_robin").checkedEvery(2);
        Tally tally = run(world, client -> new LiveBalancer(world, live, client));
        assertEquals(0, tally.errors());
    }

    @Test
    void retries_are_bounded_by_attempts_and_by_the_budget() {
        assertEquals(1.875, sends(new Retries(3, .1, 1, Double.POSITIVE_INFINITY)), .05);
        assertEquals(1.2, sends(new Retries(3, .1, 1, .2)), .02);
        assertEquals(1, sends(Retries.NONE), 0);
    }

    private static double sends(Retries rule) {
        World world = new World(new Traffic(1, 50, .01, .01, 100, 0, 200), 10);
        world.add("half", 64, 1).failing = .5;
        world.retries(rule);
        return run(world, client -> new Turn(world)).sendsPerRequest();
    }
}
