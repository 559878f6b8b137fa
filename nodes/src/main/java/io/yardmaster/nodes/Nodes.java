package io.yardmaster.nodes;

import io.yardmaster.nodes.NodeSource.Entries;
import io.yardmaster.nodes.NodeSource.Snapshot;
import io.yardmaster.nodes.NodeSource.TimedReport;
import io.yardmaster.nodes.strategy.Strategy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// This replica's live view of the nodes: who there is, how they are, how much runs there, and
/// which one is to serve a request. Thread-safe.
///
/// One lock guards all of it. A choice under it costs about a microsecond, so it is far from being
/// contended, and in return a choice and the slot that it takes are one step: `maxConnections` is
/// never exceeded, not by one. Redis is read outside of it.
public final class Nodes {
    /// How often endings bring the peers' medians up to date between refreshes.
    private static final long LEARN_EVERY = 200_000_000L;

    private final NodeSource source;
    private final NodesConfig config;
    private final LongSupplier nanos;
    private final RandomGenerator random;
    private final NodeListener listener;
    private final HeardLoad heardLoad = new HeardLoad();

    private final Object refreshing = new Object();
    private final Object lock = new Object();

    // All below is guarded by `lock`.
    private final Map<String, LiveNode> nodes = new TreeMap<>();

    /// Nodes that were removed while requests ran there: registered again, they must not start at
    /// zero. As many at most as requests in flight.
    private final Map<String, LiveNode> leaving = new HashMap<>();

    private final Map<String, Service> services = new HashMap<>();

    /// As many at most as there are nodes.
    private final Set<String> suspects = new HashSet<>();

    private Map<String, ServiceSettings> settings = Map.of();
    private long version = NodeSource.UNREAD;
    private int liveReplicas = 1;
    private long learntAt;
    private Sampling sampling = new Sampling(0, 0);

    /// `nanos` is a monotonic clock.
    public Nodes(
            NodeSource source,
            NodesConfig config,
            LongSupplier nanos,
            RandomGenerator random,
            NodeListener listener) {
        this.source = source;
        this.config = config;
        this.nanos = nanos;
        this.random = random;
        this.listener = listener;
        this.learntAt = nanos.getAsLong();
    }

    /// Reads the registry: reports always, nodes and services when they changed. Cheap enough for
    /// every second and for every hint of the registry's channel. Whatever the source throws is
    /// thrown, and the view stays as it was.
    public void refresh() {
        synchronized (refreshing) {
            long known;
            synchronized (lock) {
                known = version;
            }
            Snapshot snapshot = source.read(known);
            List<Runnable> news = new ArrayList<>();
            synchronized (lock) {
                long now = nanos.getAsLong();
                Entries entries = snapshot.entries();
                if (entries != null) {
                    apply(entries, now, news);
                }
                version = snapshot.version();
                snapshot.reports().forEach((id, timed) -> report(id, timed, now));
                learn(now);
            }
            news.forEach(Runnable::run);
        }
    }

    private void apply(Entries entries, long now, List<Runnable> news) {
        nodes.values()
                .removeIf(live -> {
                    boolean gone = !entries.nodes().containsKey(live.node.id());
                    if (gone) {
                        Node node = live.node;
                        news.add(() -> listener.removed(node));
                        if (live.inFlight > 0) {
                            leaving.put(node.id(), live);
                        }
                    }
                    return gone;
                });
        entries.nodes().values().forEach(node -> register(node, now, news));
        settings = entries.services();
        arrangeServices();
    }

    private void register(Node node, long now, List<Runnable> news) {
        LiveNode known = nodes.get(node.id());
        if (known == null) {
            LiveNode returning = leaving.remove(node.id());
            LiveNode live = returning == null ? new LiveNode(node, config, now) : returning;
            live.register(node);
            if (version != NodeSource.UNREAD) {
                live.startSlowly(now);
            }
            nodes.put(node.id(), live);
            news.add(() -> listener.registered(node));
        } else if (!known.node.equals(node)) {
            Health before = known.health.health();
            if (known.node.draining() && !node.draining()) {
                known.startSlowly(now);
            }
            known.register(node);
            if (known.health.health() != before) {
                news.add(() -> listener.healthChanged(node, before, Health.UNKNOWN));
            }
            news.add(() -> listener.registered(node));
        }
    }

