package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.queue.GroupCommit;
import io.yardmaster.queue.Lease;
import io.yardmaster.queue.Settlement;
import io.yardmaster.queue.WorkQueue;
import io.yardmaster.queue.WorkQueue.Ending;
import io.yardmaster.redis.RedisFailure;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeoutException;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Tells Redis how attempts ended, many in one call, and goes on trying while Redis is away.
/// Thread-safe.
final class Settler implements AutoCloseable {
    private static final int MOST_WAITING = 100_000;

    /// No fewer than in a take: with 48 and 1,000 in flight ends came in quicker than they went
    /// out, and three times as many were held (680 MB instead of 205).
    private static final int MOST_IN_BATCH = 100;

    private static final int ENOUGH = 48;
    private static final int BUSY = 32;
    private static final Duration GATHER = Duration.ofMillis(1);
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(20);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    /// After that the lease is surely over: the request is somebody else's.
    private static final Duration GIVE_UP = Duration.ofMinutes(15);

    /// One for each shard, so that none waits for another.
    private final List<GroupCommit<Ending, Settlement.Answer>> commits;

    private final LongSupplier nanos;

    /// For those whose first try failed.
    private final ExecutorService trying = Executors.newVirtualThreadPerTaskExecutor();

    /// @param inFlight how many requests this replica has in flight: where it is many, ends come in
    ///   close order, and one moment's wait makes one call of ten
    Settler(
            List<WorkQueue> shards,
            ThreadFactory threads,
            LongSupplier nanos,
            IntSupplier inFlight) {
        GroupCommit.Gathering gathering =
                new GroupCommit.Gathering(() -> inFlight.getAsInt() >= BUSY, ENOUGH, GATHER);
        this.commits =
                shards.stream()
                        .map(shard ->
                                new GroupCommit<>(
                                        "settler " + shard,
                                        threads,
                                        MOST_WAITING,
                                        MOST_IN_BATCH,
                                        gathering,
                                        shard::settle))
                        .toList();
        this.nanos = nanos;
    }

    /// Settles, whatever it takes; a repeated call is answered as the first was. Nobody has to wait
    /// for it: in the usual case it costs no thread.
    ///
    /// @return Redis' word; a [RedisFailure] when Redis stayed away for 15 minutes, and an
    ///   [InterruptedException] when it was away as this was closed
    CompletableFuture<Settlement.Answer> settle(Lease lease, Settlement settlement) {
        Ending ending = new Ending(lease, settlement);
        CompletableFuture<Settlement.Answer> told = new CompletableFuture<>();
        CompletableFuture<Settlement.Answer> first;
        try {
            first = commits.get(lease.shard()).submit(ending);
        } catch (RejectedExecutionException e) {
            goOnTrying(ending, e, told);
            return told;
        }
        var _ = first.whenComplete((answer, failure) -> heard(ending, answer, failure, told));
        return told;
    }

    private void heard(
            Ending ending,
            Settlement.@Nullable Answer answer,
            @Nullable Throwable failure,
            CompletableFuture<Settlement.Answer> told) {
        if (answer != null) {
            told.complete(answer);
        } else if (failure instanceof RedisFailure away) {
            goOnTrying(ending, away, told);
        } else if (failure != null) {
            told.completeExceptionally(failure);
        }
    }

    private void goOnTrying(
            Ending ending, RuntimeException why, CompletableFuture<Settlement.Answer> told) {
        try {
            trying.execute(() -> {
                try {
                    told.complete(again(ending, why));
                } catch (Throwable e) { // who is told nothing would hold the lease for ever
                    told.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            told.completeExceptionally(new InterruptedException("closed"));
        }
    }

    private Settlement.Answer again(Ending ending, RuntimeException why)
            throws InterruptedException {
        long giveUpAt = nanos.getAsLong() + GIVE_UP.toNanos();
        Duration pause = SHORTEST_PAUSE;
        RuntimeException last = why;
        while (nanos.getAsLong() - giveUpAt < 0) {
            Thread.sleep(pause);
            pause =
                    pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0
                            ? pause.multipliedBy(2)
                            : LONGEST_PAUSE;
            try {
                return commits.get(ending.lease().shard()).call(ending, CALL_TIMEOUT);
            } catch (RedisFailure | RejectedExecutionException e) {
                last = e;
            } catch (TimeoutException e) {
                last = RedisFailure.unknown("settling " + ending.lease().id(), e);
            }
        }
        throw last;
    }

    @Override
    public void close() {
        commits.forEach(GroupCommit::stop);
        commits.forEach(GroupCommit::close);
        trying.shutdownNow();
    }
}
