package io.yardmaster.nodes.strategy;

/// What makes a node dearer whatever the rule: recent failures and a recent return. Without it a
/// node that fails at once looks fast and idle, and draws all the traffic (sinkholing).
final class Penalty {
    /// A node that fails always is as dear as one that is this many times slower, plus one.
    private static final double PER_ERROR = 10;

    private Penalty() {}

    static double of(Candidates candidates, int i) {
        return (1 + PER_ERROR * candidates.errorRate(i)) / candidates.slowStart(i);
    }
}
