package io.yardmaster.nodes;

/// What a node says about itself.
///
/// @param cpu used share of all cores, 0 to 1, by whomever
/// @param memory used share, 0 to 1; 0 when the node does not say
/// @param io share of time the busiest disk was busy, 0 to 1; 0 when the node does not say
/// @param cores number of cores, at most 4096; 0 when the node does not say
/// @param connections requests it is serving now; [#UNKNOWN] when the node does not say
public record Report(double cpu, double memory, double io, int cores, int connections) {
    public static final int UNKNOWN = -1;

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
        faults.throwIfAny();
    }
}
