package io.yardmaster.redis;

import io.netty.util.concurrent.EventExecutor;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/// Runs what virtual threads have to do next: on an event loop, and on the caller of [#rescue] when
/// that loop stands still. Thread-safe.
///
/// A loop may wait for a lock whose next owner is one of its own threads: locks are handed on in
/// the order of asking, and one that is not of ours (Lettuce has some) may be asked for by both. So
/// no thread may depend on its loop alone.
final class LoopScheduler implements Executor {
    private final EventExecutor loop;
    private final Queue<Runnable> ready = new ConcurrentLinkedQueue<>();
    private final Runnable next = this::runNext;

    /// Steps that the loop has begun; written by the loop alone.
    private volatile long begun;

    private long seen;

    /// Whether something was ready the last time.
    private boolean waited;

    LoopScheduler(EventExecutor loop) {
        this.loop = loop;
    }

    /// @throws RejectedExecutionException when the loop has ended
    @Override
    public void execute(Runnable step) {
        ready.add(step);
        try {
            loop.execute(next);
        } catch (RejectedExecutionException e) {
            ready.remove(step);
            throw e;
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
    private void runNext() {
        Runnable step = ready.poll();
        if (step != null) {
            begun++;
            step.run();
        }
    }

    /// To be called again and again, by one thread: when something was ready the last time and the
    /// loop has begun nothing since, runs what is ready now, until the loop goes on. What comes
    /// meanwhile is the loop's again.
    ///
    /// @return how much was run
    int rescue() {
        long now = begun;
        int most = waited && now == seen ? ready.size() : 0;
        int run = 0;
        while (run < most && begun == now) {
            Runnable step = ready.poll();
            if (step == null) {
                break;
            }
            run++;
            step.run();
        }
        seen = now;
        waited = !ready.isEmpty();
        return run;
    }

    @Override
    public String toString() {
        return loop.toString();
    }
}
