package io.yardmaster.nodes;

import io.yardmaster.nodes.Choice.Reason;
import io.yardmaster.nodes.strategy.Candidates;
import io.yardmaster.nodes.strategy.ConsistentHash;
import io.yardmaster.nodes.strategy.Position;
import io.yardmaster.nodes.strategy.Strategy;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The nodes of one service, and those of them that may serve the request at hand: the columns that
/// the strategies see. Reused for every choice. Guarded by the lock of [Nodes].
final class Service implements Candidates {
    final String strategyName;
    final Strategy strategy;
    private final ServiceSettings.Sticky sticky;
    private final ServiceSettings.Placement placement;

    // What most services leave empty, so that most choices need not look into it for each node.
    private final boolean labels;
    private final boolean weighed;
    private final boolean backups;

    private final ConsistentHash affinity;
    private final LiveNode[] members;
    private final List<String> ids;
    private final LiveNode[] candidates;

    /// Of the candidates, in this service.
    private final double[] weights;

    private final NodesConfig.Resources limits;
    private int size;
    private long now;
    private int liveReplicas = 1;

    /// Whether affinity made the last choice, and not the strategy.
    private boolean byAffinity;

    /// `members` in the order of their ids.
    Service(
            String strategyName,
            Strategy strategy,
            ServiceSettings settings,
            List<LiveNode> members,
            NodesConfig config) {
        this.strategyName = strategyName;
        this.strategy = strategy;
        this.sticky = settings.sticky();
        this.placement = settings.placement();
        this.labels = !placement.labels().isEmpty();
        this.weighed = !placement.weights().isEmpty();
        this.backups = !placement.backups().isEmpty();
        this.affinity = Strategies.consistentHash(config);
        this.members = members.toArray(LiveNode[]::new);
        this.candidates = new LiveNode[this.members.length];
        this.weights = new double[this.members.length];
        this.ids = members.stream().map(live -> live.node.id()).toList();
        this.limits = config.resources();
    }

    List<String> ids() {
        return ids;
    }

    List<LiveNode> members() {
        return Arrays.asList(members);
    }

    /// Narrows the members to those that may serve the request: of the best tier that has any.
    ///
    /// - tier 0: below the resource thresholds
    /// - tier 1: above one of them
    /// - tiers 2 and 3: the same for backup nodes, and only when no other node could serve even if
    ///   it had a free slot: a request rather waits for a slot than wakes a backup
    void narrow(ChoiceRequest request, int replicas, long nowNanos) {
        now = nowNanos;
        liveReplicas = replicas;
        size = 0;
        int best = Integer.MAX_VALUE;
        boolean primaryBusy = false;
        for (LiveNode live : members) {
            int tier = tier(live);
            Reason reason = tier > best ? null : hindrance(live, request);
            if (reason == Reason.ALL_BUSY && !backup(live)) {
                primaryBusy = true;
            }
            if (tier > best || reason != null) {
                continue;
            }
            if (tier < best) {
                best = tier;
                size = 0;
            }
            weights[size] = weighed ? placement.weight(live.node) : live.node.weight();
            candidates[size++] = live;
        }
        if (best >= 2 && primaryBusy) {
            size = 0;
        }
    }

    int tier(LiveNode live) {
        return (backup(live) ? 2 : 0) + (live.load.above(limits) ? 1 : 0);
    }

    boolean backup(LiveNode live) {
        return live.node.backup() || (backups && placement.backups().contains(live.node.id()));
    }

    /// The index of the candidate that is to serve, or [Strategy#NONE]. Affinity comes first, and
    /// yields: where the caller's node is no candidate, or full, another one is chosen.
    int choose(ChoiceRequest request, RandomGenerator random) {
        if (size == 0) {
            return Strategy.NONE;
        }
        int kept = kept(request);
        byAffinity = kept != Strategy.NONE;
        return byAffinity ? kept : strategy.choose(this, request, random);
    }

    private int kept(ChoiceRequest request) {
        return switch (sticky) {
            case NONE -> Strategy.NONE;
            case COOKIE -> preferred(request.preferredNode());
            case IP -> {
                String address = request.clientAddress();
                yield address == null ? Strategy.NONE : affinity.byAddress(this, address);
            }
            case KEY -> {
                String key = request.affinityKey();
                yield key == null ? Strategy.NONE : affinity.byKey(this, key);
            }
        };
    }

