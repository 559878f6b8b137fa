package io.yardmaster.nodes;

import org.jspecify.annotations.Nullable;

/// What a node says about itself.
///
/// Pressure and temperature are shown and published as metrics. No strategy counts them: pressure
/// says again what CPU, memory and IO say, and what a temperature means differs between machines; a
/// throttled node is told by its speed, which is learnt.
///
/// @param cpu used share of all cores, 0 to 1, by whomever
/// @param memory used share, 0 to 1; 0 when the node does not say
/// @param io share of time the busiest disk was busy, 0 to 1; 0 when the node does not say
/// @param cores number of cores, at most 4096; 0 when the node does not say
/// @param connections requests it is serving now; [#UNKNOWN] when the node does not say
/// @param pressure share of time that some task waited for the scarcest of CPU, memory and IO, 0 to
///   1 (the kernel's "some avg10"); null when the node does not say
/// @param temperature of the hottest part in °C, -50 to 150; null when the node does not say
public record Report(
        double cpu,
        double memory,
        double io,
        int cores,
        int connections,
        @Nullable Double pressure,
        @Nullable Double temperature) {
    public static final int UNKNOWN = -1;
    static final double COLDEST = -50;
    static final double HOTTEST = 150;

    public Report {
        Faults faults = new Faults();
        faults.expectShare("cpu", cpu);
        faults.expectShare("memory", memory);
        faults.expectShare("io", io);
        faults.expect(cores >= 0 && cores <= 4096, "cores", cores, "1 to 4096");
        faults.expect(
                connections >= UNKNOWN && connections <= 10_000_000,
                "connections",
                connections,
                "0 to 10000000");
        if (pressure != null) {
            faults.expectShare("pressure", pressure);
        }
        if (temperature != null) {
            faults.expect(
                    temperature >= COLDEST && temperature <= HOTTEST,
                    "temperature",
                    temperature,
                    "-50 to 150");
        }
        faults.throwIfAny();
    }

    /// A node that says nothing of pressure and temperature.
    public Report(double cpu, double memory, double io, int cores, int connections) {
        this(cpu, memory, io, cores, connections, null, null);
    }
}
