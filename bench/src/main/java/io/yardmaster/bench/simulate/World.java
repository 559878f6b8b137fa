package io.yardmaster.bench.simulate;

import io.yardmaster.bench.simulate.Balancer.Ending;
import io.yardmaster.bench.simulate.Balancer.MachineReport;
import io.yardmaster.queue.PriorityShares;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.ToDoubleBiFunction;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/// A scenario come alive: machines, dispatchers, traffic, foreign load and reports in virtual time.
///
/// Streams of randomness of their own for arrivals, work and clients, for foreign load, for
/// reports, for failures and for the rule's draws: so all rules meet the same traffic, the same
/// foreign load and reports of the same moments, whatever they do.
public final class World implements Outlook {
    private static final RandomGeneratorFactory<RandomGenerator> FACTORY =
            RandomGeneratorFactory.of("L64X128MixRandom");

    /// What a failure takes, of whichever kind.
    private static final double FAILURE_SECONDS = 0.005;

    final VirtualTime time = new VirtualTime();
    final Traffic traffic;
    private final List<Machine> machines = new ArrayList<>();
    final List<Balancer> balancers = new ArrayList<>();
    final RandomGenerator choices;

    /// What each live dispatcher has told the others of its requests in flight.
    final Map<Integer, Map<String, Integer>> told = new HashMap<>();

    private final RandomGenerator arrivals;
    private final RandomGenerator surroundings;
    private final RandomGenerator reporting;
    private final RandomGenerator failures;
    private final List<Watcher> watchers = new ArrayList<>();
    private final List<Reported> reported = new ArrayList<>();
    private final Deque<Job> deadlines = new ArrayDeque<>();

    private DoubleUnaryOperator demand = seconds -> 1;
    private Function<RandomGenerator, Job.Mark> marks = dice -> Job.Mark.NONE;
    private ToDoubleBiFunction<Job, Machine> roundTrip = (job, machine) -> 0;
    private Line line = new Line.Fifo();
    private Retries.Purse retries = new Retries.Purse(Retries.NONE);
    private boolean asksTheNext;
    private boolean patient;
    private int registryVersion = 1;
    private int turn;
    private boolean draining;

    private static final class Reported {
        double at;
        long served;
        double busyCoreSeconds;
    }

    /// @param rate requests a second
    /// @param meanWork seconds at speed 1, as the deviation, before it is made positive
    /// @param deadline seconds after which the caller gives up
    /// @param warmUp seconds whose arrivals do not count
    /// @param seconds of arrivals, warm-up included
    public record Traffic(
            int clients,
            double rate,
            double meanWork,
            double deviation,
            double deadline,
            double warmUp,
            double seconds) {}

    public World(Traffic traffic, long seed) {
        this.traffic = traffic;
        this.arrivals = FACTORY.create(seed);
        this.surroundings = FACTORY.create(seed + 1_000_003);
        this.reporting = FACTORY.create(seed + 4_000_037);
        this.choices = FACTORY.create(seed + 2_000_003);
        this.failures = FACTORY.create(seed + 3_000_017);
    }

    /// A machine more; before the dispatchers.
    public Machine add(String id, double cores, double speed) {
        Machine machine = new Machine(machines.size(), id, cores, speed, time);
        machine.whenDone((job, served) -> answer(job, served ? Ending.SERVED : Ending.FAILED));
        machines.add(machine);
        reported.add(new Reported());
        return machine;
    }

    /// All dispatchers, each made for its number.
    public void dispatchers(IntFunction<Balancer> maker) {
        for (int i = 0; i < traffic.clients(); i++) {
            balancers.add(maker.apply(i));
        }
    }

    public void watch(Watcher watcher) {
        watchers.add(watcher);
    }

    /// How many times the rate there is at a second, above 0.
    public void demand(DoubleUnaryOperator times) {
        demand = times;
    }

    /// What is drawn for each request besides its work.
    public void marks(Function<RandomGenerator, Job.Mark> drawn) {
        marks = drawn;
    }

    /// Seconds on the wire, there and back.
    public void roundTrips(ToDoubleBiFunction<Job, Machine> seconds) {
        roundTrip = seconds;
    }

    public void retries(Retries rule) {
        retries = new Retries.Purse(rule);
    }

