package io.yardmaster.dispatcher.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.yardmaster.dispatcher.dispatch.DispatchListener;
import io.yardmaster.nodes.NodeView;
import io.yardmaster.queue.AuditReport;
import io.yardmaster.queue.Lease;
import io.yardmaster.queue.Priority;
import io.yardmaster.queue.QueueDepth;
import io.yardmaster.queue.QueueName;
import io.yardmaster.queue.Repair;
import io.yardmaster.queue.Settlement;
import io.yardmaster.ratelimit.Breakers;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;

/// Counts what happens on the way, and shows what is. Thread-safe.
///
/// Each metric is described in `docs/reference/metrics.md`. No label's values are without bound:
/// services, nodes and functions are at most [#MOST] each, and those that are gone leave the page.
public final class DispatchMetrics implements DispatchListener {
    /// Label values, or pairs of them, that one metric shows.
    static final int MOST = 1000;

    private static final String OTHER = "other";

    /// From a quick answer to a long job: waits, and how long nodes take.
    private static final Duration[] WORK =
            millis(
                    1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000,
                    300_000);

    /// From a fast network to the longest time-out.
    private static final Duration[] CALL = millis(1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 5000);

    private final MeterRegistry registry;
    private final Counter leasesLost;
    private final Counter fenced;
    private final QueueRows queueRows;
    private final NodeRows nodeRows;
    private final AuditRows auditRows;

    private final Series<Ended, Counter> requests;
    private final Series<QueueName, Timer> waits;
    private final Series<Attempt, Timer> dispatches;
    private final Series<String, Counter> retries;
    private final Series<String, Timer> redis;
    private final Series<String, Counter> repairs;

    /// The registry holds them weakly: a count that is collected stands still for ever.
    private final List<LongSupplier> kept = new CopyOnWriteArrayList<>();

    private volatile int queuesLeftOut;
    private volatile int nodesLeftOut;
    private volatile Set<String> services = Set.of();
    private volatile Set<String> queues = Set.of();

    private record Ended(QueueName queue, String outcome) {}

    private record Attempt(String service, String node, String outcome) {}

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
        this.queueRows = new QueueRows(registry);
        this.nodeRows = new NodeRows(registry);
        this.auditRows = new AuditRows(registry);
        QueueName others = new QueueName(OTHER, Priority.NORMAL);
        this.requests =
                new Series<>(registry, 5 * MOST, new Ended(others, OTHER), this::requestCounter);
        this.waits =
                new Series<>(
                        registry,
                        MOST,
                        others,
                        queue ->
                                timer(
                                        "yardmaster.wait",
                                        "Enqueue to first send",
                                        tags(queue),
                                        WORK));
        this.dispatches =
                new Series<>(registry, MOST, new Attempt(OTHER, OTHER, OTHER), this::dispatchTimer);
        this.retries =
                words("yardmaster.retries", "Attempts that are to be repeated, by why", "cause");
        this.redis =
                new Series<>(
                        registry,
                        MOST,
                        OTHER,
                        function ->
                                timer(
                                        "yardmaster.redis",
                                        "Calls of functions in Redis, failed ones too",
                                        Tags.of("function", function),
                                        CALL));
        this.repairs =
                words(
                        "yardmaster.audit.repairs",
                        "Damage in Redis that was found and mended",
                        "kind");
        Gauge.builder("yardmaster.series.left.out", () -> queuesLeftOut + nodesLeftOut)
                .description("Queues, nodes and breakers that are too many to be shown here")
                .register(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
    }

    private static Duration[] millis(long... bounds) {
        return LongStream.of(bounds).mapToObj(Duration::ofMillis).toArray(Duration[]::new);
    }

    @Override
    public void sending(Lease lease, String node, Duration waited) {
        if (lease.attempt() == 1) {
            waits.of(lease.request().queue()).record(waited.isNegative() ? Duration.ZERO : waited);
        }
    }

