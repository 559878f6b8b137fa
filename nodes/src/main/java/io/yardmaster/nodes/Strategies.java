package io.yardmaster.nodes;

import io.yardmaster.nodes.strategy.Adaptive;
import io.yardmaster.nodes.strategy.ConsistentHash;
import io.yardmaster.nodes.strategy.Geographic;
import io.yardmaster.nodes.strategy.IpHash;
import io.yardmaster.nodes.strategy.LeastConnections;
import io.yardmaster.nodes.strategy.LeastResponseTime;
import io.yardmaster.nodes.strategy.PowerOfTwo;
import io.yardmaster.nodes.strategy.ResourceBased;
import io.yardmaster.nodes.strategy.RoundRobin;
import io.yardmaster.nodes.strategy.Strategy;
import io.yardmaster.nodes.strategy.WeightedRandom;
import io.yardmaster.nodes.strategy.WeightedResponse;
import io.yardmaster.nodes.strategy.WeightedRoundRobin;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/// The strategies by name: the one place that a new strategy is added to.
public final class Strategies {
    /// In the order in which they are shown to people.
    public static final Set<String> NAMES =
            Collections.unmodifiableSet(
                    new LinkedHashSet<>(
                            List.of(
                                    "adaptive",
                                    "resource_based",
                                    "weighted_response",
                                    "least_response_time",
                                    "least_connections",
                                    "power_of_two",
                                    "round_robin",
                                    "weighted_round_robin",
                                    "random",
                                    "ip_hash",
                                    "consistent_hash",
                                    "geographic")));

    private Strategies() {}

    /// A new strategy with its own state. `name` is one of [#NAMES], which configuration and
    /// service settings have checked.
    public static Strategy create(String name, NodesConfig config, RandomGenerator random) {
        return switch (name) {
            case "adaptive" -> new Adaptive();
            case "weighted_response" ->
                    new WeightedResponse(config.weightedResponse().minResponses());
            case "resource_based" -> {
                var weights = config.resourceBased();
                yield new ResourceBased(
                        weights.cpuWeight(), weights.memoryWeight(), weights.ioWeight());
            }
            case "least_connections" ->
                    new LeastConnections(config.leastConnections().maxConnections());
            case "round_robin" ->
                    new RoundRobin(config.roundRobin().weightDecay(), random.nextLong());
            case "weighted_round_robin" ->
                    new WeightedRoundRobin(config.roundRobin().weightDecay(), random.nextLong());
            case "least_response_time" -> new LeastResponseTime();
            case "power_of_two" -> new PowerOfTwo();
            case "random" -> new WeightedRandom();
            case "ip_hash" -> new IpHash();
            case "consistent_hash" -> consistentHash(config);
            case "geographic" -> new Geographic();
            default ->
                    throw new IllegalArgumentException(
                            "strategy: %s (expected: one of %s)"
                                    .formatted(name, String.join(", ", NAMES)));
        };
    }

    static ConsistentHash consistentHash(NodesConfig config) {
        var settings = config.consistentHash();
        return new ConsistentHash(settings.bound(), settings.virtualNodes());
    }
}