    /// A request that could not be delivered goes to another machine at once, as it does live.
    public void askTheNext() {
        asksTheNext = true;
    }

    /// The deadline is for waiting alone: what was sent may take its time.
    public void deadlineWhileWaitingOnly() {
        patient = true;
    }

    /// All requests queue, and each dispatcher takes by these shares: of critical, high, normal,
    /// low.
    public void priorities(List<PriorityShares.Share> shares) {
        line = new Line.ByPriority(traffic.clients(), shares);
    }

    public List<Machine> fleet() {
        return Collections.unmodifiableList(machines);
    }

    public VirtualTime time() {
        return time;
    }

    public Traffic traffic() {
        return traffic;
    }

    /// Takes a machine out of the registry, or puts it back.
    public void register(Machine machine, boolean registered) {
        machine.setRegistered(registered);
        registryVersion++;
    }

    int registryVersion() {
        return registryVersion;
    }

    @Override
    public int machines() {
        return machines.size();
    }

    @Override
    public double cores(int machine) {
        return machines.get(machine).cores;
    }

    @Override
    public double speed(int machine) {
        return machines.get(machine).speed();
    }

    @Override
    public int clients() {
        return traffic.clients();
    }

    @Override
    public double now() {
        return time.now();
    }

    @Override
    public RandomGenerator dice() {
        return choices;
    }

    @Override
    public int inFlight(int machine) {
        return machines.get(machine).inFlight();
    }

    @Override
    public double latency(int machine) {
        return machines.get(machine).latency();
    }

    @Override
    public void repeat(double first, DoubleSupplier action) {
        time.repeat(first, action);
    }

    /// Lets all of it happen.
    public void run() {
        time.repeat(
                nextArrival(),
                () -> {
                    if (time.now() >= traffic.seconds()) {
                        return -1;
                    }
                    int client = arrivals.nextInt(traffic.clients());
                    double work = drawWork();
                    Job job = new Job(time.now(), work, client, marks.apply(arrivals));
                    deadline(job);
                    retries.firstAttempt();
                    offer(job);
                    return nextArrival();
                });
        time.runUntil(traffic.seconds() + traffic.deadline() + 1);
    }

    private double nextArrival() {
        return arrivals.nextExponential() / (traffic.rate() * demand.applyAsDouble(time.now()));
    }

    /// A truncated normal, as in Prequal's paper: drawn again while it isn't above 0.
    private double drawWork() {
        double work;
        do {
            work = traffic.meanWork() + traffic.deviation() * arrivals.nextGaussian();
        } while (work <= 0);
        return work;
    }

    /// Deadlines come in the order of arrivals, so one event at a time is enough.
    private void deadline(Job job) {
        deadlines.add(job);
        if (deadlines.size() == 1) {
            time.at(job.arrived + traffic.deadline(), this::expireDue);
        }
    }

    private void expireDue() {
        while (!deadlines.isEmpty()) {
            Job job = deadlines.peek();
            if (!job.settled && job.arrived + traffic.deadline() > time.now()) {
                time.at(job.arrived + traffic.deadline(), this::expireDue);
                return;
            }
            deadlines.remove();
            if (!job.settled && !(patient && job.underWay)) {
                expire(job);
            }
        }
    }

    private void expire(Job job) {
        if (job.underWay) {
            machines.get(job.machine).cancel(job);
            over(job, Ending.TIMED_OUT);
        }
        settle(job, Ending.TIMED_OUT);
        drain();
    }

    private void offer(Job job) {
        int machine = line.mustQueue() ? Balancer.WAIT : balancers.get(job.client).choose(job);
        if (machine == Balancer.WAIT) {
            job.unreachable.clear();
            line.add(job);
            drain();
        } else {
            send(job, job.client, machine);
        }
    }

    private void send(Job job, int client, int index) {
        Machine machine = machines.get(index);
        job.machine = index;
        job.attempts++;
        job.tries++;
        job.sentAt = time.now();
        job.inFlightWhenSent = machine.inFlight();
        job.sender = client;
        job.underWay = true;
        balancers.get(client).sent(job);
        watchers.forEach(watcher -> watcher.sent(job, time.now()));
        double there = roundTrip.applyAsDouble(job, machine) / 2;
        if (there > 0) {
            int tries = job.tries;
            time.in(
                    there,
                    () -> {
                        if (job.underWay && job.tries == tries) {
                            arrive(job, machine);
                        }
                    });
        } else {
            arrive(job, machine);
        }
    }

