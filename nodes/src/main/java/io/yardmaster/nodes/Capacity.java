package io.yardmaster.nodes;

/// What a node can do and what it has to do, as this replica learns it from its own requests there
/// and hears it from the other replicas. Not thread-safe.
final class Capacity {
    /// A little more than what runs side by side, so that no core waits for our next request.
    private static final double LEEWAY = 1.5;

    /// One for the usual work, one for what is urgent: the reserve of the priorities needs two.
    private static final int LEAST = 2;

    /// Below this a queue at the node costs less than the way of the next request to it.
    private static final double WORTHWHILE_SECONDS = 0.025;

    /// How long the others' word counts, in nanoseconds; less and less until then.
    private static final double HEARD_FOR = 1e9;

    /// CPU in use from which on it says no more than that the node is busy, and below which it is
    /// too little to divide by.
    private static final double MOST_SAYING = 0.9;

    private static final double LEAST_SAYING = 0.02;

    private final Pace pace = new Pace();
    private final Parallelism parallelism = new Parallelism();
    private long at;
    private double others;
    private long heardAt;
    private boolean heard;
    private double believedPace = 1;
    private double parallel = 1;
    private double limit = Integer.MAX_VALUE;

    // Since the last report: the time, and the requests in flight over it.
    private double reportSeconds;
    private double requestSeconds;
    private double shown;

    Capacity(long nowNanos) {
        at = nowNanos;
    }

    /// The others have so many requests there.
    void heard(double inFlight, long nowNanos) {
        others = inFlight;
        heardAt = nowNanos;
        heard = true;
    }

    /// Requests of all replicas there: ours, and what the others said; the longer ago that is, the
    /// more each of them is taken for one like us.
    double total(int own, int replicas, long nowNanos) {
        double alike = (replicas - 1.0) * own;
        if (!heard || replicas == 1) {
            return own + alike;
        }
        double believed = Math.max(0, 1 - (nowNanos - heardAt) / HEARD_FOR);
        return own + believed * others + (1 - believed) * alike;
    }

    /// Time has passed until now with these requests in flight. Called before any of it changes.
    void passed(int own, int replicas, double freeCores, long nowNanos) {
        double seconds = (nowNanos - at) / 1e9;
        if (seconds <= 0) {
            return;
        }
        at = nowNanos;
        double total = total(own, replicas, nowNanos);
        parallelism.passed(seconds, own, total / freeCores);
        pace.passed(seconds, total <= parallel ? own : own * parallel / total);
        reportSeconds += seconds;
        requestSeconds += seconds * total;
    }

    void completed() {
        pace.completed();
        parallelism.completed();
    }

    /// The node says how busy it was since its last report: work that waits shows by it.
    ///
    /// @return the requests of all replicas that were there on average meanwhile
    double reported(double cpu, double freeCores, int own) {
        double mean = reportSeconds > 0 ? requestSeconds / reportSeconds : own;
        boolean telling = cpu >= LEAST_SAYING && cpu <= MOST_SAYING && mean >= 1;
        shown = telling ? mean / cpu / freeCores : 0;
        reportSeconds = 0;
        requestSeconds = 0;
        return mean;
    }

    /// Draws the conclusions; every now and then.
    ///
    /// @param meanSeconds of the node's responses, 0 before the first
    /// @param saturated whether the node's CPU has no more to give
    void learn(double freeCores, double meanSeconds, boolean saturated) {
        parallelism.learn(shown);
        parallel = freeCores * parallelism.learnt();
        boolean full = parallelism.hasKnee() || saturated;
        boolean binds = full && meanSeconds >= WORTHWHILE_SECONDS;
        limit = binds ? Math.max(LEAST, LEEWAY * parallel) : Integer.MAX_VALUE;
    }

    /// What its peers and its past say, for when there is no evidence.
    void believe(double newPace) {
        believedPace = newPace;
    }

    /// Over the last minutes; 0 before the first completion.
    double lastingPace() {
        return pace.lasting();
    }

    /// Requests that one free core completes in a second, now; above 0.
    double pace() {
        return pace.now(believedPace);
    }

    /// Requests that run there side by side without slowing each other down; above 0.
    double parallel() {
        return parallel;
    }

    /// Most requests of all replicas that are worth having there; no bound while there is neither a
    /// sign that more of them slow each other down, nor a saturated CPU.
    double limit() {
        return limit;
    }
}
