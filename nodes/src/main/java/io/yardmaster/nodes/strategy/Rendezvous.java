package io.yardmaster.nodes.strategy;

/// Weighted rendezvous hashing (highest random weight): every candidate scores the key, and the
/// best score wins. A node that leaves takes only its own keys along, a node that comes takes only
/// what it wins, and a node whose share changes wins or loses keys alone. There is no ring to build
/// or to keep in step, and every replica finds the same winner.
///
/// The score of a share `n` is that of the best of `n` uniform points, which is `u^(1/n)` with one
/// uniform `u`; the largest is where `-ln(u) / n` is least. `u` is made of the hashes of node and
/// key.
final class Rendezvous {
    private static final double UNIT = 0x1p-53;

    private Rendezvous() {}

    /// Shares are at least 0, and a candidate with 0 is passed over. [Strategy#NONE] when all are.
    static int winner(Candidates candidates, long keyHash, double[] shares) {
        int size = candidates.size();
        int winner = Strategy.NONE;
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i < size; i++) {
            double own = shares[i];
            if (own <= 0) {
                continue;
            }
            double u = ((KeyHash.of(candidates.idHash(i), keyHash) >>> 11) + 0.5) * UNIT;
            // -ln(u) >= 1 - u spares most of the logarithms. StrictMath: the same on all machines.
            if (1 - u < least * own) {
                double score = -StrictMath.log(u) / own;
                if (score < least) {
                    least = score;
                    winner = i;
                }
            }
        }
        return winner;
    }

    /// What part of its keys a node keeps: all while it serves at least half of its requests, next
    /// to none when it serves none, and in slow start as much as that allows. Keys are not moved
    /// for a single failure: whoever wants affinity pays for every move.
    static double kept(Candidates candidates, int i) {
        double errorRate = candidates.errorRate(i);
        return errorRate <= 0.5
                ? candidates.slowStart(i)
                : Math.max(0.01, 2 * (1 - errorRate)) * candidates.slowStart(i);
    }
}
