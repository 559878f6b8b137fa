package io.yardmaster.dispatcher.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.yardmaster.queue.QueueDepth;
import io.yardmaster.queue.QueueName;
import java.util.List;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/// What Redis says of the queues. All replicas show the same figures. Thread-safe.
final class QueueRows {
    private static final String DEFAULT_SERVICE = "default";

    private final List<Shown> gauges;
    private final Rows<Ended> settled;

    private record Shown(Rows<QueueName> rows, ToDoubleFunction<QueueDepth> figure) {}

    /// @param outcome `succeeded`, `dead`, `cancelled` or `expired`
    private record Ended(QueueName queue, String outcome) {
        Tags tags() {
            return DispatchMetrics.tags(queue).and("outcome", outcome);
        }
    }

    private record Count(Ended of, long count) {}

    QueueRows(MeterRegistry registry) {
        Rows.Kind gauge = Rows.Kind.GAUGE;
        this.gauges =
                List.of(
                        row(registry, gauge, "depth", "Requests that wait", QueueDepth::depth),
                        row(
                                registry,
                                gauge,
                                "oldest.seconds",
                                "Age of the oldest waiting request, 0 when none waits",
                                depth -> depth.oldestMs() / 1000.0),
                        row(
                                registry,
                                gauge,
                                "in.flight",
                                "Requests that replicas hold a lease for",
                                QueueDepth::inFlight),
                        row(
                                registry,
                                gauge,
                                "scheduled",
                                "Requests that wait for their time: delays and retries",
                                QueueDepth::scheduled),
                        row(
                                registry,
                                gauge,
                                "dead",
                                "Requests that were given up and are kept",
                                QueueDepth::dead),
                        row(
                                registry,
                                gauge,
                                "paused",
                                "1 while an operator has paused the queue",
                                depth -> depth.paused() ? 1 : 0),
                        row(
                                registry,
                                Rows.Kind.COUNTER,
                                "enqueued",
                                "Requests that were accepted since the queue was first used",
                                QueueDepth::enqueued),
                        row(
                                registry,
                                Rows.Kind.COUNTER,
                                "retried",
                                "Attempts that were to be repeated",
                                QueueDepth::retried));
        this.settled =
                new Rows<>(
                        registry,
                        Rows.Kind.COUNTER,
                        4 * DispatchMetrics.MOST,
                        "yardmaster.queue.settled",
                        "Requests that ended since the queue was first used, however they did",
                        Ended::tags);
    }

    private static Shown row(
            MeterRegistry registry,
            Rows.Kind kind,
            String name,
            String description,
            ToDoubleFunction<QueueDepth> figure) {
        return new Shown(
                new Rows<>(
                        registry,
                        kind,
                        DispatchMetrics.MOST,
                        "yardmaster.queue." + name,
                        description,
                        DispatchMetrics::tags),
                figure);
    }

    /// Redis never forgets a queue's name. One is shown while its service is known, or it holds
    /// anything.
    static List<QueueDepth> alive(List<QueueDepth> depths, Set<String> services) {
        return depths.stream()
                .filter(depth ->
                        services.contains(depth.queue().service())
                                || depth.queue().service().equals(DEFAULT_SERVICE)
                                || depth.paused()
                                || depth.depth()
                                                + depth.inFlight()
                                                + depth.scheduled()
                                                + depth.dead()
                                        > 0)
                .toList();
    }

    /// @return how many queues were left out because there are too many
    int show(List<QueueDepth> depths) {
        int leftOut = 0;
        for (Shown each : gauges) {
            leftOut = each.rows().show(depths, QueueDepth::queue, each.figure()::applyAsDouble);
        }
        settled.show(
                depths.stream().flatMap(QueueRows::counts).toList(),
                Count::of,
                count -> (double) count.count());
        return leftOut;
    }

    private static Stream<Count> counts(QueueDepth depth) {
        QueueName queue = depth.queue();
        return Stream.of(
                new Count(new Ended(queue, "succeeded"), depth.succeeded()),
                new Count(new Ended(queue, "dead"), depth.failed()),
                new Count(new Ended(queue, "cancelled"), depth.cancelled()),
                new Count(new Ended(queue, "expired"), depth.expired()));
    }
}
