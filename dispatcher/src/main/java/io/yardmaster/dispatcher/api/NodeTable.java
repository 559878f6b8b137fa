package io.yardmaster.dispatcher.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.yardmaster.nodes.ChoiceRequest;
import io.yardmaster.nodes.Explanation;
import io.yardmaster.nodes.Node;
import io.yardmaster.nodes.NodeJson;
import io.yardmaster.nodes.NodeView;
import io.yardmaster.nodes.Nodes;
import io.yardmaster.nodes.Report;
import io.yardmaster.ratelimit.BreakerState;
import io.yardmaster.ratelimit.Breakers;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Nodes as `GET /v1/nodes` shows them: as registered, and as this replica sees them. Thread-safe.
@Singleton
final class NodeTable {
    private final Nodes nodes;
    private final Breakers breakers;

    NodeTable(Nodes nodes, Breakers breakers) {
        this.nodes = nodes;
        this.breakers = breakers;
    }

    List<ObjectNode> rows() {
        List<Breakers.Entry> all = breakers.list();
        return nodes.view().stream().map(view -> row(view, all)).toList();
    }

    /// One node, and how it stands now for a request of each of its services that any node may
    /// serve.
    Optional<ObjectNode> row(String id) {
        return nodes.view(id)
                .map(view -> {
                    ObjectNode row = row(view, breakers.list());
                    ArrayNode choice = row.putArray("choice");
                    for (String service : view.node().services()) {
                        nodes.explain(service, ChoiceRequest.ANY).stream()
                                .filter(each -> each.node().equals(id))
                                .forEach(each -> choice.add(standing(service, each)));
                    }
                    return row;
                });
    }

    private ObjectNode standing(String service, Explanation explanation) {
        ObjectNode standing =
                Answers.object()
                        .put("service", service)
                        .put("strategy", nodes.strategy(service))
                        .put("candidate", explanation.candidate())
                        .put("why", explanation.why());
        ObjectNode terms = standing.putObject("terms");
        explanation
                .terms()
                .forEach((name, value) -> {
                    if (Double.isFinite(value)) {
                        terms.put(name, value);
                    }
                });
        return standing;
    }

    /// A node that was put just now, and that this replica does not see: somebody else removed it
    /// already, or the registry could not be read again.
    ObjectNode unseen(Node node) {
        NodeView.State state = node.draining() ? NodeView.State.DRAINING : NodeView.State.UNKNOWN;
        return row(
                new NodeView(node, state, null, null, 0, 0, 0, 0, 0, 0, node.maxConnections()),
                List.of());
    }

    private static ObjectNode row(NodeView view, List<Breakers.Entry> all) {
        List<Breakers.Entry> own =
                all.stream().filter(entry -> entry.node().equals(view.node().id())).toList();
        ObjectNode row = Answers.object().put("id", view.node().id());
        row.setAll(NodeJson.tree(view.node()));
        if (view.node().region() == null) {
            row.putNull("region");
        }
        row.put("state", state(view, own))
                .put("inFlight", view.inFlight())
                .put("limit", view.limit())
                .put("latencyMs", view.latencyMs())
                .put("errorRate", view.errorRate())
                .put("healthScore", view.healthScore())
                .put("served", view.served())
                .put("failed", view.failed());
        row.set("breakers", tripped(own));
        report(row, view);
        return row;
    }

    /// Draining and unhealthy outrank breakers, which outrank healthy and unknown.
    private static String state(NodeView view, List<Breakers.Entry> breakers) {
        return switch (view.state()) {
            case DRAINING, UNHEALTHY -> lower(view.state());
            case HEALTHY, UNKNOWN -> {
                boolean open = has(breakers, BreakerState.Open.class);
                boolean halfOpen = has(breakers, BreakerState.HalfOpen.class);
                yield open ? "open" : halfOpen ? "half-open" : lower(view.state());
            }
        };
    }

    private static boolean has(List<Breakers.Entry> breakers, Class<? extends BreakerState> state) {
        return breakers.stream().anyMatch(entry -> state.isInstance(entry.state()));
    }

    private static ArrayNode tripped(List<Breakers.Entry> breakers) {
        ArrayNode array = Answers.object().arrayNode();
        for (Breakers.Entry entry : breakers) {
            if (!(entry.state() instanceof BreakerState.Closed)) {
                array.addObject()
                        .put("service", entry.service())
                        .put("state", entry.state().name());
            }
        }
        return array;
    }

    private static void report(ObjectNode row, NodeView view) {
        Report report = view.report();
        Duration age = view.reportAge();
        if (report == null || age == null) {
            row.putNull("report");
        } else {
            row.set("report", NodeJson.tree(report).put("ageMs", age.toMillis()));
        }
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
