package io.yardmaster.dispatcher.events;

/// Bounds how many dead requests are told one by one: the first ten of a second, the others by
/// their number. Thread-safe.
final class DeadNews {
    static final int A_SECOND = 10;
    private static final long SECOND = 1_000_000_000L;

    private long second = Long.MIN_VALUE;
    private int told;
    private long untold;

    /// @param nanos of a monotonic clock
    synchronized boolean mayTell(long nanos) {
        long now = Math.floorDiv(nanos, SECOND);
        if (now != second) {
            second = now;
            told = 0;
        }
        if (told < A_SECOND) {
            told++;
            return true;
        }
        untold++;
        return false;
    }

    /// How many were not told before the second under way.
    synchronized long takeUntold(long nanos) {
        if (Math.floorDiv(nanos, SECOND) == second) {
            return 0;
        }
        long taken = untold;
        untold = 0;
        return taken;
    }
}
