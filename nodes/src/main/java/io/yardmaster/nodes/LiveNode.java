package io.yardmaster.nodes;

import io.yardmaster.nodes.strategy.KeyHash;
import io.yardmaster.nodes.strategy.Position;
import org.jspecify.annotations.Nullable;

/// One node as this replica sees it. Guarded by the lock of [Nodes].
final class LiveNode {
    private static final long SLOW_START = 30_000_000_000L;
    private static final double SLOW_START_FROM = 0.1;

    /// A node may name its load in every answer. More of it than this would only turn smoothing
    /// over the last reports into smoothing over the last milliseconds.
    private static final long HEARD_EVERY = 100_000_000L;

    private static final int MANY_UNREACHABLE = 3;

    final Figures figures;
    final Load load = new Load();
    final Capacity capacity;
    final long idHash;
    Node node;
    @Nullable Position position;
    HealthState health = HealthState.UNKNOWN;
    int inFlight;

    /// When a request last began or ended here.
    long lastUsed;

    /// What came by the registry, by the node's own word or an exporter's, and when.
    @Nullable Report ownReport;

    long ownReportAt;

    /// When load was last taken from an answer.
    private long heardAt;

    /// Connections in a row that did not come about.
    private int unreachable;

    private boolean slowStarting;
    private long slowStartSince;

    LiveNode(Node node, NodesConfig config, long nowNanos) {
        this.node = node;
        this.idHash = KeyHash.of(node.id());
        this.position = position(node);
        this.figures = new Figures(config, nowNanos);
        this.capacity = new Capacity(nowNanos);
        this.lastUsed = nowNanos;
        this.heardAt = nowNanos - HEARD_EVERY;
    }

    /// Takes over a new registration of the same id; what runs and what was learnt stay, but the
    /// health of another target is not known.
    void register(Node newNode) {
        if (!newNode.url().equals(node.url()) || !newNode.health().equals(node.health())) {
            health = HealthState.UNKNOWN;
        }
        node = newNode;
        position = position(newNode);
    }

    private static @Nullable Position position(Node node) {
        Location location = node.location();
        return location == null ? null : Position.of(location.lat(), location.lon());
    }

    void check(boolean passed, NodesConfig.Monitoring config, long nowNanos) {
        Health before = health.health();
        health =
                health.after(
                        passed,
                        node.health().riseOr(config.healthRise()),
                        node.health().fallOr(config.healthFall()));
        if (before == Health.UNHEALTHY && health.health() == Health.HEALTHY) {
            startSlowly(nowNanos);
        }
    }

    /// For a node that joins others at work, or comes back to them: caches are cold, and everybody
    /// would turn to the one that has nothing to do. Not at the start of this process, when nothing
    /// is known of any node.
    void startSlowly(long nowNanos) {
        slowStarting = true;
        slowStartSince = nowNanos;
    }

    /// Takes the report that the registry shows. It shows it until the next one comes; what an
    /// answer said since then is newer.
    void reported(Report report, long arrivedAt, int replicas, long nowNanos) {
        ownReport = report;
        ownReportAt = arrivedAt;
        if (load.report() == null || arrivedAt - load.reportedAt() >= 0) {
            believe(report, arrivedAt, replicas, nowNanos);
        }
    }

    private void believe(Report report, long arrivedAt, int replicas, long nowNanos) {
        if (load.isOther(report, arrivedAt)) {
            passed(replicas, nowNanos);
            double ours = capacity.reported(report.cpu(), load.freeCores(), inFlight);
            load.reported(report, arrivedAt, ours);
        }
    }

    /// Time has passed with these requests in flight; called before any of it changes.
    void passed(int replicas, long nowNanos) {
        capacity.passed(inFlight, replicas, load.freeCores(), nowNanos);
    }

    /// Takes load that the node named in an answer; for the rest its own report stands.
    void heard(LoadMetrics metrics, int replicas, NodesConfig.Monitoring config, long nowNanos) {
        Report own = ownReport;
        boolean fresh = own != null && nowNanos - ownReportAt < config.reportExpiry().toNanos();
        believe(metrics.over(own, fresh), nowNanos, replicas, nowNanos);
    }

    /// True when load in an answer is to be read now.
    boolean hears(long nowNanos) {
        if (nowNanos - heardAt < HEARD_EVERY) {
            return false;
        }
        heardAt = nowNanos;
        return true;
    }

    /// True when that many connections in a row failed that it is worth a look.
    boolean suspectAfter(boolean reached) {
        unreachable = reached ? 0 : unreachable + 1;
        boolean many = unreachable >= MANY_UNREACHABLE;
        unreachable = many ? 0 : unreachable;
        return many;
    }

    double slowStart(long nowNanos) {
        if (!slowStarting) {
            return 1;
        }
        double passed = (double) (nowNanos - slowStartSince) / SLOW_START;
        if (passed >= 1) {
            slowStarting = false;
            return 1;
        }
        return Math.max(SLOW_START_FROM, passed);
    }

    /// This replica's slots there, used ones included: its part of the node's connections, and no
    /// more than what is left below the limit that was learnt.
    int slots(int liveReplicas, NodesConfig.Resources limits, long nowNanos) {
        int share = share(liveReplicas, limits.maxConnections());
        if (!limits.limitsConcurrency()) {
            return share;
        }
        double others = capacity.total(inFlight, liveReplicas, nowNanos) - inFlight;
        double left = Math.max(0, Math.floor(capacity.limit() - others));
        return (int) Math.min(share, left);
    }

    /// The slots there of all replicas, used ones included.
    int slotsOfAll(NodesConfig.Resources limits) {
        int most = share(1, limits.maxConnections());
        return limits.limitsConcurrency()
                ? (int) Math.min(most, Math.max(1, Math.floor(capacity.limit())))
                : most;
    }

    /// This replica's part of the node's connections.
    int share(int liveReplicas, int mostConnections) {
        return Math.ceilDiv(Math.min(node.maxConnections(), mostConnections), liveReplicas);
    }

    boolean unhealthy() {
        return health.health() == Health.UNHEALTHY;
    }

    /// 0 to 100: what share of its requests is expected to go well and soon. 0 when unhealthy, half
    /// while unknown; failures count in full, the most used resource up to a half, slow start in
    /// full.
    int healthScore(long nowNanos) {
        double known =
                switch (health.health()) {
                    case UNHEALTHY -> 0;
                    case UNKNOWN -> 0.5;
                    case HEALTHY -> 1;
                };
        double used = load.fresh() ? Math.max(load.cpu(), Math.max(load.memory(), load.io())) : 0;
        return (int)
                Math.round(
                        100
                                * known
                                * (1 - figures.errorRate(nowNanos))
                                * (1 - used * used / 2)
                                * slowStart(nowNanos));
    }
}
