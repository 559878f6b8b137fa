package io.yardmaster.dispatcher.agent;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a machine reports, as the report of `POST /v1/nodes/{id}/report` wants it.
///
/// @param cpu used share, 0 to 1: of the whole machine, or of the container's limit when that is
///   nearer
/// @param memory used share, 0 to 1
/// @param io share of the time that the busiest disk was busy, 0 to 1
/// @param cores CPUs that may be used
/// @param pressure 0 to 1; null when the system does not say
/// @param temperature in °C; null when the system does not say
public record Figures(
        double cpu,
        double memory,
        double io,
        int cores,
        @Nullable Double pressure,
        @Nullable Double temperature) {

    /// What became of the machine between two readings.
    public static Figures between(Reading before, Reading now) {
        double seconds = Math.max(1e-3, (now.at() - before.at()) / 1e9);
        double total = now.cpuTotal() - before.cpuTotal();
        double cpu = total <= 0 ? 0 : (now.cpuBusy() - before.cpuBusy()) / total;
        Reading.Quota quota = now.quota();
        Reading.Quota then = before.quota();
        int cores = now.cores();
        if (quota != null && quota.cpus() < cores) {
            cores = (int) Math.max(1, Math.round(quota.cpus()));
            if (then != null) {
                // what others take from the machine is missing here as well: the greater counts
                double used = (quota.usedMicros() - then.usedMicros()) / 1e6 / seconds;
                cpu = Math.max(cpu, used / quota.cpus());
            }
        }
        double io = 0;
        for (Map.Entry<String, Long> disk : now.diskBusyMs().entrySet()) {
            Long earlier = before.diskBusyMs().get(disk.getKey());
            if (earlier != null) {
                io = Math.max(io, (disk.getValue() - earlier) / 1e3 / seconds);
            }
        }
        Double pressure = now.pressure();
        return new Figures(
                share(cpu),
                share(now.memory()),
                share(io),
                cores,
                pressure == null ? null : share(pressure),
                now.temperature());
    }

    /// Three decimals: more would be noise.
    private static double share(double value) {
        return Math.round(Math.clamp(value, 0.0, 1.0) * 1000) / 1000.0;
    }
}
