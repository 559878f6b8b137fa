package io.yardmaster.nodes;

/// How many requests a node serves side by side before they slow each other down, in parts of its
/// free cores: 1 for work that keeps a core busy, more for work that mostly waits, less for a
/// service that has one lane only.
///
/// Completions and the time they took are kept by crowding (requests of all replicas for each free
/// core), in classes that double. The knee is where a request is served at less than [#KNEE] of the
/// pace that it has in the least crowded class; what the node completes there is its parallelism.
/// While no knee shows, the most crowded class seen is: the limit may grow. Not thread-safe.
final class Parallelism {
    private static final int CLASSES = 16;

    /// The class that ends at one request for each free core.
    private static final int FULL = 6;

    /// Completions from which on a class is believed.
    private static final double ENOUGH = 60;

    private static final double KNEE = 0.7;

    /// Work that keeps a core busy is the rule; what differs by less than this factor is noise.
    private static final double CLEAR = 1.6;

    /// Seconds until old evidence counts e times less; where requests take long, so many of them.
    private static final double LASTING = 120;

    private static final double LASTING_REQUESTS = 200;

    private final double[] completions = new double[CLASSES];
    private final double[] seconds = new double[CLASSES];
    private final double[] crowding = new double[CLASSES];
    private int current;
    private double sinceLearnt;
    private double learnt = 1;
    private boolean hasKnee;

    /// `passed` seconds have passed in which `own` requests were in this crowd.
    void passed(double passed, int own, double crowd) {
        sinceLearnt += passed;
        current = classOf(crowd);
        seconds[current] += own * passed;
        crowding[current] += own * passed * crowd;
    }

    private static int classOf(double crowd) {
        // exactly full belongs to the class below; the exponent of a double is its logarithm
        int exponent = Math.getExponent(crowd * (1 - 1e-9)) + 1;
        return Math.clamp(exponent + FULL, 0, CLASSES - 1);
    }

    void completed() {
        completions[current]++;
    }

    /// Draws the conclusions; every now and then.
    ///
    /// @param shown what the node's CPU shows beside it: requests for each free core that would use
    ///   all of it, 0 when that is not known
    void learn(double shown) {
        double base = 0;
        double best = 0;
        double all = 0;
        double allSeconds = 0;
        boolean knee = false;
        for (int i = 0; i < CLASSES; i++) {
            all += completions[i];
            allSeconds += seconds[i];
            if (completions[i] < ENOUGH || seconds[i] <= 0) {
                continue;
            }
            double rate = completions[i] / seconds[i];
            if (base == 0 && i > FULL) {
                break; // always crowded: that says nothing of what a request takes by itself
            }
            base = base == 0 ? rate : base;
            knee |= rate < KNEE * base;
            best = Math.max(best, crowding[i] / seconds[i] * Math.min(1, rate / base));
        }
        double found = knee ? best : Math.max(Math.max(1, shown), best);
        hasKnee = knee;
        learnt = found < CLEAR && found > 1 / CLEAR ? 1 : found;
        double mean = all > 0 ? allSeconds / all : 0;
        double kept = Math.exp(-sinceLearnt / Math.max(LASTING, LASTING_REQUESTS * mean));
        sinceLearnt = 0;
        for (int i = 0; i < CLASSES; i++) {
            completions[i] *= kept;
            seconds[i] *= kept;
            crowding[i] *= kept;
        }
    }

    /// Whether a crowd was seen in which requests are slower, so that more of them gain nothing.
    boolean hasKnee() {
        return hasKnee;
    }

    /// Above 0.
    double learnt() {
        return learnt;
    }
}
