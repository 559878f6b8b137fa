package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.queue.Admission;
import io.yardmaster.queue.Found;
import io.yardmaster.queue.GroupCommit;
import io.yardmaster.queue.Offer;
import io.yardmaster.queue.ShardMap;
import io.yardmaster.queue.Shards;
import io.yardmaster.queue.Shards.Place;
import io.yardmaster.queue.WorkQueue;
import io.yardmaster.queue.WorkQueue.Offered;
import io.yardmaster.redis.RedisFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The door of this replica: brings requests into the queue, and waits for their end. Thread-safe.
///
/// Offers of many callers travel in one call to a shard. A call whose answer was lost is made
/// again: ids make that safe.
public final class Intake implements AutoCloseable {
    private static final int MOST_IN_BATCH = 500;
    private static final int MOST_WAITING = 20_000;
    private static final int TRIES = 2;
    private static final int MOST_ROUNDS = 4;
    private static final Duration OFFER_TIMEOUT = Duration.ofSeconds(5);

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
    private final List<GroupCommit<Routed, Optional<Admission>>> commits;

    private final Map<String, CompletableFuture<Void>> waiting = new ConcurrentHashMap<>();

    private final LongAdder limited = new LongAdder();

    /// An offer, and the mapping by which it came to its shard.
    private record Routed(Offer offer, int generation) {}

    public Intake(Shards queue, LongSupplier nanos) {
        this(queue, nanos, Around.NOTHING);
    }

    public Intake(Shards queue, LongSupplier nanos, Around around) {
        this.queue = queue;
        this.around = around;
        this.nanos = nanos;
        this.commits =
                queue.all().stream()
                        .map(shard ->
                                new GroupCommit<Routed, Optional<Admission>>(
                                        "intake " + shard,
                                        MOST_WAITING,
                                        MOST_IN_BATCH,
                                        batch -> offerSurely(shard, batch)))
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
        return around.offer(offers, way);
    }

    private List<Admission> bring(List<Offer> offers) throws InterruptedException {
        Round round = new Round(offers, nanos.getAsLong() + OFFER_TIMEOUT.toNanos());
        for (int i = 0; i < MOST_ROUNDS && !round.open.isEmpty(); i++) {
            round.play();
        }
        return round.answers();
    }

    /// The offers of one caller on their way. Most are answered by the first shard that they are
    /// brought to; another is tried when ids are mapped otherwise by now, and, for requests that
    /// nobody named, when the first is away or full.
    private final class Round {
        private final List<Offer> offers;
        private final long deadline;
        private final @Nullable Admission[] admissions;
        private final @Nullable RuntimeException[] failures;
        private final long[] tried;
        private List<Integer> open;

        Round(List<Offer> offers, long deadline) {
            this.offers = offers;
            this.deadline = deadline;
            this.admissions = new Admission[offers.size()];
            this.failures = new RuntimeException[offers.size()];
            this.tried = new long[offers.size()];
            this.open = IntStream.range(0, offers.size()).boxed().toList();
        }

        private void play() throws InterruptedException {
            ShardMap map = queue.map();
            List<Place> places =
                    queue.place(
                            map,
                            open.stream().map(offers::get).toList(),
                            open.stream().mapToLong(index -> tried[index]).toArray());
            List<@Nullable CompletableFuture<Optional<Admission>>> answers = new ArrayList<>();
            for (int i = 0; i < places.size(); i++) {
                answers.add(submit(open.get(i), places.get(i), map));
            }
            List<Integer> again = new ArrayList<>();
            for (int i = 0; i < places.size(); i++) {
                CompletableFuture<Optional<Admission>> answer = answers.get(i);
                if (answer != null && !settled(open.get(i), answer, map)) {
                    again.add(open.get(i));
                }
            }
            open = again;
        }

        private @Nullable CompletableFuture<Optional<Admission>> submit(
                int index, Place place, ShardMap map) {
            return switch (place) {
                case Place.At(WorkQueue shard) -> {
                    tried[index] |= 1L << shard.shard();
                    yield commits.get(shard.shard())
                            .submit(new Routed(offers.get(index), map.generation()));
                }
                case Place.Nowhere(RedisFailure why) -> {
                    if (admissions[index] == null && failures[index] == null) {
                        failures[index] = why;
                    }
                    yield null;
                }
            };
        }

        /// Whether the offer has its answer; else it is to be brought to another shard.
        private boolean settled(
                int index, CompletableFuture<Optional<Admission>> answer, ShardMap map)
                throws InterruptedException {
            boolean elsewhere =
                    !offers.get(index).named() && Long.bitCount(tried[index]) < map.shards();
            try {
                Optional<Admission> admission = await(answer, deadline);
                failures[index] = null;
                if (admission.isEmpty()) {
                    tried[index] = 0;
                    failures[index] = RedisFailure.away("ids were mapped anew all the time");
                    return false;
                }
                admissions[index] = admission.get();
                boolean full =
                        admission.get() instanceof Admission.Full
                                || admission.get() instanceof Admission.MemoryFull;
                return !(elsewhere && full);
            } catch (RedisFailure.NotExecuted e) {
                failures[index] = e;
                return !elsewhere;
            } catch (RuntimeException e) {
                // It may be in: what another shard said before must not make a refusal of that.
                admissions[index] = null;
                failures[index] = e;
                return true;
            }
        }

        private List<Admission> answers() {
            boolean none = true;
            for (Admission admission : admissions) {
                none &= admission == null;
            }
            for (RuntimeException failure : failures) {
                if (failure != null && (none || !(failure instanceof RedisFailure))) {
                    throw failure;
                }
            }
            List<Admission> answers = new ArrayList<>(admissions.length);
            for (Admission admission : admissions) {
                if (admission instanceof Admission.Limited) {
                    limited.increment();
                }
                answers.add(Objects.requireNonNullElseGet(admission, Admission.Away::new));
            }
            return answers;
        }
    }

    private Optional<Admission> await(CompletableFuture<Optional<Admission>> answer, long deadline)
            throws InterruptedException {
        try {
            return answer.get(Math.max(1, deadline - nanos.getAsLong()), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException("offering a request", e.getCause());
        } catch (TimeoutException e) {
            throw RedisFailure.unknown("offering a request: no answer within " + OFFER_TIMEOUT, e);
        }
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
        commits.forEach(GroupCommit::stop);
        commits.forEach(GroupCommit::close);
    }
}
