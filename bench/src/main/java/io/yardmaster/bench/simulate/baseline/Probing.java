package io.yardmaster.bench.simulate.baseline;

import io.yardmaster.bench.simulate.Job;
import io.yardmaster.bench.simulate.Outlook;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Prequal's pool of asynchronous probes (NSDI'24, section 4), and three rules that choose from it:
/// its own hot-cold one, Linear, and C3.
///
/// Each request sends probes to machines drawn at random; the answers, requests in flight and
/// latency there, are there for the next request. A probe leaves the pool when it is a second old,
/// was used often enough, has to make room, or is removed to fight degradation: the oldest and the
/// worst in turn.
public final class Probing extends Counting {
    private static final double OLDEST = 1;
    private static final double DELTA = 1;
    private static final int REMEMBERED = 128;
    private static final int MOST_IN_FLIGHT = 1024;

    private final Config config;
    private final List<Probe> pool = new ArrayList<>();
    private final int[] lastInFlight = new int[REMEMBERED];
    private final int[] histogram = new int[MOST_IN_FLIGHT];
    private final int[] drawn;
    private int seen;
    private double probesDue;
    private double removalsDue;
    private boolean worstNext;

    /// How the next machine is chosen from the pool.
    public enum Rule {
        /// Hot above the quantile of requests in flight; any cold: the least latency of those, else
        /// the least in flight.
        HOT_COLD,
        /// `latency / 2 + 75 ms · in flight / 2`.
        LINEAR,
        /// `R - S + q³ · S` with `q = 1 + own in flight + in flight`: R what it took so far, S the
        /// probe's latency for a request alone.
        C3
    }

    /// @param size most probes in the pool
    /// @param probes for each request, may be a fraction
    /// @param removals for each request, may be a fraction
    /// @param quantile above which a number in flight is hot
    /// @param mostReuse bound on the uses of a probe where the formula gives none
    public record Config(
            Rule rule, int size, double probes, double removals, double quantile, int mostReuse) {
        public static Config paper(Rule rule) {
            return new Config(rule, 16, 3, 1, 0.84, 16);
        }

        /// For twelve machines: a pool that is smaller than the fleet.
        public static Config small(Rule rule) {
            return new Config(rule, 6, 2, 1, 0.84, 16);
        }
    }

    private static final class Probe {
        final int machine;
        final double at;
        final double latency;
        int inFlight;
        int uses;

        Probe(int machine, double at, int inFlight, double latency) {
            this.machine = machine;
            this.at = at;
            this.inFlight = inFlight;
            this.latency = latency;
        }
    }

    public Probing(Outlook outlook, Config config) {
        super(outlook);
        this.config = config;
        this.drawn = new int[own.length];
        Arrays.setAll(drawn, i -> i);
    }

    /// How often a probe may be used: `max(1, (1 + δ) / ((1 - m/n) · probes - removals))`.
    static double reuse(Config config, int machines) {
        double left = (1 - (double) config.size() / machines) * config.probes() - config.removals();
        return left <= 0
                ? config.mostReuse()
                : Math.min(config.mostReuse(), Math.max(1, (1 + DELTA) / left));
    }

    @Override
    public int choose(Job job) {
        pool.removeIf(probe -> outlook.now() - probe.at > OLDEST);
        int machine = pool.size() < 2 ? outlook.dice().nextInt(own.length) : use(best());
        removalsDue += config.removals();
        while (removalsDue >= 1) {
            removalsDue--;
            removeOne();
        }
        probesDue += config.probes();
        while (probesDue >= 1) {
            int most = (int) Math.min(probesDue, own.length);
            probesDue -= most;
            probe(most);
        }
        return machine;
    }

    private int use(Probe probe) {
        probe.uses++;
        probe.inFlight++;
        double reuse = reuse(config, own.length);
        int most = (int) reuse + (outlook.dice().nextDouble() < reuse % 1 ? 1 : 0);
        if (probe.uses >= most) {
            pool.remove(probe);
        }
        return probe.machine;
    }

    /// Different ones, drawn alike.
    private void probe(int number) {
        for (int k = 0; k < number; k++) {
            int other = k + outlook.dice().nextInt(drawn.length - k);
            int machine = drawn[other];
            drawn[other] = drawn[k];
            drawn[k] = machine;
            if (pool.size() == config.size()) {
                pool.removeFirst();
            }
            int inFlight = outlook.inFlight(machine);
            remember(inFlight);
            pool.add(new Probe(machine, outlook.now(), inFlight, outlook.latency(machine)));
        }
    }

    private void remember(int inFlight) {
        int counted = Math.min(inFlight, MOST_IN_FLIGHT - 1);
        int at = seen++ % REMEMBERED;
        if (seen > REMEMBERED) {
            histogram[lastInFlight[at]]--;
        }
        lastInFlight[at] = counted;
        histogram[counted]++;
    }

    private int threshold() {
        int known = Math.min(seen, REMEMBERED);
        int below = (int) Math.ceil(config.quantile() * known);
        int sum = 0;
        for (int i = 0; i < MOST_IN_FLIGHT; i++) {
            sum += histogram[i];
            if (sum >= below) {
                return i;
            }
        }
        return MOST_IN_FLIGHT;
    }

    private Probe best() {
        int hotAbove = threshold();
        Probe best = pool.getFirst();
        for (Probe probe : pool) {
            if (compare(probe, best, hotAbove) < 0) {
                best = probe;
            }
        }
        return best;
    }

    private void removeOne() {
        if (pool.isEmpty()) {
            return;
        }
        worstNext = !worstNext;
        if (!worstNext) {
            pool.removeFirst();
            return;
        }
        int hotAbove = threshold();
        Probe worst = pool.getFirst();
        for (Probe probe : pool) {
            if (compare(probe, worst, hotAbove) > 0) {
                worst = probe;
            }
        }
        pool.remove(worst);
    }

    private int compare(Probe a, Probe b, int hotAbove) {
        return switch (config.rule()) {
            case HOT_COLD -> {
                boolean hotA = a.inFlight > hotAbove;
                boolean hotB = b.inFlight > hotAbove;
                yield hotA != hotB
                        ? Boolean.compare(hotA, hotB)
                        : hotA
                                ? Integer.compare(a.inFlight, b.inFlight)
                                : Double.compare(a.latency, b.latency);
            }
            case LINEAR -> Double.compare(linear(a), linear(b));
            case C3 -> Double.compare(c3(a), c3(b));
        };
    }

    private static double linear(Probe probe) {
        return (probe.latency + 0.075 * probe.inFlight) / 2;
    }

    private double c3(Probe probe) {
        double queue = 1.0 + own[probe.machine] + probe.inFlight;
        double service = probe.latency;
        return queue * queue * queue * service;
    }
}
