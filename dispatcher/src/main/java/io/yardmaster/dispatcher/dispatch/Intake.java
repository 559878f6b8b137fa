package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.queue.Admission;
import io.yardmaster.queue.Convoy;
import io.yardmaster.queue.Found;
import io.yardmaster.queue.Offer;
import io.yardmaster.queue.ShardMap;
import io.yardmaster.queue.Shards;
import io.yardmaster.queue.WorkQueue;
import io.yardmaster.queue.WorkQueue.Offered;
import io.yardmaster.redis.RedisFailure;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/// The door of this replica: brings requests into the queue, and waits for their end. Thread-safe.
///
/// Offers of many callers travel in one call to a shard. A call whose answer was lost is made
/// again: ids make that safe.
public final class Intake implements AutoCloseable {
    private static final int TRIES = 2;
    static final Duration PATIENCE = Duration.ofSeconds(5);

    /// 128 in a call, so that none holds Redis for a millisecond; with a second full call on its
    /// way Redis need not wait for us between two of them (batches over 4 connections: 46,000 a
    /// second against 40,000).
    static final Convoy.Bounds BOUNDS = new Convoy.Bounds(20_000, 128, 2, PATIENCE);

    /// The safety net of waiting: an end whose message was lost is found by looking.
    private static final Duration LOOK_AGAIN = Duration.ofMillis(500);

    /// Goes around every offer, for traces. Thread-safe.
    public interface Around {
        /// Nothing.
        Around NOTHING = (offers, way) -> way.offer(offers);

        /// Hands these offers on, maybe others with the same requests, and returns what they are
        /// answered.
        List<Admission> offer(List<Offer> offers, Way way) throws InterruptedException;
    }

    /// Into the queue.
    public interface Way {
        List<Admission> offer(List<Offer> offers) throws InterruptedException;
    }

    private final Shards queue;
    private final LongSupplier nanos;
    private final Around around;
    private final Way way = this::bring;

    /// One for each shard, so that none waits for another.
    private final List<Convoy<Routed, Optional<Admission>>> convoys;

    private final Map<String, CompletableFuture<Void>> waiting = new ConcurrentHashMap<>();

    private final LongAdder limited = new LongAdder();

    /// An offer, and the mapping by which it came to its shard.
    record Routed(Offer offer, int generation) {}

    public Intake(Shards queue, LongSupplier nanos) {
        this(queue, nanos, Around.NOTHING);
    }

    public Intake(Shards queue, LongSupplier nanos, Around around) {
        this.queue = queue;
        this.around = around;
        this.nanos = nanos;
        this.convoys =
                queue.all().stream()
                        .map(shard ->
                                new Convoy<Routed, Optional<Admission>>(
                                        BOUNDS, nanos, batch -> offerSurely(shard, batch)))
                        .toList();
    }

    /// Offers one request.
    ///
    /// @throws RedisFailure when Redis did not answer; after `Unknown` the request may be in
    /// @throws java.util.concurrent.RejectedExecutionException when too many wait for Redis already
    public Admission offer(Offer offer) throws InterruptedException {
        return offerAll(List.of(offer)).getFirst();
    }

    /// How many requests a producer's rate limit has refused here.
    public long limited() {
        return limited.sum();
    }

    /// Offers many; the answers are in order. Those whose shard is away are [Admission.Away].
    ///
    /// @throws RedisFailure when that is so for all
    public List<Admission> offerAll(List<Offer> offers) throws InterruptedException {
        List<Admission> admissions = around.offer(offers, way);
        for (Admission admission : admissions) {
            if (admission instanceof Admission.Limited) {
                limited.increment();
            }
        }
        return admissions;
    }

    private List<Admission> bring(List<Offer> offers) throws InterruptedException {
        return new Bringing(queue, convoys, offers, nanos).answers();
    }

    /// The answers of a shard; none for all of them when it knows a newer mapping.
    private List<Optional<Admission>> offerSurely(WorkQueue shard, List<Routed> batch) {
        List<Offer> offers = batch.stream().map(Routed::offer).toList();
        int generation = batch.stream().mapToInt(Routed::generation).min().orElse(0);
        boolean mayHaveRun = false;
        for (int attempt = 1; ; attempt++) {
            try {
                return switch (queue.on(shard, each -> each.offer(offers, generation))) {
                    case Offered.Answered(List<Admission> admissions) ->
                            mayHaveRun
                                    ? admissions.stream().map(Intake::asFirstTime).toList()
                                    : admissions.stream().map(Optional::of).toList();
                    case Offered.Remapped(ShardMap map) -> {
                        queue.learn(map);
                        yield Collections.nCopies(batch.size(), Optional.empty());
                    }
                };
            } catch (RedisFailure.Unknown e) {
                mayHaveRun = true;
                if (attempt == TRIES) {
                    throw e;
                }
            } catch (RedisFailure.NotExecuted e) {
                throw mayHaveRun
                        ? RedisFailure.unknown("offering requests: " + e.getMessage(), e)
                        : e;
            }
        }
    }

    /// After a lost answer, what looks like a duplicate is most likely our own first call.
    private static Optional<Admission> asFirstTime(Admission admission) {
        return Optional.of(
                admission instanceof Admission.Duplicate(String id)
                        ? new Admission.Queued(id)
                        : admission);
    }

    /// Waits for the end of a request that was offered with `tellWhenSettled`; empty when it didn't
    /// come in time.
    public Optional<Found.Settled> awaitEnd(String id, Duration timeout)
            throws InterruptedException {
        long deadline = nanos.getAsLong() + timeout.toNanos();
        CompletableFuture<Void> told = waiting.computeIfAbsent(id, _ -> new CompletableFuture<>());
        try {
            while (true) {
                if (queue.find(id) instanceof Found.Settled settled) {
                    return Optional.of(settled);
                }
                long left = deadline - nanos.getAsLong();
                if (left <= 0) {
                    return Optional.empty();
                }
                pause(told, Math.min(left, LOOK_AGAIN.toNanos()));
            }
        } finally {
            waiting.remove(id, told);
        }
    }

    private static void pause(CompletableFuture<Void> told, long nanos)
            throws InterruptedException {
        try {
            told.get(nanos, TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            // Not told in time: the caller looks for itself.
        }
    }

    /// A request has ended, here or at another replica.
    public void settled(String id) {
        CompletableFuture<Void> told = waiting.get(id);
        if (told != null) {
            told.complete(null);
        }
    }

    @Override
    public void close() {
        convoys.forEach(Convoy::stop);
        convoys.forEach(Convoy::close);
    }
}
