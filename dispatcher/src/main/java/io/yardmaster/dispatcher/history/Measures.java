package io.yardmaster.dispatcher.history;

import io.yardmaster.nodes.NodeView;
import io.yardmaster.nodes.Report;
import io.yardmaster.queue.Priority;
import io.yardmaster.queue.QueueDepth;
import io.yardmaster.queue.QueueName;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// All that is measured at the end of a step, as values of series. What is of everybody comes
/// first, then the queues, the busiest first, then the nodes: should there be too many series, the
/// least used are left out.
///
/// @param flows of the step
record Measures(List<QueueDepth> depths, Map<QueueName, Flow> flows, FleetView fleet) {
    private static final double SECONDS = Flows.STEP_MS / 1000.0;

    Map<String, Double> values(Optional<WaitTimes> waits) {
        Map<String, Double> values = new LinkedHashMap<>();
        rates("", flows.values().stream().reduce(Flow.NONE, Flow::plus), values);
        for (Priority priority : Priority.values()) {
            values.put(
                    "depth." + priority.text(),
                    (double)
                            depths.stream()
                                    .filter(depth -> depth.queue().priority() == priority)
                                    .mapToLong(QueueDepth::depth)
                                    .sum());
        }
        values.put(
                "oldestMs",
                (double) depths.stream().mapToLong(QueueDepth::oldestMs).max().orElse(0));
        long inFlight = depths.stream().mapToLong(QueueDepth::inFlight).sum();
        values.put("inFlight", (double) inFlight);
        values.put("slots.busy", (double) inFlight);
        values.put("slots.total", (double) fleet.slots());
        values.put(
                "nodes.up",
                (double)
                        fleet.nodes().stream()
                                .filter(view -> view.state() != NodeView.State.UNHEALTHY)
                                .count());
        waits.ifPresent(times -> {
            values.put("wait.p50", (double) times.p50());
            values.put("wait.p95", (double) times.p95());
            values.put("wait.p99", (double) times.p99());
        });
        depths.stream()
                .sorted(Comparator.comparingDouble(this::use).reversed())
                .forEach(depth -> queue(depth, values));
        fleet.nodes().forEach(view -> node(view, values));
        return values;
    }

    private double use(QueueDepth depth) {
        Flow flow = flows.getOrDefault(depth.queue(), Flow.NONE);
        return flow.enqueued() + flow.left() + depth.depth() + depth.inFlight();
    }

    private static void rates(String suffix, Flow flow, Map<String, Double> values) {
        values.put("rate.enqueued" + suffix, flow.enqueued() / SECONDS);
        values.put("rate.succeeded" + suffix, flow.succeeded() / SECONDS);
        values.put("rate.failed" + suffix, flow.failed() / SECONDS);
        values.put("rate.retried" + suffix, flow.retried() / SECONDS);
    }

    static String suffix(QueueName queue) {
        return ":" + queue.service() + "/" + queue.priority().text();
    }

    private void queue(QueueDepth depth, Map<String, Double> values) {
        String suffix = suffix(depth.queue());
        rates(suffix, flows.getOrDefault(depth.queue(), Flow.NONE), values);
        values.put("depth" + suffix, (double) depth.depth());
        values.put("oldestMs" + suffix, (double) depth.oldestMs());
    }

    private void node(NodeView view, Map<String, Double> values) {
        String prefix = "node." + view.node().id() + ".";
        Report report = view.report();
        Duration age = view.reportAge();
        if (report != null && age != null && age.compareTo(fleet.reportExpiry()) <= 0) {
            values.put(prefix + "cpu", report.cpu());
            values.put(prefix + "memory", report.memory());
            values.put(prefix + "io", report.io());
        }
        values.put(
                prefix + "inFlight", (double) fleet.inFlight().getOrDefault(view.node().id(), 0));
        values.put(prefix + "latencyMs", view.latencyMs());
        values.put(prefix + "errorRate", view.errorRate());
    }
}
