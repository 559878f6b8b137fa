package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.dispatcher.settings.Settings;
import io.yardmaster.nodes.NodesConfig;
import java.time.Duration;
import java.util.Map;

/// Makes the nodes' configuration of the settings, whose values are typed when they are loaded.
final class NodesTuning {
    private NodesTuning() {}

    static NodesConfig of(Settings settings) {
        NodesConfig base = NodesConfig.defaults();
        var values = settings.strategy().values();
        Settings.Monitoring monitoring = settings.monitoring();
        Settings.Resources resources = settings.resources();
        return new NodesConfig(
                settings.strategy().initial(),
                new NodesConfig.WeightedResponse(
                        whole(
                                values,
                                "weighted_response",
                                "window-size",
                                base.weightedResponse().windowSize()),
                        whole(
                                values,
                                "weighted_response",
                                "min-responses",
                                base.weightedResponse().minResponses())),
                new NodesConfig.ResourceBased(
                        real(
                                values,
                                "resource_based",
                                "cpu-weight",
                                base.resourceBased().cpuWeight()),
                        real(
                                values,
                                "resource_based",
                                "memory-weight",
                                base.resourceBased().memoryWeight()),
                        real(
                                values,
                                "resource_based",
                                "io-weight",
                                base.resourceBased().ioWeight())),
                new NodesConfig.RoundRobin(
                        real(
                                values,
                                "round_robin",
                                "weight-decay",
                                base.roundRobin().weightDecay()),
                        duration(
                                values,
                                "round_robin",
                                "reset-interval",
                                base.roundRobin().resetInterval())),
                new NodesConfig.LeastConnections(
                        whole(
                                values,
                                "least_connections",
                                "max-connections",
                                base.leastConnections().maxConnections()),
                        duration(
                                values,
                                "least_connections",
                                "connection-timeout",
                                base.leastConnections().connectionTimeout())),
                new NodesConfig.ConsistentHash(
                        real(values, "consistent_hash", "bound", base.consistentHash().bound()),
                        whole(
                                values,
                                "consistent_hash",
                                "virtual-nodes",
                                base.consistentHash().virtualNodes())),
                new NodesConfig.Resources(
                        resources.cpu(),
                        resources.memory(),
                        resources.io(),
                        resources.maxConnections(),
                        resources.limitConcurrency()),
                new NodesConfig.Monitoring(
                        monitoring.metricsInterval(),
                        monitoring.healthCheckInterval(),
                        monitoring.healthRise(),
                        monitoring.healthFall(),
                        monitoring.reportExpiry()));
    }

    private static int whole(
            Map<String, Map<String, Object>> values, String strategy, String key, int otherwise) {
        return values.getOrDefault(strategy, Map.of()).get(key) instanceof Number number
                ? number.intValue()
                : otherwise;
    }

    private static double real(
            Map<String, Map<String, Object>> values,
            String strategy,
            String key,
            double otherwise) {
        return values.getOrDefault(strategy, Map.of()).get(key) instanceof Number number
                ? number.doubleValue()
                : otherwise;
    }

    private static Duration duration(
            Map<String, Map<String, Object>> values,
            String strategy,
            String key,
            Duration otherwise) {
        return values.getOrDefault(strategy, Map.of()).get(key) instanceof Duration duration
                ? duration
                : otherwise;
    }
}
