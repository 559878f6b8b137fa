package io.yardmaster.dispatcher.doctor;

import io.yardmaster.nodes.NodeView;
import java.util.List;
import java.util.stream.Collectors;

/// Whether there is somebody to do the work.
final class NodeChecks {
    private final Installation at;

    NodeChecks(Installation at) {
        this.at = at;
    }

    List<Check> list() {
        return List.of(
                Check.here("nodes", "requests wait until a node can serve them", this::health),
                Check.here(
                        "reports",
                        "without reports a node's load by others is not seen, and resource_based is"
                                + " blind",
                        this::reports));
    }

    private Verdict health() {
        List<NodeView> nodes = at.nodes().view();
        if (nodes.isEmpty()) {
            return new Verdict.Warn(
                    "none is registered", "yardmaster nodes add ID http://host:port");
        }
        List<NodeView> sick =
                nodes.stream().filter(node -> node.state() == NodeView.State.UNHEALTHY).toList();
        String found = nodes.size() - sick.size() + " of " + nodes.size() + " can serve";
        String fix = "yardmaster nodes list; look at that machine; yardmaster nodes remove ID";
        if (sick.isEmpty()) {
            return new Verdict.Ok(found);
        }
        String all = found + ", unhealthy: " + names(sick);
        return sick.size() == nodes.size()
                ? new Verdict.Fail(all, fix)
                : new Verdict.Warn(all, fix);
    }

    /// Reports are a choice; but when some nodes report, or the strategy lives on them, one that
    /// does not is an oversight.
    private Verdict reports() {
        List<NodeView> nodes = at.nodes().view();
        List<NodeView> silent = nodes.stream().filter(node -> node.report() == null).toList();
        boolean wanted =
                nodes.stream()
                        .flatMap(node -> node.node().services().stream())
                        .anyMatch(service -> at.nodes().strategy(service).equals("resource_based"));
        String found = nodes.size() - silent.size() + " of " + nodes.size() + " nodes report";
        boolean oversight = !silent.isEmpty() && (wanted || silent.size() < nodes.size());
        return oversight
                ? new Verdict.Warn(
                        found + ", never: " + names(silent),
                        "run yardmaster agent (or scripts/node-agent.sh) on it")
                : new Verdict.Ok(found);
    }

    private static String names(List<NodeView> nodes) {
        return nodes.stream()
                .map(node -> node.node().id())
                .limit(10)
                .collect(Collectors.joining(", "));
    }
}
