package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.queue.GroupCommit;
import io.yardmaster.queue.Lease;
import io.yardmaster.queue.Settlement;
import io.yardmaster.queue.WorkQueue;
import io.yardmaster.queue.WorkQueue.Ending;
import io.yardmaster.redis.RedisFailure;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;

/// Tells Redis how attempts ended, many in one call, and goes on trying while Redis is away.
/// Thread-safe.
final class Settler implements AutoCloseable {
    private static final int MOST_WAITING = 100_000;
    private static final int MOST_IN_BATCH = 200;
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    /// After that the lease is surely over: the request is somebody else's.
    private static final Duration GIVE_UP = Duration.ofMinutes(15);

    /// One for each shard, so that none waits for another.
    private final List<GroupCommit<Ending, Settlement.Answer>> commits;

    private final LongSupplier nanos;

    Settler(List<WorkQueue> shards, LongSupplier nanos) {
        this.commits =
                shards.stream()
                        .map(shard ->
                                new GroupCommit<>(
                                        "settler " + shard,
                                        MOST_WAITING,
                                        MOST_IN_BATCH,
                                        shard::settle))
                        .toList();
        this.nanos = nanos;
    }

    /// Settles, whatever it takes; a repeated call is answered as the first was.
    ///
    /// @throws RedisFailure when Redis stayed away for 15 minutes
    Settlement.Answer settle(Lease lease, Settlement settlement) throws InterruptedException {
        long giveUpAt = nanos.getAsLong() + GIVE_UP.toNanos();
        Duration pause = Duration.ofMillis(20);
        while (true) {
            try {
                return commits.get(lease.shard()).call(new Ending(lease, settlement), CALL_TIMEOUT);
            } catch (RedisFailure | TimeoutException | RejectedExecutionException e) {
                if (nanos.getAsLong() - giveUpAt > 0) {
                    throw e instanceof RuntimeException failure
                            ? failure
                            : RedisFailure.unknown("settling " + lease.id(), e);
                }
                Thread.sleep(pause);
                pause =
                        pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0
                                ? pause.multipliedBy(2)
                                : LONGEST_PAUSE;
            }
        }
    }

    @Override
    public void close() {
        commits.forEach(GroupCommit::stop);
        commits.forEach(GroupCommit::close);
    }
}
