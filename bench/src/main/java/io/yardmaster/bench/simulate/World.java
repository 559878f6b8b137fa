package io.yardmaster.bench.simulate;

import io.yardmaster.bench.simulate.Balancer.Ending;
import io.yardmaster.bench.simulate.Balancer.MachineReport;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/// A scenario come alive: machines, dispatchers, traffic, foreign load and reports in virtual time.
///
/// Three streams of randomness, so that all rules meet the same traffic and the same foreign load:
/// arrivals, work and clients; foreign load and reports; the rule's own draws.
final class World {
    private static final RandomGeneratorFactory<RandomGenerator> FACTORY =
            RandomGeneratorFactory.of("L64X128MixRandom");

    final VirtualTime time = new VirtualTime();
    final Traffic traffic;
    final List<Machine> machines = new ArrayList<>();
    final List<Balancer> balancers = new ArrayList<>();
    final RandomGenerator surroundings;
    final RandomGenerator reporting;
    final RandomGenerator choices;
    final Tally tally;

    /// What each dispatcher has told the others of its requests in flight.
    final Map<Integer, Map<String, Integer>> told = new HashMap<>();

    private final RandomGenerator arrivals;
    private final RandomGenerator failures;
    private final List<Deque<Job>> waiting = new ArrayList<>();
    private final List<long[]> reportedCounts = new ArrayList<>();
    private int turn;
    private boolean draining;

    /// @param rate requests a second
    /// @param meanWork seconds at speed 1, as the deviation, before it is made positive
    /// @param deadline seconds after which the caller gives up
    record Traffic(
            int clients,
            double rate,
            double meanWork,
            double deviation,
            double deadline,
            double warmUp,
            double seconds,
            int retries) {}

    World(Traffic traffic, long seed) {
        this.traffic = traffic;
        this.arrivals = FACTORY.create(seed);
        this.surroundings = FACTORY.create(seed + 1_000_003);
        this.reporting = FACTORY.create(seed + 4_000_037);
        this.choices = FACTORY.create(seed + 2_000_003);
        this.failures = FACTORY.create(seed + 3_000_017);
        this.tally = new Tally(traffic.warmUp());
        waiting.add(new ArrayDeque<>());
    }

    Machine add(String id, double cores, double speed) {
        Machine machine = new Machine(machines.size(), id, cores, speed, time);
        machine.whenDone(job -> ended(job, Ending.SERVED));
        machines.add(machine);
        reportedCounts.add(new long[2]);
        return machine;
    }

    void dispatchers(Function<Integer, Balancer> maker) {
        for (int i = 0; i < traffic.clients(); i++) {
            balancers.add(maker.apply(i));
        }
    }

    /// A truncated normal, as in Prequal's paper: drawn again while it isn't above 0.
    double drawWork() {
        double work;
        do {
            work = traffic.meanWork() + traffic.deviation() * arrivals.nextGaussian();
        } while (work <= 0);
        return work;
    }

    static double meanPositive(double mean, double deviation) {
        // E[X | X > 0] for a normal: mean + deviation · φ(a)/(1-Φ(a)), a = -mean/deviation
        double a = -mean / deviation;
        double density = Math.exp(-a * a / 2) / Math.sqrt(2 * Math.PI);
        return mean + deviation * density / (1 - phi(a));
    }

