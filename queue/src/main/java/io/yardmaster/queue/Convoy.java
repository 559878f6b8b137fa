package io.yardmaster.queue;

import io.yardmaster.redis.RedisFailure;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Combines the calls of many threads into few: while calls are on their way what comes gathers, so
/// nobody waits when it is quiet, and a fsync is shared by all when it is busy. Thread-safe.
///
/// There is no thread in between: who comes when no call is on its way makes one at once, and when
/// a call has ended the first of those that have gathered makes the next one, for itself and for
/// all that fit. So each caller makes one call at most, and one with its own items in it.
///
/// @param <T> what is handed in
/// @param <R> the answer to it
public final class Convoy<T, R> implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Convoy.class);

    private static final Duration LONGEST_CLOSE = Duration.ofSeconds(2);

    /// What a caller hands in.
    ///
    /// @param turn what its caller is told, once
    /// @param since when, on the monotonic clock
    private record Part<T, R>(List<T> items, long since, CompletableFuture<Turn<T, R>> turn) {}

    /// What a caller that waited is told.
    private sealed interface Turn<T, R> {
        record Answered<T, R>(List<R> answers) implements Turn<T, R> {}

        record Failed<T, R>(RuntimeException failure) implements Turn<T, R> {}

        /// Make this call, for yourself and for others; yours is the first part.
        record Lead<T, R>(List<Part<T, R>> batch) implements Turn<T, R> {}

        /// The caller has gone.
        record Left<T, R>() implements Turn<T, R> {}
    }

    /// @param waiting most items that may wait; more are refused
    /// @param batch most items in a call; what a caller hands in is never torn apart
    /// @param calls most that are on their way at once; all but one of them are full
    /// @param patience who has waited longer is not sent any more
    public record Bounds(int waiting, int batch, int calls, Duration patience) {}

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition allEnded = lock.newCondition();
    private final Queue<Part<T, R>> pending = new ArrayDeque<>();
    private final int limit;
    private final int mostInBatch;
    private final int mostCalls;
    private final Duration patience;
    private final LongSupplier nanos;
    private final Function<List<T>, List<R>> call;
    private int waiting;
    private int calls;
    private boolean closed;

    /// @param nanos a monotonic clock
    /// @param call carries out a batch within some time of its own; answers in order
    public Convoy(Bounds bounds, LongSupplier nanos, Function<List<T>, List<R>> call) {
        this.limit = bounds.waiting();
        this.mostInBatch = bounds.batch();
        this.mostCalls = bounds.calls();
        this.patience = bounds.patience();
        this.nanos = nanos;
        this.call = call;
    }

    /// Hands in items and waits for their answers, which are in order: as long as the calls before
    /// take that must go first, and its own.
    ///
    /// @throws RedisFailure as the call did
    /// @throws RejectedExecutionException when too many are waiting, or it is closed
    public List<R> call(List<T> items) throws InterruptedException {
        Part<T, R> part = new Part<>(items, nanos.getAsLong(), new CompletableFuture<>());
        join(part);
        return switch (await(part)) {
            case Turn.Answered<T, R>(List<R> answers) -> answers;
            case Turn.Lead<T, R>(List<Part<T, R>> batch) -> lead(batch);
            case Turn.Failed<T, R>(RuntimeException failure) -> throw failure;
            case Turn.Left<T, R>() -> throw new IllegalStateException("only who leaves says so");
        };
    }

    private void join(Part<T, R> part) {
        lock.lock();
        try {
            if (closed) {
                throw new RejectedExecutionException("closed");
            }
            if (waiting + part.items().size() > limit) {
                throw new RejectedExecutionException(waiting + " wait for Redis already");
            }
            pending.add(part);
            waiting += part.items().size();
            start();
        } finally {
            lock.unlock();
        }
    }

    /// Starts a call when none is on its way, and further ones beside it only when they are full:
    /// several small ones cost Redis more than one, and gain nobody time.
    private void start() {
        while (calls == 0 || (calls < mostCalls && waiting >= mostInBatch)) {
            List<Part<T, R>> batch = gather();
            while (!batch.isEmpty() && !batch.getFirst().turn().complete(new Turn.Lead<>(batch))) {
                batch.removeFirst(); // its caller has left
            }
            if (!batch.isEmpty()) {
                calls++;
            } else if (pending.isEmpty()) {
                return;
            }
        }
    }

    /// No timeout: every call ends in time by itself, and hands over; a timer for each waiting
    /// caller cost more than all the rest here.
    private Turn<T, R> await(Part<T, R> part) throws InterruptedException {
        try {
            return part.turn().get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("turns are values", e);
        } catch (InterruptedException e) {
            if (!part.turn().complete(new Turn.Left<>())
                    && part.turn().join() instanceof Turn.Lead<T, R>(List<Part<T, R>> batch)) {
                try {
                    var _ = lead(batch); // the others rely on it
                } catch (RuntimeException failed) {
                    e.addSuppressed(failed); // they have been told
                }
            }
            throw e;
        }
    }

    private List<R> lead(List<Part<T, R>> batch) {
        boolean interrupted = Thread.interrupted(); // it must not fail the call of the others
        try {
            return carryOut(batch);
        } finally {
            ended();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void ended() {
        lock.lock();
        try {
            calls--;
            start();
            if (calls == 0) {
                allEnded.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /// An interrupt of who leads must not fail the others: the call is made once more.
    private List<R> applied(List<T> items) {
        try {
            return call.apply(items);
        } catch (RedisFailure.Unknown e) {
            if (!Thread.interrupted()) {
                throw e;
            }
            try {
                return call.apply(items);
            } finally {
                Thread.currentThread().interrupt();
            }
        }
    }

    /// @return the answers to the first part
    private List<R> carryOut(List<Part<T, R>> batch) {
        List<T> items = batch.getFirst().items();
        if (batch.size() > 1) {
            items = new ArrayList<>(mostInBatch);
            for (Part<T, R> part : batch) {
                items.addAll(part.items());
            }
        }
        try {
            List<R> answers = applied(items);
            int end = items.size();
            if (answers.size() != end) {
                throw new IllegalStateException(
                        "answers: " + answers.size() + " (expected: " + end + ")");
            }
            for (int i = batch.size() - 1; i > 0; i--) {
                int begin = end - batch.get(i).items().size();
                batch.get(i).turn().complete(new Turn.Answered<>(answers.subList(begin, end)));
                end = begin;
            }
            return answers.subList(0, end);
        } catch (RuntimeException | Error e) { // an Error too: the others must hear of it
            if (!(e instanceof RedisFailure)) {
                log.error("a batch of {} failed", items.size(), e);
            }
            RuntimeException failure =
                    e instanceof RuntimeException known
                            ? known
                            : new IllegalStateException("carrying out a batch", e);
            batch.forEach(part -> part.turn().complete(new Turn.Failed<>(failure)));
            throw failure;
        }
    }

    /// The next batch of those that wait, without those that waited too long; empty when nobody
    /// waits.
    private List<Part<T, R>> gather() {
        List<Part<T, R>> batch = new ArrayList<>();
        int room = mostInBatch;
        for (Part<T, R> next = pending.peek();
                next != null && (batch.isEmpty() || next.items().size() <= room);
                next = pending.peek()) {
            pending.remove();
            waiting -= next.items().size();
            if (nanos.getAsLong() - next.since() > patience.toNanos()) {
                next.turn()
                        .complete(
                                new Turn.Failed<>(
                                        RedisFailure.away(
                                                "not sent, earlier calls took longer than "
                                                        + patience)));
            } else {
                batch.add(next);
                room -= next.items().size();
            }
        }
        return batch;
    }

    /// Takes nothing more, without waiting for the end: for who closes many.
    public void stop() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
    }

    /// Takes nothing more, lets what was handed in be carried out, and ends; waits at most 2 s for
    /// that.
    @Override
    public void close() {
        stop();
        lock.lock();
        try {
            long left = LONGEST_CLOSE.toNanos();
            while (calls > 0 && left > 0) {
                left = allEnded.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }
}
