package io.yardmaster.dispatcher.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.yardmaster.queue.AuditReport;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToDoubleFunction;

/// What the last pass of the audit saw in each shard that this replica audited. Thread-safe.
final class AuditRows {
    /// More shards than anybody runs.
    private static final int MOST_SHARDS = 1000;

    private final List<Shown> gauges;
    private final Map<Integer, AuditReport> last = new ConcurrentHashMap<>();

    private record Shown(Rows<Integer> rows, ToDoubleFunction<AuditReport> figure) {}

    AuditRows(MeterRegistry registry) {
        this.gauges =
                List.of(
                        row(
                                registry,
                                "pass.seconds",
                                "How long this replica's last pass of the audit took",
                                report -> report.took().toMillis() / 1000.0),
                        row(
                                registry,
                                "keys",
                                "Keys that the last pass looked at",
                                AuditReport::keys),
                        row(
                                registry,
                                "repaired",
                                "What the last pass mended",
                                AuditReport::repaired));
    }

    private static Shown row(
            MeterRegistry registry,
            String name,
            String description,
            ToDoubleFunction<AuditReport> figure) {
        return new Shown(
                new Rows<>(
                        registry,
                        Rows.Kind.GAUGE,
                        MOST_SHARDS,
                        "yardmaster.audit." + name,
                        description,
                        shard -> Tags.of("shard", shard.toString())),
                figure);
    }

    void passed(int shard, AuditReport report) {
        last.put(shard, report);
        List<Map.Entry<Integer, AuditReport>> all = List.copyOf(last.entrySet());
        for (Shown each : gauges) {
            each.rows()
                    .show(
                            all,
                            Map.Entry::getKey,
                            row -> each.figure().applyAsDouble(row.getValue()));
        }
    }
}
