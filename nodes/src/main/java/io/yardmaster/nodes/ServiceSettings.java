package io.yardmaster.nodes;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What an operator set for one service. Everything absent is as configured for all services.
///
/// @param strategy one of [Strategies#NAMES]
/// @param priorities keys are `critical`, `high`, `normal`, `low`
/// @param sticky what keeps a caller at one node, while that node can serve
/// @param placement which of its nodes serve it, and how much
public record ServiceSettings(
        @Nullable String strategy,
        @Nullable RateLimit rateLimit,
        @Nullable Breaker breaker,
        Map<String, PriorityOverride> priorities,
        Sticky sticky,
        Placement placement) {

    static final Set<String> PRIORITIES =
            Collections.unmodifiableSet(
                    new LinkedHashSet<>(List.of("critical", "high", "normal", "low")));

    public static final ServiceSettings NONE =
            new ServiceSettings(null, null, null, Map.of(), Sticky.NONE);

    public ServiceSettings {
        // Settings are spelt with dashes, answers with underscores: both are understood.
        strategy = strategy == null ? null : strategy.replace('-', '_');
        priorities = Collections.unmodifiableMap(new TreeMap<>(priorities));
        Faults faults = new Faults();
        if (strategy != null) {
            faults.expectOneOf(Strategies.NAMES, "strategy", strategy);
        }
        priorities.keySet().forEach(p -> faults.expectOneOf(PRIORITIES, "priorities", p));
        faults.throwIfAny();
    }

    /// Without anything about single nodes.
    public ServiceSettings(
            @Nullable String strategy,
            @Nullable RateLimit rateLimit,
            @Nullable Breaker breaker,
            Map<String, PriorityOverride> priorities,
            Sticky sticky) {
        this(strategy, rateLimit, breaker, priorities, sticky, Placement.ALIKE);
    }

    /// What keeps a caller at one node.
    public enum Sticky {
        NONE,
        /// The node that the request names, because an answer told the client its name.
        COOKIE,
        /// The client's address, by consistent hashing; without one, the strategy decides.
        IP,
        /// The request's affinity key, by consistent hashing; without one, the strategy decides.
        KEY
    }

    /// What nodes are to this service alone. Ids need not be registered, or not yet.
    ///
    /// @param labels every request of the service requires these, besides its own
    /// @param weights by node id, instead of the node's own weight: above 0 and at most 1000
    /// @param backups ids of nodes that are backup here, besides those that are everywhere
    public record Placement(
            Map<String, String> labels, Map<String, Double> weights, Set<String> backups) {
        static final Placement ALIKE = new Placement(Map.of(), Map.of(), Set.of());
        private static final int MOST_LABELS = 32;
        private static final int MOST_NODES = 1000;

        public Placement {
            labels = Collections.unmodifiableMap(new TreeMap<>(labels));
            weights = Collections.unmodifiableMap(new TreeMap<>(weights));
            backups = Collections.unmodifiableSet(new TreeSet<>(backups));
            Faults faults = new Faults();
            faults.expect(labels.size() <= MOST_LABELS, "labels", labels.size(), "at most 32");
            Node.checkLabels(faults, labels);
            faults.expect(weights.size() <= MOST_NODES, "weights", weights.size(), "at most 1000");
            weights.forEach((id, weight) -> {
                faults.expectMatch(Node.ID, "weights", id);
                Node.checkWeight(faults, "weights." + id, weight);
            });
            faults.expect(backups.size() <= MOST_NODES, "backups", backups.size(), "at most 1000");
            backups.forEach(id -> faults.expectMatch(Node.ID, "backups", id));
            faults.throwIfAny();
        }

        double weight(Node node) {
            Double own = weights.get(node.id());
            return own == null ? node.weight() : own;
        }
    }

    /// The service's token bucket.
    ///
    /// @param rate requests for each window; 0 is off
    /// @param window 10 ms to 1 day
    /// @param burstMultiplier 1 to 100: how many windows' worth may come at once
    public record RateLimit(double rate, Duration window, double burstMultiplier) {
        public RateLimit {
            Faults faults = new Faults();
            faults.expect(rate >= 0 && rate <= 1e9, "rate", rate, "0 to 1000000000");
            faults.expect(
                    window.toMillis() >= 10 && window.compareTo(Duration.ofDays(1)) <= 0,
                    "window",
                    window.toMillis() + "ms",
                    "10ms to 1d");
            faults.expect(
                    burstMultiplier >= 1 && burstMultiplier <= 100,
                    "burstMultiplier",
                    burstMultiplier,
                    "1 to 100");
            faults.throwIfAny();
        }
    }

    /// Every part is optional; null is as configured.
    ///
    /// @param errorThreshold above 0, at most 1
    /// @param consecutiveFailures 0 is off
    public record Breaker(
            @Nullable Double errorThreshold,
            @Nullable Integer minRequests,
            @Nullable Long windowMs,
            @Nullable Long resetTimeoutMs,
            @Nullable Integer halfOpenRequests,
            @Nullable Integer consecutiveFailures) {
        public Breaker {
            Faults faults = new Faults();
            if (errorThreshold != null) {
                faults.expect(
                        errorThreshold > 0 && errorThreshold <= 1,
                        "errorThreshold",
                        errorThreshold,
                        "above 0 and at most 1");
            }
            range(faults, "minRequests", minRequests, 1, 1_000_000);
            range(faults, "windowMs", windowMs, 100, 3_600_000);
            range(faults, "resetTimeoutMs", resetTimeoutMs, 1, 86_400_000);
            range(faults, "halfOpenRequests", halfOpenRequests, 1, 1000);
            range(faults, "consecutiveFailures", consecutiveFailures, 0, 1_000_000);
            faults.throwIfAny();
        }
    }

    /// Every part is optional; null is as configured.
    ///
    /// @param weight share of service time, above 0 and at most 1000
    /// @param timeoutMs for one attempt at a node
    /// @param reserve share of the slots that is never lent, 0 to 1
    public record PriorityOverride(
            @Nullable Double weight,
            @Nullable Long timeoutMs,
            @Nullable Integer maxRetries,
            @Nullable Double reserve) {
        public PriorityOverride {
            Faults faults = new Faults();
            if (weight != null) {
                faults.expect(
                        weight > 0 && weight <= 1000, "weight", weight, "above 0 and at most 1000");
            }
            range(faults, "timeoutMs", timeoutMs, 1, 86_400_000);
            range(faults, "maxRetries", maxRetries, 0, 100);
            if (reserve != null) {
                faults.expectShare("reserve", reserve);
            }
            faults.throwIfAny();
        }
    }

    private static void range(
            Faults faults, String field, @Nullable Number value, long least, long most) {
        if (value != null) {
            faults.expect(
                    value.longValue() >= least && value.longValue() <= most,
                    field,
                    value,
                    least + " to " + most);
        }
    }
}
