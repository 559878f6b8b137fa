package io.yardmaster.nodes;

import java.time.Duration;

/// Settings of this module: `strategy.*`, `resources.*` and `monitoring.*`.
///
/// @param strategy the strategy of services that name none, one of [Strategies#NAMES]
public record NodesConfig(
        String strategy,
        WeightedResponse weightedResponse,
        ResourceBased resourceBased,
        RoundRobin roundRobin,
        LeastConnections leastConnections,
        ConsistentHash consistentHash,
        Resources resources,
        Monitoring monitoring) {

    public NodesConfig {
        Faults faults = new Faults();
        faults.expectOneOf(Strategies.NAMES, "strategy.default", strategy);
        faults.throwIfAny();
    }

    public static NodesConfig defaults() {
        return new NodesConfig(
                "adaptive",
                new WeightedResponse(100, 10),
                new ResourceBased(.4, .3, .3),
                new RoundRobin(.95, Duration.ofHours(1)),
                new LeastConnections(1000, Duration.ofSeconds(30)),
                new ConsistentHash(1.25, 100),
                new Resources(.8, .8, .7, 5000, true),
                new Monitoring(
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(30),
                        2,
                        3,
                        Duration.ofSeconds(30)));
    }

    /// `strategy.weighted-response.*`.
    ///
    /// @param windowSize responses that are remembered for each node, 1 to 10,000
    /// @param minResponses from how many on the node's own mean is believed
    public record WeightedResponse(int windowSize, int minResponses) {
        public WeightedResponse {
            Faults faults = new Faults();
            faults.expect(
                    windowSize >= 1 && windowSize <= 10_000,
                    "strategy.weighted-response.window-size",
                    windowSize,
                    "1 to 10000");
            faults.expect(
                    minResponses >= 1 && minResponses <= windowSize,
                    "strategy.weighted-response.min-responses",
                    minResponses,
                    "1 to window-size");
            faults.throwIfAny();
        }
    }

    /// Only the proportion of the weights matters.
    public record ResourceBased(double cpuWeight, double memoryWeight, double ioWeight) {
        public ResourceBased {
            Faults faults = new Faults();
            faults.expectShare("strategy.resource-based.cpu-weight", cpuWeight);
            faults.expectShare("strategy.resource-based.memory-weight", memoryWeight);
            faults.expectShare("strategy.resource-based.io-weight", ioWeight);
            faults.expect(
                    cpuWeight + memoryWeight + ioWeight > 0,
                    "strategy.resource-based",
                    0,
                    "one weight above 0");
            faults.throwIfAny();
        }
    }

    /// `strategy.round-robin.*`.
    ///
    /// @param weightDecay what is left of a node's share after a failure, above 0, at most 1
    /// @param resetInterval how long without a failure until the share is whole again
    public record RoundRobin(double weightDecay, Duration resetInterval) {
        public RoundRobin {
            Faults faults = new Faults();
            faults.expect(
                    weightDecay > 0 && weightDecay <= 1,
                    "strategy.round-robin.weight-decay",
                    weightDecay,
                    "above 0 and at most 1");
            faults.expect(
                    resetInterval.toMillis() >= 1
                            && resetInterval.compareTo(Duration.ofDays(365)) <= 0,
                    "strategy.round-robin.reset-interval",
                    resetInterval.toMillis() + "ms",
                    "1ms to 365d");
            faults.throwIfAny();
        }
    }

    /// `strategy.least-connections.*`.
    ///
    /// @param maxConnections most requests in flight at one node from all replicas
    /// @param connectionTimeout after this an idle connection to a node is closed, and so is none
    ///   of its connections any more; for whoever connects, not used in this module
    public record LeastConnections(int maxConnections, Duration connectionTimeout) {
        public LeastConnections {
            Faults faults = new Faults();
            faults.expect(
                    maxConnections >= 1 && maxConnections <= 100_000,
                    "strategy.least-connections.max-connections",
                    maxConnections,
                    "1 to 100000");
            positive(faults, "strategy.least-connections.connection-timeout", connectionTimeout);
            faults.throwIfAny();
        }
    }

    /// `strategy.consistent-hash.*`; `bound` also holds for services that are sticky by address or
    /// key.
    ///
    /// @param bound how far above the mean load a node may be before its keys spill, 1 to 100
    /// @param virtualNodes points of a node of weight 1, 1 to 1000: weights count in steps of its
    ///   reciprocal
    public record ConsistentHash(double bound, int virtualNodes) {
        public ConsistentHash {
            Faults faults = new Faults();
            faults.expect(
                    bound >= 1 && bound <= 100,
                    "strategy.consistent-hash.bound",
                    bound,
                    "1 to 100");
            faults.expect(
                    virtualNodes >= 1 && virtualNodes <= 1000,
                    "strategy.consistent-hash.virtual-nodes",
                    virtualNodes,
                    "1 to 1000");
            faults.throwIfAny();
        }
    }

    /// A node that reports more than a threshold is used only when no other can serve.
    ///
    /// @param cpuThreshold of foreign load: what our own requests use says only that a node works
    /// @param maxConnections cap on every node's own `maxConnections`
    /// @param limitsConcurrency whether a node gets no more than it serves side by side, as learnt
    public record Resources(
            double cpuThreshold,
            double memoryThreshold,
            double ioThreshold,
            int maxConnections,
            boolean limitsConcurrency) {
        public Resources {
            Faults faults = new Faults();
            faults.expectShare("resources.cpu-threshold", cpuThreshold);
            faults.expectShare("resources.memory-threshold", memoryThreshold);
            faults.expectShare("resources.io-threshold", ioThreshold);
            faults.expect(
                    maxConnections >= 1 && maxConnections <= 1_000_000,
                    "resources.max-connections",
                    maxConnections,
                    "1 to 1000000");
            faults.throwIfAny();
        }
    }

    /// `monitoring.*`.
    ///
    /// @param metricsInterval how often figures are published; not used in this module
    /// @param healthCheckInterval for nodes that do not name their own
    /// @param healthRise passed checks in a row that make an unhealthy node healthy
    /// @param healthFall failed checks in a row that make a healthy node unhealthy
    /// @param reportExpiry age from which on a report counts as absent
    public record Monitoring(
            Duration metricsInterval,
            Duration healthCheckInterval,
            int healthRise,
            int healthFall,
            Duration reportExpiry) {
        public Monitoring {
            Faults faults = new Faults();
            positive(faults, "monitoring.metrics-interval", metricsInterval);
            positive(faults, "monitoring.health-check-interval", healthCheckInterval);
            faults.expect(
                    healthRise >= 1 && healthRise <= 100,
                    "monitoring.health-rise",
                    healthRise,
                    "1 to 100");
            faults.expect(
                    healthFall >= 1 && healthFall <= 100,
                    "monitoring.health-fall",
                    healthFall,
                    "1 to 100");
            positive(faults, "monitoring.report-expiry", reportExpiry);
            faults.throwIfAny();
        }
    }

    private static void positive(Faults faults, String key, Duration value) {
        faults.expect(
                value.compareTo(Duration.ofMillis(1)) >= 0
                        && value.compareTo(Duration.ofDays(1)) <= 0,
                key,
                value.toMillis() + "ms",
                "1ms to 1d");
    }
}
