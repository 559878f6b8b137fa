package io.yardmaster.dispatcher.agent;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How a machine's counters stand at one moment.
///
/// @param at the moment, in nanoseconds of a monotonic clock
/// @param cpuBusy time that CPUs were busy since boot, in any unit
/// @param cpuTotal time that CPUs existed since boot, in the same unit
/// @param cores CPUs that may be used, at least 1
/// @param quota the container's limit; null without one
/// @param memory used share, 0 to 1
/// @param diskBusyMs milliseconds that each disk was busy since boot
/// @param pressure of the scarcest resource, 0 to 1; null when the system does not say
/// @param temperature of the hottest part in °C; null when the system does not say
public record Reading(
        long at,
        double cpuBusy,
        double cpuTotal,
        int cores,
        @Nullable Quota quota,
        double memory,
        Map<String, Long> diskBusyMs,
        @Nullable Double pressure,
        @Nullable Double temperature) {

    /// How much CPU a container may use, and has used.
    ///
    /// @param cpus above 0, fractions too
    /// @param usedMicros CPU time since the container began
    public record Quota(double cpus, long usedMicros) {}
}
