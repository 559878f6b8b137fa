package io.yardmaster.dispatcher.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.yardmaster.dispatcher.dispatch.DispatchListener;
import io.yardmaster.nodes.NodeView;
import io.yardmaster.nodes.Report;
import io.yardmaster.queue.AuditReport;
import io.yardmaster.queue.Lease;
import io.yardmaster.queue.QueueDepth;
import io.yardmaster.queue.QueueName;
import io.yardmaster.queue.Repair;
import io.yardmaster.queue.Settlement;
import io.yardmaster.ratelimit.Breakers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Counts what happens on the way. Thread-safe.
public final class DispatchMetrics implements DispatchListener {
    private static final Duration[] BUCKETS = {
        Duration.ofMillis(1),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2500),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        Duration.ofMinutes(1),
        Duration.ofMinutes(5)
    };

    private final MeterRegistry registry;
    private final Counter leasesLost;
    private final Counter fenced;
    private final Gauges gauges;

    /// The registry holds them weakly: a counter whose count is collected stands still for ever.
    private final List<LongSupplier> counts = new CopyOnWriteArrayList<>();

    // Looking a meter up by its tags costs more than counting; there are few of each.
    private final Map<List<String>, Counter> requests = new ConcurrentHashMap<>();
    private final Map<QueueName, Timer> waits = new ConcurrentHashMap<>();
    private final Map<List<String>, Timer> dispatches = new ConcurrentHashMap<>();
    private final Map<String, Counter> retries = new ConcurrentHashMap<>();
    private final Map<String, Timer> redis = new ConcurrentHashMap<>();
    private final Map<Repair, Counter> auditRepairs = new ConcurrentHashMap<>();
    private final Map<Integer, AuditReport> audited = new ConcurrentHashMap<>();

    private record Gauges(
            MultiGauge depth,
            MultiGauge oldest,
            MultiGauge inFlight,
            MultiGauge cpu,
            MultiGauge memory,
            MultiGauge io,
            MultiGauge pressure,
            MultiGauge temperature,
            MultiGauge up,
            MultiGauge breaker,
            MultiGauge auditSeconds,
            MultiGauge auditKeys,
            MultiGauge auditRepaired) {}

    public DispatchMetrics(MeterRegistry registry) {
        this.registry = registry;
        this.leasesLost =
                Counter.builder("yardmaster.leases.lost")
                        .description("Leases that ended without a word of their replica")
                        .register(registry);
        this.fenced =
                Counter.builder("yardmaster.fenced")
                        .description("Settlements that came after their lease was lost")
                        .register(registry);
        this.gauges =
                new Gauges(
                        gauge("yardmaster.queue.depth", "Requests that wait"),
                        gauge(
                                "yardmaster.queue.oldest.seconds",
                                "Age of the oldest waiting request"),
                        gauge("yardmaster.node.in.flight", "Requests of this replica at the node"),
                        gauge("yardmaster.node.cpu.ratio", "CPU in use, as the node reports it"),
                        gauge(
                                "yardmaster.node.memory.ratio",
                                "Memory in use, as the node reports it"),
                        gauge("yardmaster.node.io.ratio", "IO in use, as the node reports it"),
                        gauge(
                                "yardmaster.node.pressure.ratio",
                                "Time that tasks wait for CPU, memory or IO, as the node reports it"),
                        gauge(
                                "yardmaster.node.temperature.celsius",
                                "The hottest part, as the node reports it"),
                        gauge("yardmaster.node.up", "1 while the node may serve"),
                        gauge("yardmaster.breaker.state", "0 closed, 1 half-open, 2 open"),
                        gauge(
                                "yardmaster.audit.pass.seconds",
                                "How long this replica's last pass of the audit took"),
                        gauge("yardmaster.audit.keys", "Keys that the last pass looked at"),
                        gauge("yardmaster.audit.repaired", "What the last pass mended"));
    }

    private MultiGauge gauge(String name, String description) {
        return MultiGauge.builder(name).description(description).register(registry);
    }

    @Override
    public void sending(Lease lease, String node, Duration waited) {
        if (lease.attempt() == 1) {
            waits.computeIfAbsent(lease.request().queue(), this::waitTimer)
                    .record(waited.isNegative() ? Duration.ZERO : waited);
        }
    }

    private Timer waitTimer(QueueName queue) {
        return timer("yardmaster.wait", "Enqueue to first send", tags(queue));
    }

    @Override
    public void attempted(Lease lease, String node, String outcome, String cause, Duration took) {
        String service = lease.request().queue().service();
        dispatches
                .computeIfAbsent(
                        List.of(service, node, outcome),
                        _ ->
                                timer(
                                        "yardmaster.dispatch",
                                        "Send to the end of the answer",
                                        Tags.of(
                                                "service", service, "node", node, "outcome",
                                                outcome)))
                .record(took);
        if (outcome.equals("retried")) {
            retries.computeIfAbsent(
                            cause, word -> counter("yardmaster.retries", Tags.of("cause", word)))
                    .increment();
        }
    }

    @Override
    public void settled(Lease lease, Settlement settlement, Settlement.Answer answer) {
        switch (answer) {
            case FENCED -> fenced.increment();
            case OK -> {
                switch (settlement) {
                    case Settlement.Succeeded _ -> ended(lease.request().queue(), "succeeded");
                    case Settlement.Dead _ -> ended(lease.request().queue(), "dead");
                    case Settlement.Retry _, Settlement.Defer _, Settlement.Release _ -> {}
                }
            }
            case GONE -> ended(lease.request().queue(), "cancelled");
            case CORRUPT -> ended(lease.request().queue(), "corrupt");
        }
    }

    private void ended(QueueName queue, String outcome) {
        requests.computeIfAbsent(
                        List.of(queue.service(), queue.priority().text(), outcome),
                        _ -> counter("yardmaster.requests", tags(queue).and("outcome", outcome)))
                .increment();
    }

    @Override
    public void leasesLost(int count) {
        leasesLost.increment(count);
    }

    @Override
    public void abandoned(Lease lease, Throwable cause) {
        ended(lease.request().queue(), "abandoned");
    }

    /// How long a function in Redis took, as this replica saw it.
    public void redisCalled(String function, Duration took) {
        redis.computeIfAbsent(
                        function,
                        name ->
                                timer(
                                        "yardmaster.redis",
                                        "Calls of functions in Redis",
                                        Tags.of("function", name)))
                .record(took);
    }

    /// A count that somebody else keeps: refusals by a rate limit.
    public void rateLimited(String scope, LongSupplier count) {
        countedElsewhere(
                "yardmaster.rate.limited",
                "Requests that a rate limit put off",
                "scope",
                scope,
                count);
    }

    /// A count that somebody else keeps: figures of nodes that could not be had or read.
    public void unreadable(String source, LongSupplier count) {
        countedElsewhere(
                "yardmaster.node.figures.unreadable",
                "Figures of nodes that could not be had or read",
                "source",
                source,
                count);
    }

    private void countedElsewhere(
            String name, String description, String tag, String value, LongSupplier count) {
        counts.add(count);
        FunctionCounter.builder(name, count, LongSupplier::getAsLong)
                .description(description)
                .tags(tag, value)
                .register(registry);
    }

    /// Takes over the figures of the queues.
    public void depths(List<QueueDepth> depths) {
        rows(gauges.depth(), depths, depth -> tags(depth.queue()), QueueDepth::depth);
        rows(
                gauges.oldest(),
                depths,
                depth -> tags(depth.queue()),
                depth -> depth.oldestMs() / 1000.0);
    }

    /// Takes over the figures of nodes and breakers.
    public void nodes(List<NodeView> nodes, List<Breakers.Entry> breakers) {
        rows(gauges.inFlight(), nodes, DispatchMetrics::tags, NodeView::inFlight);
        rows(
                gauges.up(),
                nodes,
                DispatchMetrics::tags,
                node -> node.state() == NodeView.State.UNHEALTHY ? 0 : 1);
        List<NodeView> reporting = nodes.stream().filter(node -> node.report() != null).toList();
        rows(gauges.cpu(), reporting, DispatchMetrics::tags, node -> report(node, Report::cpu));
        rows(
                gauges.memory(),
                reporting,
                DispatchMetrics::tags,
                node -> report(node, Report::memory));
        rows(gauges.io(), reporting, DispatchMetrics::tags, node -> report(node, Report::io));
        optional(gauges.pressure(), reporting, Report::pressure);
        optional(gauges.temperature(), reporting, Report::temperature);
        rows(
                gauges.breaker(),
                breakers,
                entry -> Tags.of("node", entry.node(), "service", entry.service()),
                entry ->
                        switch (entry.state().name()) {
                            case "closed" -> 0;
                            case "half-open" -> 1;
                            default -> 2;
                        });
    }

    private static double report(NodeView node, Function<Report, Double> figure) {
        Report report = node.report();
        return report == null ? 0 : figure.apply(report);
    }

    /// Only the nodes that name the figure get a row: 0 °C would be a claim.
    private static void optional(
            MultiGauge gauge, List<NodeView> nodes, Function<Report, @Nullable Double> figure) {
        gauge.register(
                nodes.stream()
                        .<MultiGauge.Row<?>>mapMulti((node, rows) -> {
                            Report report = node.report();
                            Double value = report == null ? null : figure.apply(report);
                            if (value != null) {
                                rows.accept(MultiGauge.Row.of(tags(node), value));
                            }
                        })
                        .toList(),
                true);
    }

    private static <T> void rows(
            MultiGauge gauge, List<T> things, Function<T, Tags> tags, Function<T, Number> value) {
        gauge.register(
                things.stream()
                        .<MultiGauge.Row<?>>map(
                                thing -> MultiGauge.Row.of(tags.apply(thing), value.apply(thing)))
                        .toList(),
                true);
    }

    /// Damage that the audit found and mended.
    public void audited(Repair kind, long count) {
        auditRepairs
                .computeIfAbsent(
                        kind,
                        each ->
                                Counter.builder("yardmaster.audit.repairs")
                                        .description("Damage in Redis that was found and mended")
                                        .tags("kind", each.text())
                                        .register(registry))
                .increment((double) count);
    }

    /// Takes over what the last pass over a shard saw.
    public void audited(int shard, AuditReport report) {
        audited.put(shard, report);
        List<Map.Entry<Integer, AuditReport>> rows = List.copyOf(audited.entrySet());
        Function<Map.Entry<Integer, AuditReport>, Tags> tags =
                row -> Tags.of("shard", row.getKey().toString());
        rows(gauges.auditSeconds(), rows, tags, row -> row.getValue().took().toMillis() / 1000.0);
        rows(gauges.auditKeys(), rows, tags, row -> row.getValue().keys());
        rows(gauges.auditRepaired(), rows, tags, row -> row.getValue().repaired());
    }

    private Counter counter(String name, Tags tags) {
        return Counter.builder(name).tags(tags).register(registry);
    }

    private Timer timer(String name, String description, Tags tags) {
        return Timer.builder(name)
                .description(description)
                .tags(tags)
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }

    private static Tags tags(QueueName queue) {
        return Tags.of("service", queue.service(), "priority", queue.priority().text());
    }

    private static Tags tags(NodeView node) {
        return Tags.of("node", node.node().id());
    }
}
