package io.yardmaster.dispatcher.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.yardmaster.nodes.NodeView;
import io.yardmaster.nodes.Report;
import io.yardmaster.ratelimit.Breakers;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The nodes and their breakers as this replica sees them. Thread-safe.
final class NodeRows {
    private final List<Shown> gauges;
    private final Rows<Breaker> breakers;

    private record Shown(Rows<String> rows, Function<NodeView, @Nullable Double> figure) {}

    private record Breaker(String node, String service) {
        Tags tags() {
            return Tags.of("node", node, "service", service);
        }
    }

    NodeRows(MeterRegistry registry) {
        this.gauges =
                List.of(
                        row(
                                registry,
                                "in.flight",
                                "Requests of this replica at the node",
                                node -> (double) node.inFlight()),
                        row(
                                registry,
                                "up",
                                "1 while the node may serve, 0 while it is unhealthy",
                                node -> node.state() == NodeView.State.UNHEALTHY ? 0.0 : 1.0),
                        reported(
                                registry,
                                "cpu.ratio",
                                "CPU in use, as the node reports it",
                                Report::cpu),
                        reported(
                                registry,
                                "memory.ratio",
                                "Memory in use, as the node reports it",
                                Report::memory),
                        reported(
                                registry,
                                "io.ratio",
                                "IO in use, as the node reports it",
                                Report::io),
                        reported(
                                registry,
                                "pressure.ratio",
                                "Time that tasks wait for CPU, memory or IO, as the node reports it",
                                Report::pressure),
                        reported(
                                registry,
                                "temperature.celsius",
                                "The hottest part, as the node reports it",
                                Report::temperature));
        this.breakers =
                new Rows<>(
                        registry,
                        Rows.Kind.GAUGE,
                        DispatchMetrics.MOST,
                        "yardmaster.breaker.state",
                        "0 closed, 1 half-open, 2 open",
                        Breaker::tags);
    }

    private static Shown row(
            MeterRegistry registry,
            String name,
            String description,
            Function<NodeView, @Nullable Double> figure) {
        return new Shown(
                new Rows<>(
                        registry,
                        Rows.Kind.GAUGE,
                        DispatchMetrics.MOST,
                        "yardmaster.node." + name,
                        description,
                        node -> Tags.of("node", node)),
                figure);
    }

    /// Only the nodes that name the figure get a row: 0 °C would be a claim.
    private static Shown reported(
            MeterRegistry registry,
            String name,
            String description,
            Function<Report, @Nullable Double> figure) {
        return row(
                registry,
                name,
                description,
                node -> {
                    Report report = node.report();
                    return report == null ? null : figure.apply(report);
                });
    }

    /// @return how many nodes and breakers were left out because there are too many
    int show(List<NodeView> nodes, List<Breakers.Entry> entries) {
        int leftOut = 0;
        for (Shown each : gauges) {
            leftOut =
                    Math.max(
                            leftOut,
                            each.rows().show(nodes, node -> node.node().id(), each.figure()));
        }
        // A breaker outlives its node, in case that is registered again.
        Set<String> ids = new HashSet<>();
        nodes.forEach(node -> ids.add(node.node().id()));
        return leftOut
                + breakers.show(
                        entries.stream().filter(entry -> ids.contains(entry.node())).toList(),
                        entry -> new Breaker(entry.node(), entry.service()),
                        entry -> state(entry.state().name()));
    }

    private static double state(String name) {
        return switch (name) {
            case "closed" -> 0;
            case "half-open" -> 1;
            default -> 2;
        };
    }
}
