package io.yardmaster.nodes.strategy;

import java.util.Arrays;

/// Static stride scheduling (gRPC A58): candidates of larger share have more turns, evenly spread,
/// and a candidate's part of any full round is exactly its share.
///
/// In generation `g`, candidate `i` of share `w` is taken iff `⌊w·(g+1)/m + i/2⌋ > ⌊w·g/m + i/2⌋`,
/// where `m` is the largest share. That is gRPC's rule `(w·g + K/2·i) mod K >= K - w` without the
/// rounding of shares to 16 bits, so that whole-numbered weights never drift. The half shifts every
/// other candidate, which spreads the turns of equal ones.
///
/// One counter is the whole state, so there is no schedule to rebuild, to go stale or to start over
/// when nodes come and go. Sets of candidates that differ (other labels, a node that is busy) count
/// apart: with a common counter, requests that alternate between two sets would each see every
/// other turn only, and meet the same node for ever.
final class Turns {
    private static final int COUNTERS = 16;

    private final long[] counters = new long[COUNTERS];

    /// `start` should be random: replicas that all start at 0 walk in step.
    Turns(long start) {
        Arrays.fill(counters, start & Integer.MAX_VALUE);
    }

    /// The candidate whose turn it is. `shares` are above 0, one for each candidate; there is at
    /// least one.
    int next(Candidates candidates, double[] shares) {
        int size = candidates.size();
        double largest = 0;
        long set = 0;
        for (int i = 0; i < size; i++) {
            largest = Math.max(largest, shares[i]);
            set ^= candidates.idHash(i);
        }
        int counter = (int) set & (COUNTERS - 1);
        // The largest share is taken in every generation: the loop ends.
        while (true) {
            long turn = counters[counter]++;
            int i = (int) (turn % size);
            long generation = turn / size;
            double shift = i * largest / 2;
            double before = Math.floor((shares[i] * generation + shift) / largest);
            double after = Math.floor((shares[i] * (generation + 1) + shift) / largest);
            if (after > before) {
                return i;
            }
        }
    }
}