    private int preferred(@Nullable String id) {
        for (int i = 0; id != null && i < size; i++) {
            if (candidates[i].node.id().equals(id)) {
                return i;
            }
        }
        return Strategy.NONE;
    }

    /// Why this node cannot serve this request now; null when it can. The predicate comes before
    /// the slots: a busy node that a breaker refuses is no reason to wait for a slot.
    @Nullable Reason hindrance(LiveNode live, ChoiceRequest request) {
        if ((labels && !live.node.carries(placement.labels()))
                || !live.node.carries(request.labels())) {
            return Reason.NONE_WITH_LABELS;
        }
        if (live.node.draining()) {
            return Reason.ALL_DRAINING;
        }
        if (live.unhealthy()) {
            return Reason.ALL_UNHEALTHY;
        }
        Set<String> excluded = request.excludedNodes();
        if (!excluded.isEmpty() && excluded.contains(live.node.id())) {
            return Reason.ALL_EXCLUDED;
        }
        if (!request.admitted().test(live.node)) {
            return Reason.ALL_REFUSED;
        }
        return live.inFlight >= slots(live) ? Reason.ALL_BUSY : null;
    }

    /// How a node stands for the request that this service was narrowed for.
    Standing standing(LiveNode live, ChoiceRequest request) {
        int most = slots(live);
        int share = live.share(liveReplicas, limits.maxConnections());
        return new Standing(
                Nodes.explanation(this, live, request),
                hindrance(live, request),
                missingLabels(live, request),
                new Standing.Slots(
                        live.inFlight,
                        most,
                        most < share ? Standing.Bound.LEARNT : Standing.Bound.CONFIGURED));
    }

    private Map<String, String> missingLabels(LiveNode live, ChoiceRequest request) {
        Map<String, String> missing = new TreeMap<>(placement.labels());
        missing.putAll(request.labels());
        missing.entrySet().removeAll(live.node.labels().entrySet());
        return missing;
    }

    /// The node that affinity would choose, could all of them serve. Afterwards the service must be
    /// narrowed again.
    Optional<Standings.Kept> home(ChoiceRequest request) {
        size = 0;
        for (LiveNode live : members) {
            weights[size] = weighed ? placement.weight(live.node) : live.node.weight();
            candidates[size++] = live;
        }
        int home = size == 0 ? Strategy.NONE : kept(request);
        String by =
                switch (sticky) {
                    case NONE -> "";
                    case COOKIE -> "cookie";
                    case IP -> "address";
                    case KEY -> "key";
                };
        return home == Strategy.NONE
                ? Optional.empty()
                : Optional.of(new Standings.Kept(id(home), by));
    }

    /// What decided for the candidate that was chosen last, beside or instead of the strategy, in a
    /// few words; null when nothing did.
    @Nullable String note(int chosen, ChoiceRequest request) {
        String tier =
                switch (tier(candidates[chosen])) {
                    case 0 -> null;
                    case 1 -> "all that could serve were above a resource threshold";
                    case 2 -> "only backup nodes could serve";
                    default -> "only backup nodes above a resource threshold could serve";
                };
        String affinity = affinityNote(request);
        if (tier == null || affinity == null) {
            return tier == null ? affinity : tier;
        }
        return affinity + ", and " + tier;
    }

    private @Nullable String affinityNote(ChoiceRequest request) {
        return switch (sticky) {
            case NONE -> null;
            case COOKIE ->
                    byAffinity
                            ? "the caller's cookie names it"
                            : request.preferredNode() == null
                                    ? null
                                    : "the node of the caller's cookie could not serve";
            case IP -> byAffinity ? "the caller's address keeps it there" : null;
            case KEY -> byAffinity ? "its key keeps it there" : null;
        };
    }

