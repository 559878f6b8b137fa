package io.yardmaster.queue;

import io.yardmaster.redis.RedisFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Combines the calls of many threads into one: while one batch is on its way the next one gathers,
/// so nobody waits when it is quiet, and a fsync is shared by all when it is busy.
///
/// @param <T> what is handed in
/// @param <R> the answer to it
public final class GroupCommit<T, R> implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(GroupCommit.class);

    private static final Duration LONGEST_CLOSE = Duration.ofSeconds(2);

    private record Pending<T, R>(T item, CompletableFuture<R> answer) {}

    private final BlockingQueue<Pending<T, R>> pending;
    private final int mostInBatch;
    private final Gathering gathering;
    private final Function<List<T>, List<R>> call;
    private final Thread thread;
    private volatile boolean closed;

    /// Whether it must be woken for the next item.
    private volatile boolean idle;

    private volatile boolean ended;

    /// Waits a moment for more, where much is to come: a call costs as much as ten items in it.
    ///
    /// @param busy whether more are to come soon
    /// @param enough items that are not waited for any longer
    /// @param pause how long
    public record Gathering(BooleanSupplier busy, int enough, Duration pause) {
        public static final Gathering NONE = new Gathering(() -> false, 0, Duration.ZERO);
    }

    /// @param limit most items that may wait; more are refused
    /// @param call carries out a batch; answers in order
    public GroupCommit(String name, int limit, int mostInBatch, Function<List<T>, List<R>> call) {
        this(name, Thread.ofVirtual().factory(), limit, mostInBatch, Gathering.NONE, call);
    }

    /// @param threads makes the one that calls
    /// @param limit most items that may wait; more are refused
    /// @param call carries out a batch; answers in order
    public GroupCommit(
            String name,
            ThreadFactory threads,
            int limit,
            int mostInBatch,
            Gathering gathering,
            Function<List<T>, List<R>> call) {
        this.pending = new ArrayBlockingQueue<>(limit);
        this.mostInBatch = mostInBatch;
        this.gathering = gathering;
        this.call = call;
        this.thread = threads.newThread(this::run);
        thread.setName(name);
        thread.start();
    }

    /// Hands in an item without waiting for its answer.
    ///
    /// @throws RejectedExecutionException when too many are waiting, or it is closed
    public CompletableFuture<R> submit(T item) {
        Pending<T, R> entry = new Pending<>(item, new CompletableFuture<>());
        if (closed) {
            throw new RejectedExecutionException("closed");
        }
        if (!pending.offer(entry)) {
            throw new RejectedExecutionException(
                    "more than " + pending.size() + " calls wait for Redis");
        }
        // The thread may have ended since `closed` was asked; what it left behind nobody would
        // answer.
        if (ended && pending.remove(entry)) {
            throw new RejectedExecutionException("closed");
        }
        if (idle) {
            LockSupport.unpark(thread);
        }
        return entry.answer();
    }

    /// Hands in an item and waits for its answer.
    ///
    /// @throws RedisFailure as the call did, or when the time is over
    public R call(T item, Duration timeout) throws InterruptedException, TimeoutException {
        try {
            return submit(item).get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    private void run() {
        while (!closed) {
            Pending<T, R> first = pending.poll();
            if (first == null) {
                awaitFirst();
            } else {
                gather();
                carryOutWith(first);
            }
        }
        ended = true;
        for (Pending<T, R> next = pending.poll(); next != null; next = pending.poll()) {
            carryOutWith(next);
        }
    }

    private void awaitFirst() {
        idle = true;
        if (pending.isEmpty() && !closed) {
            LockSupport.park(this);
        }
        idle = false;
    }

    private void gather() {
        if (pending.size() + 1 < gathering.enough() && gathering.busy().getAsBoolean()) {
            LockSupport.parkNanos(this, gathering.pause().toNanos());
        }
    }

    private void carryOutWith(Pending<T, R> first) {
        List<Pending<T, R>> batch = new ArrayList<>();
        batch.add(first);
        pending.drainTo(batch, mostInBatch - 1);
        carryOut(batch);
    }

    private void carryOut(List<Pending<T, R>> batch) {
        try {
            List<R> answers = call.apply(batch.stream().map(Pending::item).toList());
            for (int i = 0; i < batch.size(); i++) {
                batch.get(i).answer().complete(answers.get(i));
            }
        } catch (RuntimeException | Error e) { // an Error too: the thread must outlive it
            if (!(e instanceof RedisFailure)) {
                log.error("a batch of {} failed", batch.size(), e);
            }
            batch.forEach(each -> each.answer().completeExceptionally(e));
        }
    }

    /// Takes nothing more, without waiting for the end: for who closes many.
    public void stop() {
        closed = true;
        LockSupport.unpark(thread);
    }

    /// Takes nothing more, carries out what was handed in, and ends; waits at most 2 s for that.
    @Override
    public void close() {
        stop();
        try {
            thread.join(LONGEST_CLOSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
