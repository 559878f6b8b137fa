package io.yardmaster.nodes;

import org.jspecify.annotations.Nullable;

/// What is believed of a node's load and size: its own reports, smoothed, while they are fresh, and
/// the median of its peers' otherwise. Never zero for silence: a silent node would look idle. Not
/// thread-safe.
final class Load {
    private static final double ALPHA = 0.3;

    /// Part of a core that foreign work never takes away.
    private static final double LEAST_FREE = 0.05;

    /// Arrivals are computed from ages in whole ms, so one report's arrival wavers a little.
    private static final long SAME_REPORT = 50_000_000L;

    private @Nullable Report report;
    private long reportedAt;
    private double ownCpu;
    private double ownMemory;
    private double ownIo;
    private double ownForeign;

    private boolean fresh;
    private double cpu;
    private double memory;
    private double io;
    private double foreign;
    private double cores = 1;

    /// Takes in the report that the registry shows now. `arrivedAt` is its arrival in this
    /// replica's nanoseconds; `ourInFlight` estimates the requests of all replicas there.
    void reported(Report newReport, long arrivedAt, double ourInFlight) {
        if (arrivedAt - reportedAt < SAME_REPORT && newReport.equals(report)) {
            return;
        }
        boolean first = report == null || !fresh;
        double ours =
                newReport.connections() == Report.UNKNOWN ? ourInFlight : newReport.connections();
        double size = newReport.cores() > 0 ? newReport.cores() : cores;
        // Our own requests keep at most a core each busy; the rest of the use is foreign.
        double foreignNow = Math.max(0, newReport.cpu() - ours / size);
        double alpha = first ? 1 : ALPHA;
        ownCpu += alpha * (newReport.cpu() - ownCpu);
        ownMemory += alpha * (newReport.memory() - ownMemory);
        ownIo += alpha * (newReport.io() - ownIo);
        ownForeign += alpha * (foreignNow - ownForeign);
        report = newReport;
        reportedAt = arrivedAt;
    }

    void expireAt(long nowNanos, long expiryNanos) {
        fresh = report != null && nowNanos - reportedAt < expiryNanos;
    }

    /// Takes what the peers' reports say for what this node's own do not.
    void believe(
            double peerCpu,
            double peerMemory,
            double peerIo,
            double peerForeign,
            double peerCores) {
        cpu = fresh ? ownCpu : peerCpu;
        memory = fresh ? ownMemory : peerMemory;
        io = fresh ? ownIo : peerIo;
        foreign = fresh ? ownForeign : peerForeign;
        // cores do not change with time, so an expired report still tells them
        cores = report != null && report.cores() > 0 ? report.cores() : peerCores;
    }

    boolean fresh() {
        return fresh;
    }

    boolean saysCores() {
        return report != null && report.cores() > 0;
    }

    /// The last report itself is above a threshold: smoothing would hide it for several reports.
    boolean above(NodesConfig.Resources limits) {
        return fresh
                && report != null
                && (report.cpu() > limits.cpuThreshold()
                        || report.memory() > limits.memoryThreshold()
                        || report.io() > limits.ioThreshold());
    }

    @Nullable Report report() {
        return report;
    }

    long reportedAt() {
        return reportedAt;
    }

    double cpu() {
        return cpu;
    }

    double memory() {
        return memory;
    }

    double io() {
        return io;
    }

    double foreign() {
        return foreign;
    }

    double cores() {
        return cores;
    }

    double freeCores() {
        return cores * Math.max(LEAST_FREE, 1 - foreign);
    }

    double ownCpu() {
        return ownCpu;
    }

    double ownMemory() {
        return ownMemory;
    }

    double ownIo() {
        return ownIo;
    }

    double ownForeign() {
        return ownForeign;
    }
}
