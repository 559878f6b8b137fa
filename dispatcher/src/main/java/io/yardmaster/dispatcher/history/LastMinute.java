package io.yardmaster.dispatcher.history;

import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;

/// How long requests of all replicas waited in the last minute: the six steps of 10 s that are
/// over, and what this replica has counted since. Thread-safe; asks Redis every two seconds at
/// most.
public final class LastMinute {
    private static final int STEPS = 6;
    private static final long FRESH = 2_000_000_000L;

    private final HistoryStore store;
    private final RedisClock clock;
    private final Waits own;
    private final LongSupplier nanos;
    private WaitCounts told = WaitCounts.NONE;
    private long toldAt;
    private boolean asked;

    /// @param nanos a monotonic clock
    public LastMinute(HistoryStore store, RedisClock clock, Waits own, LongSupplier nanos) {
        this.store = store;
        this.clock = clock;
        this.own = own;
        this.nanos = nanos;
    }

    /// Empty when nothing was sent.
    public synchronized Optional<WaitTimes> get() {
        if (!asked || nanos.getAsLong() - toldAt > FRESH) {
            long current = Resolution.FINE.stepAt(clock.millis());
            List<Long> steps = LongStream.range(current - STEPS, current).boxed().toList();
            told = store.waits(steps);
            toldAt = nanos.getAsLong();
            asked = true;
        }
        return WaitTimes.of(told.plus(own.peek()));
    }
}