    /// Strategies keep their state as long as the service keeps its strategy.
    private void arrangeServices() {
        Set<String> names = new TreeSet<>();
        nodes.values().forEach(live -> names.addAll(live.node.services()));
        Map<String, Service> former = Map.copyOf(services);
        services.clear();
        for (String name : names) {
            ServiceSettings own = settings.getOrDefault(name, ServiceSettings.NONE);
            String strategyName = own.strategy() == null ? config.strategy() : own.strategy();
            Service before = former.get(name);
            Strategy strategy =
                    before != null && before.strategyName.equals(strategyName)
                            ? before.strategy
                            : Strategies.create(strategyName, config, random);
            List<LiveNode> members =
                    nodes.values().stream()
                            .filter(live -> live.node.services().contains(name))
                            .toList();
            services.put(name, new Service(strategyName, strategy, own, members, config));
        }
    }

    private void report(String id, TimedReport timed, long now) {
        LiveNode live = nodes.get(id);
        if (live != null) {
            live.reported(timed.report(), now - timed.age().toNanos(), liveReplicas, now);
        }
    }

    /// Takes in the load that the node named in an answer, at most ten times a second. It is this
    /// replica's own knowledge and newer than what the registry shows.
    void heard(LiveNode live, String header, String value) {
        synchronized (lock) {
            if (!live.hears(nanos.getAsLong())) {
                return;
            }
        }
        LoadMetrics metrics = heardLoad.read(live.node.id(), header, value);
        if (metrics != null) {
            synchronized (lock) {
                live.heard(metrics, liveReplicas, config.monitoring(), nanos.getAsLong());
            }
        }
    }

    /// How many answers named a load that could not be read.
    public long unreadableLoad() {
        return heardLoad.unreadable();
    }

    /// Since when the registry has shown the node's last report; null without one.
    @Nullable Duration ownReportAge(String id) {
        synchronized (lock) {
            LiveNode live = nodes.get(id);
            return live == null || live.ownReport == null
                    ? null
                    : Duration.ofNanos(nanos.getAsLong() - live.ownReportAt);
        }
    }

    /// Nodes that could not be connected to several times in a row, each told once.
    Set<String> takeSuspects() {
        synchronized (lock) {
            if (suspects.isEmpty()) {
                return Set.of();
            }
            Set<String> taken = Set.copyOf(suspects);
            suspects.clear();
            return taken;
        }
    }

    private void learn(long now) {
        learntAt = now;
        nodes.values().forEach(live -> live.passed(liveReplicas, now));
        Fleet.learn(nodes.values(), config, now);
    }

    /// How many replicas are alive, this one included. Too many is safe, too few is not: it counts
    /// for the slots of each, and for what the others are assumed to have in flight.
    public void setLiveReplicas(int replicas) {
        if (replicas < 1) {
            throw new IllegalArgumentException(
                    "replicas: %d (expected: at least 1)".formatted(replicas));
        }
        synchronized (lock) {
            long now = nanos.getAsLong();
            nodes.values().forEach(live -> live.passed(liveReplicas, now));
            liveReplicas = replicas;
        }
    }

    /// What the other replicas have in flight at this moment, by node; nodes that are absent have
    /// nothing. Counts in full now and less and less for a second, then each of them is taken for
    /// one like this.
    public void othersInFlight(Map<String, Integer> counts) {
        synchronized (lock) {
            long now = nanos.getAsLong();
            for (LiveNode live : nodes.values()) {
                live.passed(liveReplicas, now);
                live.capacity.heard(counts.getOrDefault(live.node.id(), 0), now);
            }
        }
    }

    /// What this replica has in flight, by node; nodes without requests are absent.
    public Map<String, Integer> inFlight() {
        synchronized (lock) {
            Map<String, Integer> counts = new HashMap<>();
            nodes.values().stream()
                    .filter(live -> live.inFlight > 0)
                    .forEach(live -> counts.put(live.node.id(), live.inFlight));
            return counts;
        }
    }