    /// For a request that found no candidate: the reason closest to serving, with the counts.
    Choice.None none(String name, ChoiceRequest request) {
        if (members.length == 0) {
            return new Choice.None(Reason.NO_NODES, "no node is registered for service " + name);
        }
        Map<Reason, Integer> counts = new EnumMap<>(Reason.class);
        for (LiveNode live : members) {
            Reason reason = hindrance(live, request);
            // without a hindrance: a backup beside busy nodes, or the strategy's own cap
            counts.merge(reason == null ? Reason.ALL_BUSY : reason, 1, Integer::sum);
        }
        Reason closest = Reason.NO_NODES;
        StringBuilder message = new StringBuilder();
        for (Map.Entry<Reason, Integer> count : counts.entrySet()) {
            closest = count.getKey();
            message.append(message.isEmpty() ? "" : ", ")
                    .append(count.getValue())
                    .append(' ')
                    .append(words(closest));
        }
        return new Choice.None(
                closest, "service %s has %d nodes: %s".formatted(name, members.length, message));
    }

    static String words(Reason reason) {
        return switch (reason) {
            case NO_NODES -> "not registered";
            case NONE_WITH_LABELS -> "without the labels";
            case ALL_DRAINING -> "draining";
            case ALL_UNHEALTHY -> "unhealthy";
            case ALL_EXCLUDED -> "tried before";
            case ALL_REFUSED -> "refused";
            case ALL_BUSY -> "busy";
        };
    }

    /// The slots of this replica at nodes that could be chosen now, or the free ones of them.
    int slots(int replicas, long nowNanos, boolean onlyFree, Predicate<Node> admitted) {
        liveReplicas = replicas;
        now = nowNanos;
        long primary = 0;
        long backup = 0;
        boolean primaryServes = false;
        for (LiveNode live : members) {
            if (live.node.draining()
                    || live.unhealthy()
                    || (labels && !live.node.carries(placement.labels()))
                    || !admitted.test(live.node)) {
                continue;
            }
            int slots = onlyFree ? Math.max(0, slots(live) - live.inFlight) : slots(live);
            if (backup(live)) {
                backup += slots;
            } else {
                primary += slots;
                primaryServes = true;
            }
        }
        return (int) Math.min(Integer.MAX_VALUE, primaryServes ? primary : backup);
    }

    private int slots(LiveNode live) {
        return live.slots(liveReplicas, limits, now);
    }

    LiveNode candidate(int i) {
        return candidates[i];
    }

    /// The index of a node among the candidates, or -1.
    int indexOf(LiveNode live) {
        for (int i = 0; i < size; i++) {
            if (candidates[i] == live) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public String id(int i) {
        return candidates[i].node.id();
    }

    @Override
    public @Nullable String region(int i) {
        return candidates[i].node.region();
    }

    @Override
    public long idHash(int i) {
        return candidates[i].idHash;
    }

    @Override
    public @Nullable Position position(int i) {
        return candidates[i].position;
    }

    @Override
    public double weight(int i) {
        return weights[i];
    }

    @Override
    public int inFlight(int i) {
        return candidates[i].inFlight;
    }

    @Override
    public double totalInFlight(int i) {
        return candidates[i].capacity.total(candidates[i].inFlight, liveReplicas, now);
    }

    @Override
    public int maxInFlight(int i) {
        return slots(candidates[i]);
    }

    @Override
    public double cpu(int i) {
        return candidates[i].load.cpu();
    }

    @Override
    public double memory(int i) {
        return candidates[i].load.memory();
    }

    @Override
    public double io(int i) {
        return candidates[i].load.io();
    }

    @Override
    public double cores(int i) {
        return candidates[i].load.cores();
    }

    @Override
    public double freeCores(int i) {
        return candidates[i].load.freeCores();
    }

    @Override
    public double parallelism(int i) {
        return candidates[i].capacity.parallel();
    }

    @Override
    public double speed(int i) {
        return candidates[i].capacity.pace();
    }

    @Override
    public double errorRate(int i) {
        return candidates[i].figures.errorRate(now);
    }

    @Override
    public int recentFailures(int i) {
        return candidates[i].figures.recentFailures(now);
    }

    @Override
    public double slowStart(int i) {
        return candidates[i].slowStart(now);
    }

    @Override
    public int responses(int i) {
        return candidates[i].figures.responses();
    }

    @Override
    public double meanResponse(int i) {
        return candidates[i].figures.meanResponse();
    }

    @Override
    public double peakResponse(int i) {
        return candidates[i].figures.peakResponse(now);
    }

    @Override
    public int liveReplicas() {
        return liveReplicas;
    }
}