    private static double phi(double x) {
        // Abramowitz and Stegun 7.1.26, error below 1.5e-7
        double z = Math.abs(x) / Math.sqrt(2);
        double t = 1 / (1 + 0.3275911 * z);
        double erf =
                1
                        - ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736)
                                                * t
                                        + 0.254829592)
                                * t
                                * Math.exp(-z * z);
        return x >= 0 ? (1 + erf) / 2 : (1 - erf) / 2;
    }

    Tally run() {
        time.repeat(
                arrivals.nextExponential() / traffic.rate(),
                () -> {
                    if (time.now() >= traffic.seconds()) {
                        return -1;
                    }
                    int client = arrivals.nextInt(traffic.clients());
                    Job job = new Job(time.now(), drawWork(), client, 0, null);
                    time.in(traffic.deadline(), () -> expire(job));
                    offer(job);
                    return arrivals.nextExponential() / traffic.rate();
                });
        time.runUntil(traffic.seconds() + traffic.deadline() + 1);
        return tally;
    }

    private void offer(Job job) {
        int machine =
                waiting.getFirst().isEmpty()
                        ? balancers.get(job.client).choose(job)
                        : Balancer.WAIT;
        if (machine == Balancer.WAIT) {
            waiting.getFirst().add(job);
        } else {
            send(job, job.client, machine);
        }
    }

    private void send(Job job, int client, int index) {
        Machine machine = machines.get(index);
        job.machine = index;
        job.attempts++;
        job.sentAt = time.now();
        job.inFlightWhenSent = machine.inFlight();
        job.sender = client;
        balancers.get(client).sent(job);
        tally.sent(job, machine);
        if (!machine.up || (machine.failing > 0 && failures.nextDouble() < machine.failing)) {
            time.in(0.005, () -> ended(job, Ending.FAILED));
        } else {
            machine.start(job);
        }
    }

    private void ended(Job job, Ending ending) {
        if (job.settled) {
            return;
        }
        balancers.get(job.sender).ended(job, ending, time.now() - job.sentAt);
        settle(job, ending);
        drain();
    }

    private void expire(Job job) {
        if (job.settled) {
            return;
        }
        if (job.machine >= 0) {
            machines.get(job.machine).cancel(job);
            balancers.get(job.sender).ended(job, Ending.TIMED_OUT, time.now() - job.sentAt);
        }
        settle(job, Ending.TIMED_OUT);
        drain();
    }

    private void settle(Job job, Ending ending) {
        job.settled = true;
        tally.settled(job, ending, time.now());
    }

    /// Whatever waits goes to whichever dispatcher has room, each asked in turn.
    void drain() {
        if (draining) {
            return;
        }
        draining = true;
        Deque<Job> queue = waiting.getFirst();
        int refused = 0;
        while (refused < balancers.size()) {
            Job job = queue.peek();
            if (job == null) {
                break;
            }
            if (job.settled) {
                queue.remove();
                continue;
            }
            int client = turn++ % balancers.size();
            int machine = balancers.get(client).choose(job);
            if (machine == Balancer.WAIT) {
                refused++;
            } else {
                queue.remove();
                refused = 0;
                send(job, client, machine);
            }
        }
        draining = false;
    }

    /// Foreign load that comes and goes: two states, exponential holding times.
    ///
    /// @param share of the time that a machine is hot
    /// @param hold mean seconds of being hot
    void antagonists(double share, double hold, double[] hot, double[] calm) {
        for (Machine machine : machines) {
            boolean[] isHot = {surroundings.nextDouble() < share};
            Runnable apply =
                    () -> {
                        double[] range = isHot[0] ? hot : calm;
                        double taken = range[0] + (range[1] - range[0]) * surroundings.nextDouble();
                        machine.setFreeCores(machine.cores * (1 - taken));
                    };
            apply.run();
            double calmHold = hold * (1 - share) / share;
            time.repeat(
                    surroundings.nextExponential() * (isHot[0] ? hold : calmHold),
                    () -> {
                        isHot[0] = !isHot[0];
                        apply.run();
                        return surroundings.nextExponential() * (isHot[0] ? hold : calmHold);
                    });
        }
    }

    /// Every machine reports every so often, with a tenth of jitter.
    void reports(double every) {
        for (Machine machine : machines) {
            time.repeat(
                    reporting.nextDouble() * every,
                    () -> {
                        report(machine, every);
                        return every * (0.9 + 0.2 * reporting.nextDouble());
                    });
        }
    }

    private void report(Machine machine, double every) {
        long[] counts = reportedCounts.get(machine.index);
        double qps = (machine.served - counts[0]) / every;
        counts[0] = machine.served;
        MachineReport report =
                new MachineReport(
                        machine.index,
                        time.now(),
                        machine.inFlight(),
                        machine.freeCores(),
                        machine.meanCpu(),
                        qps,
                        0);
        balancers.forEach(balancer -> balancer.reported(report));
    }
}
