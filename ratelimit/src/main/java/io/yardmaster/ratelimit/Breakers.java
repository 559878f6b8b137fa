package io.yardmaster.ratelimit;

import io.yardmaster.ratelimit.Admission.Admitted;
import io.yardmaster.ratelimit.BreakerState.Closed;
import io.yardmaster.ratelimit.BreakerState.HalfOpen;
import io.yardmaster.ratelimit.BreakerState.Open;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/// A breaker for each service and node, so that a node that fails one service goes on with the
/// others.
///
/// At most half of a service's nodes are ejected (rounded down, so a service's only node never is):
/// when more breakers are open than that, something else than the nodes is likely broken, and those
/// whose open period ends soonest are let through.
///
/// Thread-safe. At most 10,000 breakers and services are remembered; a breaker that is forgotten
/// begins closed.
public final class Breakers {

    /// How long a trial may keep silent when the caller names no limit: the longest default
    /// attempt.
    public static final Duration TRIAL_LIMIT = Duration.ofSeconds(60);

    private static final Duration LONGEST_HINT = Duration.ofDays(1);

    static final int MAX_BREAKERS = 10_000;

    private final CircuitBreaker.Surroundings around;
    private final Recent<Key, CircuitBreaker> breakers = new Recent<>(MAX_BREAKERS);
    private final Recent<String, Panic> panics = new Recent<>(MAX_BREAKERS);
    private final Map<String, BreakerConfig> overrides = new ConcurrentHashMap<>();
    private volatile BreakerConfig defaults;

    private record Key(String service, String node) {}

    /// A breaker as the API and the metrics show it.
    public record Entry(String service, String node, BreakerState state) {}

    private record Refusing(String node, long endsAt) {}

    /// The nodes of a service that were let through when it was last asked which are ejected.
    private static final class Panic {
        volatile Set<String> letThrough = Set.of();
    }

    /// @param nanos monotonic time in nanoseconds
    /// @param random thread-safe, for the jitter of open periods
    public Breakers(
            BreakerConfig defaults,
            LongSupplier nanos,
            RandomGenerator random,
            BreakerListener listener) {
        this.defaults = defaults;
        this.around = new CircuitBreaker.Surroundings(nanos, random, listener);
    }

    /// The nodes that may not be used now: at most half of the given ones, which must be all nodes
    /// of the service. Takes nothing. Deterministic: among equal ends the lower name goes first.
    public Set<String> ejected(String service, Collection<String> nodes) {
        Set<String> distinct = Set.copyOf(nodes);
        List<Refusing> refusing =
                distinct.stream()
                        .filter(node -> !breaker(service, node).wouldAdmit())
                        .map(node -> new Refusing(node, endsAt(state(service, node))))
                        .sorted(
                                Comparator.comparingLong(Refusing::endsAt)
                                        .thenComparing(Refusing::node))
                        .toList();
        int excess = Math.max(0, refusing.size() - distinct.size() / 2);
        panic(service).letThrough = names(refusing.subList(0, excess));
        return names(refusing.subList(excess, refusing.size()));
    }

    /// Asks for one request, with [#TRIAL_LIMIT].
    public Admission acquire(String service, String node) {
        return acquire(service, node, TRIAL_LIMIT);
    }

    /// Asks for one request. A node that the last [#ejected] let through although its breaker
    /// refuses is admitted with a permit that no breaker hears of.
    ///
    /// @param trialLimit after which silence of a trial counts as failure: the attempt's timeout
    public Admission acquire(String service, String node, Duration trialLimit) {
        if (!trialLimit.isPositive()) {
            throw new IllegalArgumentException(
                    "trialLimit: " + trialLimit + " (expected: above 0)");
        }
        Admission admission = breaker(service, node).acquire(trialLimit);
        return switch (admission) {
            case Admitted _ -> admission;
            case Admission.Refused _ ->
                    panic(service).letThrough.contains(node)
                            ? new Admitted(Permit.unheard())
                            : admission;
        };
    }

    public BreakerState state(String service, String node) {
        return breaker(service, node).state();
    }

    /// How long until this breaker admits a request at the latest; 0 when it would now. Takes
    /// nothing.
    public Duration untilTrial(String service, String node) {
        return breaker(service, node).untilTrial();
    }

    /// Another replica's breaker opened. A closed one here then opens on its own evidence without
    /// the minimum of requests while the other's open period lasts; a hint alone opens nothing.
    ///
    /// @param openFor what is left of the other's open period (its clock means nothing here)
    public void hint(String service, String node, Duration openFor) {
        if (openFor.isPositive()) {
            breaker(service, node)
                    .hint(openFor.compareTo(LONGEST_HINT) < 0 ? openFor : LONGEST_HINT);
        }
    }

    /// Every breaker there is, by service and node.
    public List<Entry> list() {
        return breakers.copy().stream()
                .map(entry ->
                        new Entry(
                                entry.getKey().service,
                                entry.getKey().node,
                                entry.getValue().state()))
                .sorted(Comparator.comparing(Entry::service).thenComparing(Entry::node))
                .toList();
    }

    /// The rules of services that have none of their own.
    public void setDefaults(BreakerConfig config) {
        defaults = config;
        reconfigure();
    }

    /// A service's own rules.
    public void configure(String service, BreakerConfig config) {
        if (overrides.size() >= MAX_BREAKERS && !overrides.containsKey(service)) {
            throw new IllegalArgumentException(
                    "services with own breaker rules: "
                            + (overrides.size() + 1)
                            + " (expected: at most "
                            + MAX_BREAKERS
                            + ")");
        }
        overrides.put(service, config);
        reconfigure();
    }

    /// The service goes by the defaults again.
    public void useDefaults(String service) {
        overrides.remove(service);
        reconfigure();
    }

    /// The node is gone; should it come back, it begins closed.
    public void forgetNode(String node) {
        breakers.removeIf(key -> key.node.equals(node));
    }

    private void reconfigure() {
        breakers.copy()
                .forEach(entry -> entry.getValue().configure(config(entry.getKey().service)));
    }

    private BreakerConfig config(String service) {
        return overrides.getOrDefault(service, defaults);
    }

    private CircuitBreaker breaker(String service, String node) {
        return breakers.get(
                new Key(service, node),
                key -> new CircuitBreaker(key.service, key.node, config(key.service), around));
    }

    private Panic panic(String service) {
        return panics.get(service, _ -> new Panic());
    }

    /// A half-open breaker is nearer to its return than any open one.
    private static long endsAt(BreakerState state) {
        return switch (state) {
            case Closed _, HalfOpen _ -> Long.MIN_VALUE;
            case Open open -> open.until();
        };
    }

    private static Set<String> names(List<Refusing> refusing) {
        Set<String> names = HashSet.newHashSet(refusing.size());
        refusing.forEach(one -> names.add(one.node));
        return Set.copyOf(names);
    }
}