    @Override
    public void attempted(Lease lease, String node, String outcome, String cause, Duration took) {
        dispatches.of(new Attempt(lease.request().queue().service(), node, outcome)).record(took);
        if (outcome.equals("retried")) {
            retries.of(cause).increment();
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
        requests.of(new Ended(queue, outcome)).increment();
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
        redis.of(function).record(took);
    }

    /// A count that somebody else keeps: how often a rate limit held something back.
    public void rateLimited(String scope, LongSupplier count) {
        countedElsewhere(
                "yardmaster.rate.limited",
                "Times that a rate limit held something back",
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
        kept.add(count);
        FunctionCounter.builder(name, count, LongSupplier::getAsLong)
                .description(description)
                .tags(tag, value)
                .register(registry);
    }

    /// What does not change while the replica runs, and whether it has its Redis.
    ///
    /// @param mostWaiting requests that may wait in one queue
    public void replica(String version, int mostWaiting, BooleanSupplier redisUp) {
        Gauge.builder("yardmaster.build.info", () -> 1)
                .description("1; the label names the version that runs")
                .tags("version", version)
                .register(registry);
        Gauge.builder("yardmaster.queue.limit", () -> mostWaiting)
                .description("Requests that may wait in one queue")
                .register(registry);
        Gauge.builder("yardmaster.redis.up", () -> redisUp.getAsBoolean() ? 1 : 0)
                .description("1 while Redis answers this replica")
                .register(registry);
    }

    /// Takes over the figures of the queues.
    public void depths(List<QueueDepth> depths) {
        List<QueueDepth> alive = QueueRows.alive(depths, services);
        queuesLeftOut = queueRows.show(alive);
        Set<String> names = new HashSet<>();
        alive.forEach(depth -> names.add(depth.queue().service()));
        queues = names;
    }

    /// Takes over the figures of nodes and breakers, and forgets the nodes and services that have
    /// been gone for a while.
    ///
    /// @param configured services that have settings of their own
    public void nodes(
            List<NodeView> nodes,
            Set<String> configured,
            List<Breakers.Entry> breakers,
            long nowNanos) {
        nodesLeftOut = nodeRows.show(nodes, breakers);
        Set<String> ids = new HashSet<>();
        Set<String> served = new HashSet<>(configured);
        for (NodeView node : nodes) {
            ids.add(node.node().id());
            served.addAll(node.node().services());
        }
        services = Set.copyOf(served);
        Set<String> here = new HashSet<>(served);
        here.addAll(queues);
        requests.retain(ended -> here.contains(ended.queue().service()), nowNanos);
        waits.retain(queue -> here.contains(queue.service()), nowNanos);
        dispatches.retain(
                attempt -> here.contains(attempt.service()) && ids.contains(attempt.node()),
                nowNanos);
    }

    /// Damage that the audit found and mended.
    public void audited(Repair kind, long count) {
        repairs.of(kind.text()).increment((double) count);
    }

    /// Takes over what the last pass over a shard saw.
    public void audited(int shard, AuditReport report) {
        auditRows.passed(shard, report);
    }

    private Counter requestCounter(Ended ended) {
        return Counter.builder("yardmaster.requests")
                .description("Requests that ended at this replica")
                .tags(tags(ended.queue()).and("outcome", ended.outcome()))
                .register(registry);
    }

    private Timer dispatchTimer(Attempt attempt) {
        return timer(
                "yardmaster.dispatch",
                "Send to the end of the answer",
                Tags.of(
                        "service",
                        attempt.service(),
                        "node",
                        attempt.node(),
                        "outcome",
                        attempt.outcome()),
                WORK);
    }

    /// Counters by a word of the program's own.
    private Series<String, Counter> words(String name, String description, String label) {
        return new Series<>(
                registry,
                MOST,
                OTHER,
                word ->
                        Counter.builder(name)
                                .description(description)
                                .tags(label, word)
                                .register(registry));
    }

    private Timer timer(String name, String description, Tags tags, Duration[] bounds) {
        return Timer.builder(name)
                .description(description)
                .tags(tags)
                .serviceLevelObjectives(bounds)
                .register(registry);
    }

    static Tags tags(QueueName queue) {
        return Tags.of("service", queue.service(), "priority", queue.priority().text());
    }
}
