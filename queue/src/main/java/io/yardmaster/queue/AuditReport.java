package io.yardmaster.queue;

import java.time.Duration;
import java.util.Map;

/// What one pass of the audit saw and mended.
///
/// @param pass number of the pass, counted over all replicas
/// @param took wall time, pauses included
/// @param calls of functions in Redis
/// @param keys looked at, whatever they hold
/// @param tickets seen in lists
/// @param waiting requests seen that wait for a node
/// @param part which part of the tickets was compared with requests: all of them when `parts` is 1
/// @param repairs how many of each [Repair]; those without any are left out
/// @param complete false when more requests had lost their ticket than one pass mends; the next one
///   goes on
public record AuditReport(
        long pass,
        Duration took,
        long calls,
        long keys,
        long tickets,
        long waiting,
        int part,
        int parts,
        Map<Repair, Long> repairs,
        boolean complete) {
    public AuditReport {
        repairs = Map.copyOf(repairs);
    }

    /// All that was mended in this pass; 0 in a shard that nobody else wrote to.
    public long repaired() {
        return repairs.values().stream().mapToLong(Long::longValue).sum();
    }
}
