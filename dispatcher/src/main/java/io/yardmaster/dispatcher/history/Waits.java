package io.yardmaster.dispatcher.history;

import io.yardmaster.dispatcher.dispatch.DispatchListener;
import io.yardmaster.queue.Lease;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicIntegerArray;

/// How long requests of this replica waited from enqueue to first send, as a histogram since it was
/// last taken. Thread-safe; counting is one atomic addition, without a lock or an allocation.
public final class Waits implements DispatchListener {
    private final AtomicIntegerArray counts = new AtomicIntegerArray(WaitCounts.BUCKETS);

    @Override
    public void sending(Lease lease, String node, Duration waited) {
        if (lease.attempt() == 1) {
            counts.getAndIncrement(WaitCounts.bucket(waited.toMillis()));
        }
    }

    /// What was counted since it was last taken.
    WaitCounts peek() {
        int[] seen = new int[WaitCounts.BUCKETS];
        for (int i = 0; i < seen.length; i++) {
            seen[i] = counts.get(i);
        }
        return WaitCounts.of(seen);
    }

    /// The same, and begins anew.
    WaitCounts take() {
        int[] taken = new int[WaitCounts.BUCKETS];
        for (int i = 0; i < taken.length; i++) {
            if (counts.get(i) != 0) {
                taken[i] = counts.getAndSet(i, 0);
            }
        }
        return WaitCounts.of(taken);
    }
}
