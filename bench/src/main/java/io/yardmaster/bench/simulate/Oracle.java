package io.yardmaster.bench.simulate;

/// Knows everything at once: a bound for what a rule can reach that looks at no more than where
/// requests are now.
public final class Oracle implements Balancer {
    private final World world;
    private final double hold;

    /// @param hold requests for each free core from which on others wait in the shared queue;
    ///   infinite: none wait
    public Oracle(World world, double hold) {
        this.world = world;
        this.hold = hold;
    }

    @Override
    public int choose(Job job) {
        double best = Double.POSITIVE_INFINITY;
        int chosen = WAIT;
        for (Machine m : world.fleet()) {
            if (m.inFlight() + 1 > hold * Math.max(1, m.freeCores())) {
                continue;
            }
            double cost = Math.max(1, (m.inFlight() + 1) / m.freeCores()) / m.speed();
            if (cost < best) {
                best = cost;
                chosen = m.index;
            }
        }
        return chosen;
    }
}