    /// What all replicas have in flight, by node, as well as it is known here.
    public Map<String, Integer> inFlightOfAll() {
        synchronized (lock) {
            long now = nanos.getAsLong();
            Map<String, Integer> counts = new HashMap<>();
            nodes.values()
                    .forEach(live ->
                            counts.put(
                                    live.node.id(),
                                    (int)
                                            Math.round(
                                                    live.capacity.total(
                                                            live.inFlight, liveReplicas, now))));
            return counts;
        }
    }

    /// From here on as many choices a second carry a [Decision], and in quiet times all of them; 0,
    /// as at first, is none. Those that don't carry one cost nothing more.
    public void sampleDecisions(double perSecond) {
        synchronized (lock) {
            sampling = new Sampling(perSecond, nanos.getAsLong());
        }
    }

    /// Chooses a node for a request and takes a slot there, which the pass gives back.
    public Choice choose(String service, ChoiceRequest request) {
        synchronized (lock) {
            Service members = services.get(service);
            if (members == null) {
                return noNodes(service);
            }
            long now = nanos.getAsLong();
            members.narrow(request, liveReplicas, now);
            int chosen = members.choose(request, random);
            if (chosen == Strategy.NONE) {
                return members.none(service, request);
            }
            LiveNode live = members.candidate(chosen);
            Decision decision =
                    sampling.takes(members.ids().size(), now)
                            ? Decision.of(members, chosen, request)
                            : null;
            live.passed(liveReplicas, now);
            live.inFlight++;
            live.lastUsed = now;
            return new Choice.Chosen(new Pass(this, live, decision));
        }
    }

    private static Choice.None noNodes(String service) {
        return new Choice.None(
                Choice.Reason.NO_NODES, "no node is registered for service " + service);
    }

    void end(Pass pass, Pass.Ending ending, Duration took) {
        synchronized (lock) {
            if (!pass.endsNow()) {
                return;
            }
            long now = nanos.getAsLong();
            LiveNode live = pass.live();
            live.passed(liveReplicas, now);
            live.inFlight--;
            live.lastUsed = now;
            if (live.inFlight == 0) {
                leaving.remove(live.node.id(), live);
            }
            boolean unmeasured = live.capacity.lastingPace() == 0;
            if (ending != Pass.Ending.IGNORED
                    && live.suspectAfter(ending != Pass.Ending.UNREACHABLE)) {
                suspects.add(live.node.id());
            }
            switch (ending) {
                case SUCCEEDED -> {
                    double seconds = Math.max(0, took.toNanos() / 1e9);
                    live.figures.succeeded(seconds, now);
                    live.capacity.completed();
                }
                case FAILED, UNREACHABLE -> live.figures.failed(now);
                case IGNORED -> {}
            }
            // The first pace of a node is the scale for all that have none yet: at once, or the
            // first node to answer would draw everything.
            if (now - learntAt >= LEARN_EVERY || (unmeasured && live.capacity.lastingPace() > 0)) {
                learn(now);
            }
        }
    }

    /// This replica's free slots of the service at nodes that could be chosen now.
    public int freeSlots(String service) {
        return freeSlots(service, node -> true);
    }

    /// This replica's free slots of the service at nodes that could be chosen now and that
    /// `admitted`, as in [ChoiceRequest], lets pass.
    public int freeSlots(String service, Predicate<Node> admitted) {
        return slots(service, true, admitted);
    }

    /// This replica's slots of the service, taken or free, at nodes that could be chosen now.
    public int slots(String service) {
        return slots(service, false, node -> true);
    }

    private int slots(String service, boolean onlyFree, Predicate<Node> admitted) {
        synchronized (lock) {
            Service members = services.get(service);
            return members == null
                    ? 0
                    : members.slots(liveReplicas, nanos.getAsLong(), onlyFree, admitted);
        }
    }

    /// Requests that all replicas together may have at the nodes that serve now.
    public long allSlots() {
        synchronized (lock) {
            return nodes.values().stream()
                    .filter(live -> !live.node.draining() && !live.unhealthy())
                    .mapToLong(live -> live.slotsOfAll(config.resources()))
                    .sum();
        }
    }

    /// Ids of the nodes that are registered for the service.
    public List<String> members(String service) {
        synchronized (lock) {
            Service members = services.get(service);
            return members == null ? List.of() : members.ids();
        }
    }

