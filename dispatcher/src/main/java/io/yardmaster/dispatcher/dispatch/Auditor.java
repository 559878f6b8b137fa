package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.dispatcher.metrics.DispatchMetrics;
import io.yardmaster.queue.Audit;
import io.yardmaster.queue.AuditReport;
import io.yardmaster.queue.Repair;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/// Keeps the audit of every shard going, and remembers what its last pass saw. Thread-safe.
public final class Auditor implements AutoCloseable {
    private final List<Audit> audits;
    private final List<Loop> loops = new ArrayList<>();
    private final SortedMap<Integer, AuditReport> last = new ConcurrentSkipListMap<>();

    /// @param audit of the shard of this number, which is to tell the listener
    /// @param configure tells the functions of a shard their configuration
    public Auditor(
            int shards,
            Function<Listening, Audit> audit,
            IntConsumer configure,
            DispatchMetrics metrics) {
        this.audits =
                IntStream.range(0, shards)
                        .mapToObj(shard ->
                                audit.apply(
                                        new Listening(shard, listener(shard, configure, metrics))))
                        .toList();
        for (Repair kind : Repair.values()) {
            metrics.audited(kind, 0);
        }
    }

    /// The ear of one shard's audit.
    public record Listening(int shard, Audit.Listener listener) {}

    private Audit.Listener listener(int shard, IntConsumer configure, DispatchMetrics metrics) {
        return new Audit.Listener() {
            @Override
            public void configurationGone() {
                configure.accept(shard);
            }

            @Override
            public void repaired(Repair kind, long count) {
                metrics.audited(kind, count);
            }

            @Override
            public void passed(AuditReport report) {
                last.put(shard, report);
                metrics.audited(shard, report);
            }
        };
    }

    Auditor start() {
        for (Audit audit : audits) {
            loops.add(new Loop("audit", audit.tickInterval(), audit::tick).start());
        }
        return this;
    }

    /// What the last pass of each shard saw, by its number; a shard that another replica audits has
    /// none.
    public SortedMap<Integer, AuditReport> last() {
        return last;
    }

    /// What the last passes mended, by kind.
    public SortedMap<String, Long> repaired() {
        SortedMap<String, Long> sums = new TreeMap<>();
        last.values()
                .forEach(report ->
                        report.repairs()
                                .forEach((kind, count) ->
                                        sums.merge(kind.text(), count, Long::sum)));
        sums.values().removeIf(count -> count == 0);
        return sums;
    }

    /// Ends the passes under way, each after its current call.
    @Override
    public void close() {
        audits.forEach(Audit::close);
        loops.forEach(Loop::close);
    }
}