    private void arrive(Job job, Machine machine) {
        if (!machine.up()) {
            later(job, Ending.REFUSED, FAILURE_SECONDS);
        } else if (machine.failing > 0 && failures.nextDouble() < machine.failing) {
            later(job, Ending.FAILED, FAILURE_SECONDS);
        } else {
            machine.start(job);
        }
    }

    private void answer(Job job, Ending ending) {
        double back = roundTrip.applyAsDouble(job, machines.get(job.machine)) / 2;
        if (back > 0) {
            later(job, ending, back);
        } else {
            ended(job, ending);
        }
    }

    private void later(Job job, Ending ending, double seconds) {
        int tries = job.tries;
        time.in(
                seconds,
                () -> {
                    if (job.underWay && job.tries == tries) {
                        ended(job, ending);
                    }
                });
    }

    private void ended(Job job, Ending ending) {
        over(job, ending);
        switch (ending) {
            case SERVED, TIMED_OUT -> settle(job, ending);
            case FAILED -> retry(job, ending);
            case REFUSED -> {
                if (asksTheNext) {
                    job.attempts--; // nothing was sent
                    job.unreachable.add(machines.get(job.machine).id);
                    offer(job);
                } else {
                    retry(job, ending);
                }
            }
        }
        drain();
    }

    private void retry(Job job, Ending ending) {
        double pause = retries.next(job, failures);
        if (pause < 0) {
            settle(job, ending);
            return;
        }
        time.in(
                pause,
                () -> {
                    if (!job.settled) {
                        offer(job);
                    }
                });
    }

    private void over(Job job, Ending ending) {
        job.underWay = false;
        double took = time.now() - job.sentAt;
        balancers.get(job.sender).ended(job, ending, took);
        line.ended(job, took);
    }

    private void settle(Job job, Ending ending) {
        job.settled = true;
        watchers.forEach(watcher -> watcher.settled(job, ending, time.now()));
    }

    /// Whatever waits goes to whichever dispatcher has room, each asked in turn.
    void drain() {
        if (draining) {
            return;
        }
        draining = true;
        int refused = 0;
        while (refused < balancers.size()) {
            int client = turn % balancers.size();
            Balancer balancer = balancers.get(client);
            Job job = line.next(client, balancer.slots());
            if (job == null && line instanceof Line.Fifo) {
                break;
            }
            turn++;
            int machine = job == null ? Balancer.WAIT : balancer.choose(job);
            if (job == null || machine == Balancer.WAIT) {
                refused++;
            } else {
                line.taken(client, job);
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
    /// @param hot least and most of the cores that it takes when hot, as shares; below 0 it leaves
    ///   more than the machine's own
    public void antagonists(double share, double hold, double[] hot, double[] calm) {
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
    public void reports(double every) {
        for (Machine machine : machines) {
            time.repeat(
                    reporting.nextDouble() * every,
                    () -> {
                        report(machine, every);
                        return every * (0.9 + 0.2 * reporting.nextDouble());
                    });
        }
    }

    /// All machines report on the same tick, which is the worst for rules that follow reports.
    public void reportsTogether(double every) {
        time.repeat(
                every,
                () -> {
                    machines.forEach(machine -> report(machine, every));
                    return every;
                });
    }

    private void report(Machine machine, double every) {
        if (!machine.up()) {
            return;
        }
        Reported last = reported.get(machine.index);
        double passed = last.at == 0 ? every : time.now() - last.at;
        double busy = machine.busyCoreSeconds();
        MachineReport report =
                new MachineReport(
                        machine.index,
                        time.now(),
                        machine.inFlight(),
                        machine.freeCores(),
                        machine.meanCpu(),
                        (busy - last.busyCoreSeconds) / passed / machine.cores,
                        (machine.served() - last.served) / passed);
        last.at = time.now();
        last.served = machine.served();
        last.busyCoreSeconds = busy;
        balancers.forEach(balancer -> balancer.reported(report));
    }
}