    /// All nodes, by id.
    public List<NodeView> view() {
        synchronized (lock) {
            long now = nanos.getAsLong();
            return nodes.values().stream()
                    .map(live -> NodeView.of(live, config.resources(), now))
                    .toList();
        }
    }

    public Optional<NodeView> view(String id) {
        synchronized (lock) {
            return Optional.ofNullable(nodes.get(id))
                    .map(live -> NodeView.of(live, config.resources(), nanos.getAsLong()));
        }
    }

    /// The services that have nodes, and those that have settings, by name.
    public Map<String, ServiceSettings> services() {
        synchronized (lock) {
            Map<String, ServiceSettings> all = new TreeMap<>(settings);
            services.keySet().forEach(name -> all.putIfAbsent(name, ServiceSettings.NONE));
            return all;
        }
    }

    /// The strategy that chooses for the service.
    public String strategy(String service) {
        synchronized (lock) {
            String own = settings.getOrDefault(service, ServiceSettings.NONE).strategy();
            return own == null ? config.strategy() : own;
        }
    }

    /// How every node of the service stands for this request, by id. Takes nothing.
    public List<Explanation> explain(String service, ChoiceRequest request) {
        synchronized (lock) {
            Service members = services.get(service);
            if (members == null) {
                return List.of();
            }
            members.narrow(request, liveReplicas, nanos.getAsLong());
            return members.members().stream()
                    .map(live -> explanation(members, live, request))
                    .toList();
        }
    }

    /// As [#explain], with all that a request which waits may want to know. Takes nothing.
    public Standings standings(String service, ChoiceRequest request) {
        synchronized (lock) {
            Service members = services.get(service);
            if (members == null) {
                return Standings.NONE;
            }
            members.narrow(request, liveReplicas, nanos.getAsLong());
            List<Standing> all =
                    members.members().stream()
                            .map(live -> members.standing(live, request))
                            .toList();
            return new Standings(all, members.home(request)); // last: it narrows anew
        }
    }

    static Explanation explanation(Service members, LiveNode live, ChoiceRequest request) {
        String id = live.node.id();
        int i = members.indexOf(live);
        if (i >= 0) {
            Map<String, Double> terms = members.strategy.terms(members, i);
            return new Explanation(id, true, "candidate", terms);
        }
        Choice.Reason reason = members.hindrance(live, request);
        String why =
                reason != null
                        ? Service.words(reason)
                        : members.backup(live)
                                ? "backup, and others can serve"
                                : "above a resource threshold, and others can serve";
        return new Explanation(id, false, why, Map.of());
    }

    /// Takes the result of a health check in. Unknown ids are passed over: the node is gone.
    ///
    /// @return whether this result, or those before, leave no doubt about the node's health
    public boolean checked(Node checked, boolean passed) {
        Health before;
        HealthState after;
        synchronized (lock) {
            @Nullable LiveNode live = nodes.get(checked.id());
            if (live == null || !live.node.url().equals(checked.url())) {
                return true;
            }
            before = live.health.health();
            live.check(passed, config.monitoring(), nanos.getAsLong());
            after = live.health;
        }
        if (before != after.health()) {
            listener.healthChanged(checked, before, after.health());
        }
        return after.streak() == 0;
    }

    /// How well a service can be served, 0 to 100: the mean of its nodes' scores by their weights
    /// in this service, 0 without nodes.
    public int healthScore(String service) {
        synchronized (lock) {
            Service members = services.get(service);
            if (members == null) {
                return 0;
            }
            long now = nanos.getAsLong();
            double scores = 0;
            double weights = 0;
            var placement = settings.getOrDefault(service, ServiceSettings.NONE).placement();
            for (LiveNode live : members.members()) {
                double weight = placement.weight(live.node);
                scores += weight * live.healthScore(now);
                weights += weight;
            }
            return weights == 0 ? 0 : (int) Math.round(scores / weights);
        }
    }

    /// The service's columns as they stand, for measuring a strategy alone; not for use beside
    /// others.
    Service service(String name) {
        synchronized (lock) {
            return Objects.requireNonNull(services.get(name), name);
        }
    }

    /// The nodes as registered, by id.
    List<Node> registered() {
        synchronized (lock) {
            return nodes.values().stream().map(live -> live.node).toList();
        }
    }
}
