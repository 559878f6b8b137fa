package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.nodes.Choice;
import io.yardmaster.nodes.ChoiceRequest;
import io.yardmaster.nodes.Node;
import io.yardmaster.nodes.Nodes;
import io.yardmaster.nodes.Pass;
import io.yardmaster.queue.Request;
import io.yardmaster.ratelimit.Admission;
import io.yardmaster.ratelimit.Breakers;
import io.yardmaster.ratelimit.Limit;
import io.yardmaster.ratelimit.NodeLimits;
import io.yardmaster.ratelimit.Permit;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Finds the node that may serve a request now: rate limits and breakers narrow the nodes, the
/// strategy chooses among the rest. Thread-safe.
final class Gate {
    private static final Duration SOON = Duration.ofMillis(50);
    private static final Duration BELIEVED = Duration.ofMillis(5);
    private static final Duration LATER = Duration.ofSeconds(1);

    private final Nodes nodes;
    private final Breakers breakers;
    private final NodeLimits limits;
    private final LongAdder limited = new LongAdder();
    private final Whereabouts whereabouts;
    private final LongSupplier nanos;
    private final Map<String, Shut> shut = new ConcurrentHashMap<>();

    /// Nodes of a service that must not serve, as of then.
    private record Shut(Set<String> nodes, long since) {}

    Gate(
            Nodes nodes,
            Breakers breakers,
            NodeLimits limits,
            Whereabouts whereabouts,
            LongSupplier nanos) {
        this.whereabouts = whereabouts;
        this.nanos = nanos;
        this.nodes = nodes;
        this.breakers = breakers;
        this.limits = limits;
    }

    /// What came of it.
    sealed interface Entry {
        /// A slot at a node; both must be ended.
        record Open(Pass pass, Permit permit) implements Entry {
            Node node() {
                return pass.node();
            }

            void served(Duration took) {
                pass.succeeded(took);
                permit.succeeded();
            }

            void failed(Duration took) {
                pass.failed(took);
                permit.failed();
            }

            void unreachable(Duration took) {
                pass.unreachable(took);
                permit.failed();
            }

            /// Nodes may name their load in any answer. To be called before the ending.
            void heard(Forwarder.Answer answer) {
                if (answer instanceof Forwarder.Answer.Responded responded) {
                    for (Request.Header header : responded.headers()) {
                        pass.heard(header.name(), header.value());
                    }
                }
            }

            void ignored() {
                pass.ignored();
                permit.ignored();
            }
        }

        /// No node now; it may be worth asking again after the delay.
        record Closed(Duration retryAfter, String why) implements Entry {}
    }

    /// @param tried nodes that this attempt could not reach
    /// @param timeout of the attempt: how long a trial of a half-open breaker may take
    Entry enter(Request request, Set<String> tried, Duration timeout) {
        String service = request.queue().service();
        Set<String> excluded = new HashSet<>(tried);
        while (true) {
            switch (nodes.choose(service, choiceRequest(request, excluded, mayServe(service)))) {
                case Choice.None(Choice.Reason reason, String message) -> {
                    return new Entry.Closed(delay(reason), message);
                }
                case Choice.Chosen(Pass pass) -> {
                    String node = pass.node().id();
                    switch (breakers.acquire(service, node, timeout)) {
                        case Admission.Refused _ -> pass.ignored();
                        case Admission.Admitted(Permit permit) -> {
                            if (limits.spend(node)) {
                                return new Entry.Open(pass, permit);
                            }
                            limited.increment();
                            permit.ignored();
                            pass.ignored();
                        }
                    }
                    excluded.add(node);
                }
            }
        }
    }

    /// Nodes that neither a breaker nor a rate limit keeps out at this moment. Found out
    /// beforehand, because a limit may have to ask Redis, and the predicate is asked under the lock
    /// of the nodes; and only every few ms, because what changes meanwhile is caught when the node
    /// is entered.
    Predicate<Node> mayServe(String service) {
        long now = nanos.getAsLong();
        Shut known = shut.get(service);
        if (known == null || now - known.since() > BELIEVED.toNanos()) {
            known = new Shut(lookAt(service), now);
            shut.put(service, known);
        }
        Set<String> ids = known.nodes();
        return ids.isEmpty() ? _ -> true : node -> !ids.contains(node.id());
    }

    private Set<String> lookAt(String service) {
        List<String> members = nodes.members(service);
        Set<String> kept = new HashSet<>(breakers.ejected(service, members));
        for (String node : members) {
            if (!kept.contains(node) && !limits.admits(node)) {
                limited.increment();
                kept.add(node);
            }
        }
        return kept;
    }

    /// How many looks found a node kept out by its rate limit, a look every few ms at most.
    long limited() {
        return limited.sum();
    }

    /// What keeps a node out of a service.
    sealed interface Barrier {
        /// Until a request may go there again: at the latest for a breaker, at the earliest for a
        /// limit.
        Duration opensIn();

        /// @param state `open` or `half-open`, with all trials under way
        record Breaker(String state, Duration opensIn) implements Barrier {}

        record RateLimit(Limit limit, Duration opensIn) implements Barrier {}
    }

    /// The nodes of a service that [#mayServe] would refuse, and why; for people who ask. Takes
    /// nothing, and calls nobody.
    Map<String, Barrier> barriers(String service) {
        List<String> members = nodes.members(service);
        Set<String> ejected = breakers.ejected(service, members);
        Map<String, Barrier> barriers = new TreeMap<>();
        for (String node : members) {
            if (ejected.contains(node)) {
                barriers.put(
                        node,
                        new Barrier.Breaker(
                                breakers.state(service, node).name(),
                                breakers.untilTrial(service, node)));
            } else {
                limits.holds(node)
                        .ifPresent(left ->
                                barriers.put(node, new Barrier.RateLimit(limits.limit(), left)));
            }
        }
        return barriers;
    }

    /// Slots of the service at nodes that may serve now.
    int freeSlots(String service) {
        return nodes.freeSlots(service, mayServe(service));
    }

    /// What the request asks of a node. Only where it names no region its address is looked up.
    ChoiceRequest choiceRequest(Request request, Set<String> excluded, Predicate<Node> mayServe) {
        Request.Routing routing = request.routing();
        @Nullable String region = routing.region().orElse(null);
        @Nullable String address = routing.clientIp().orElse(null);
        Whereabouts.Place place =
                region != null || address == null
                        ? Whereabouts.Place.UNKNOWN
                        : whereabouts.of(address);
        return new ChoiceRequest(
                routing.labels(),
                routing.affinityKey().orElse(null),
                address,
                region == null ? place.region() : region,
                place.position(),
                StickyCookie.node(request.headers()).orElse(null),
                excluded,
                mayServe);
    }

    private static Duration delay(Choice.Reason reason) {
        return switch (reason) {
            case ALL_BUSY, ALL_REFUSED -> SOON;
            case NO_NODES, NONE_WITH_LABELS, ALL_DRAINING, ALL_UNHEALTHY, ALL_EXCLUDED -> LATER;
        };
    }
}
