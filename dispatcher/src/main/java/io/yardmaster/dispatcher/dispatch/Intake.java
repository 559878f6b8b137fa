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
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

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

    /// Bytes of bodies that takes go along with.
    private static final int LIGHT = 64 << 10;

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

    private volatile List<Lane> lanes = List.of();
    private volatile Supplier<String> nonces = () -> "";
    private volatile Executor threads = Runnable::run;

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
                                        BOUNDS, nanos, batch -> bring(shard, batch)))
                        .toList();
    }

    /// Offers one request.
    ///
    /// @throws RedisFailure when Redis did not answer; after `Unknown` the request may be in
    /// @throws RejectedExecutionException when too many wait for Redis already
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

    /// From now on takes go along with offers: what finds nothing before it in its queue, and a
    /// free slot here, is leased by the call that brings it.
    ///
    /// @param lanes of each shard
    /// @param nonces makes new ones
    /// @param threads what is taken is sent by these
    void takeAlong(List<Lane> lanes, Supplier<String> nonces, ThreadFactory threads) {
        this.threads = task -> threads.newThread(task).start();
        this.nonces = nonces;
        this.lanes = lanes;
    }

    private List<Optional<Admission>> bring(WorkQueue shard, List<Routed> batch) {
        List<Offer> offers = batch.stream().map(Routed::offer).toList();
        int generation = batch.stream().mapToInt(Routed::generation).min().orElse(0);
        List<Lane> taking = lanes;
        if (!taking.isEmpty() && isLight(offers)) {
            Lane lane = taking.get(shard.shard());
            Optional<Lane.Ask> ask = lane.along(offers, nonces);
            if (ask.isPresent()) {
                return bring(shard, offers, generation, lane, ask.get());
            }
        }
        return offerSurely(shard, offers, each -> each.offer(offers, generation));
    }

    /// An event loop has to write them.
    private static boolean isLight(List<Offer> offers) {
        return offers.stream().mapToLong(offer -> offer.request().body().length).sum() <= LIGHT;
    }

    /// On a thread that is where the answer will be read: what it brings is sent from there. Our
    /// thread, which may be on a core that sleeps, only hears of it.
    private List<Optional<Admission>> bring(
            WorkQueue shard, List<Offer> offers, int generation, Lane lane, Lane.Ask ask) {
        CompletableFuture<List<Optional<Admission>>> answers = new CompletableFuture<>();
        Runnable call =
                () -> {
                    try {
                        answers.complete(
                                offerSurely(
                                        shard,
                                        offers,
                                        _ -> lane.offerAndTake(offers, generation, ask)));
                    } catch (Throwable e) { // who is told nothing would wait for ever
                        try {
                            lane.letGo(ask, !(e instanceof RedisFailure.NotExecuted));
                        } finally {
                            answers.completeExceptionally(e);
                        }
                    }
                };
        try {
            threads.execute(call);
        } catch (RuntimeException | Error e) { // an Error too: the shard would be asked for ever
            lane.letGo(ask, false);
            throw e;
        }
        try {
            return answers.join(); // each try ends in time by itself
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException known ? known : e;
        }
    }

    /// The answers of a shard; none for all of them when it knows a newer mapping.
    private List<Optional<Admission>> offerSurely(
            WorkQueue shard, List<Offer> offers, Function<WorkQueue, Offered> call) {
        boolean mayHaveRun = false;
        for (int attempt = 1; ; attempt++) {
            try {
                return switch (queue.on(shard, call)) {
                    case Offered.Answered(List<Admission> admissions) ->
                            mayHaveRun
                                    ? admissions.stream().map(Intake::asFirstTime).toList()
                                    : admissions.stream().map(Optional::of).toList();
                    case Offered.Remapped(ShardMap map) -> {
                        queue.learn(map);
                        yield Collections.nCopies(offers.size(), Optional.empty());
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
