package io.yardmaster.nodes;

import org.jspecify.annotations.Nullable;

/// What is believed of a node's load and size: its own reports, smoothed, while they are fresh, and
/// the median of its peers' otherwise. Never zero for silence: a silent node would look idle. Not
/// thread-safe.
final class Load {
    /// Reports are averaged over this many seconds: ten a second say together what one every five
    /// seconds says.
    private static final double SMOOTHED_SECONDS = 2;

    /// Foreign load comes and goes; after this many seconds an old word of it counts e times less.
    private static final double FOREIGN_SECONDS = 20;

    private static final double SATURATED = 0.98;

    /// Mean use of the CPU over a while that is spent at its limit for the most part.
    private static final double BUSY = 0.9;

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
    private double lastForeign;

    private boolean fresh;
    private double cpu;
    private double memory;
    private double io;
    private double foreign;
    private double cores = 1;

    /// False for the report that was taken in last: the registry shows it until the next one.
    boolean isOther(Report shown, long arrivedAt) {
        return arrivedAt - reportedAt >= SAME_REPORT || !shown.equals(report);
    }

    /// Takes in the report that the registry shows now. `arrivedAt` is its arrival in this
    /// replica's nanoseconds; `ours` is the mean of all replicas' requests there since the last
    /// one.
    void reported(Report newReport, long arrivedAt, double ours) {
        boolean first = report == null || !fresh;
        double size = newReport.cores() > 0 ? newReport.cores() : cores;
        // Our own requests keep at most a core each busy; the rest of the use is foreign.
        double foreignNow = Math.max(0, newReport.cpu() - ours / size);
        if (newReport.cpu() >= SATURATED && fresh) {
            // ours have what the others leave them, which may be less than a core each
            double kept = Math.exp(-(arrivedAt - reportedAt) / 1e9 / FOREIGN_SECONDS);
            foreignNow = Math.max(foreignNow, ownForeign * kept);
        }
        lastForeign = foreignNow;
        double alpha = first ? 1 : 1 - Math.exp(-(arrivedAt - reportedAt) / 1e9 / SMOOTHED_SECONDS);
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
            double peerCores,
            long nowNanos) {
        cpu = fresh ? ownCpu : peerCpu;
        memory = fresh ? ownMemory : peerMemory;
        io = fresh ? ownIo : peerIo;
        double kept =
                fresh ? Math.exp(-Math.max(0, nowNanos - reportedAt) / 1e9 / FOREIGN_SECONDS) : 0;
        foreign = kept * ownForeign + (1 - kept) * peerForeign;
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
    ///
    /// Of the CPU only foreign use counts. What our own requests use says no more than that the
    /// node works, and to rank by it is to rank by stale load: at 70 % of the capacity every node
    /// is above 0.8 now and then, and the replicas would all flee to the same other one.
    boolean above(NodesConfig.Resources limits) {
        return fresh
                && report != null
                && (lastForeign > limits.cpuThreshold()
                        || report.memory() > limits.memoryThreshold()
                        || report.io() > limits.ioThreshold());
    }

    /// The CPU has no more to give, whoever uses it.
    boolean saturated() {
        return fresh && report != null && report.cpu() >= BUSY;
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
