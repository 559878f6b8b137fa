package io.yardmaster.nodes;

import io.yardmaster.nodes.strategy.Adaptive;
import io.yardmaster.nodes.strategy.LeastConnections;
import io.yardmaster.nodes.strategy.ResourceBased;
import io.yardmaster.nodes.strategy.RoundRobin;
import io.yardmaster.nodes.strategy.Strategy;
import io.yardmaster.nodes.strategy.WeightedResponse;
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
                                    "weighted_response",
                                    "resource_based",
                                    "least_connections",
                                    "round_robin")));

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
            default ->
                    throw new IllegalArgumentException(
                            "strategy: %s (expected: one of %s)"
                                    .formatted(name, String.join(", ", NAMES)));
        };
    }
}
