package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.queue.Admission;
import io.yardmaster.queue.Found;
import io.yardmaster.queue.GroupCommit;
import io.yardmaster.queue.Offer;
import io.yardmaster.queue.WorkQueue;
import io.yardmaster.redis.RedisFailure;
import java.time.Duration;
import java.util.ArrayList;
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
/// Offers of many callers travel in one call to Redis. A call whose answer was lost is made again:
/// ids make that safe.
public final class Intake implements AutoCloseable {
    private static final int MOST_IN_BATCH = 500;
    private static final int MOST_WAITING = 20_000;
    private static final int TRIES = 2;
    private static final Duration OFFER_TIMEOUT = Duration.ofSeconds(5);

    /// The safety net of waiting: an end whose message was lost is found by looking.
    private static final Duration LOOK_AGAIN = Duration.ofMillis(500);

    private final WorkQueue queue;
    private final LongSupplier nanos;
    private final GroupCommit<Offer, Admission> commits;
    private final Map<String, CompletableFuture<Void>> waiting = new ConcurrentHashMap<>();

    private final LongAdder limited = new LongAdder();

    public Intake(WorkQueue queue, LongSupplier nanos) {
        this.queue = queue;
        this.nanos = nanos;
        this.commits = new GroupCommit<>("intake", MOST_WAITING, MOST_IN_BATCH, this::offerSurely);
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

    /// Offers many; the answers are in order.
    public List<Admission> offerAll(List<Offer> offers) throws InterruptedException {
        List<CompletableFuture<Admission>> answers = new ArrayList<>(offers.size());
        for (Offer offer : offers) {
            answers.add(commits.submit(offer));
        }
        long deadline = nanos.getAsLong() + OFFER_TIMEOUT.toNanos();
        List<Admission> admissions = new ArrayList<>(offers.size());
        for (CompletableFuture<Admission> answer : answers) {
            Admission admission = await(answer, deadline);
            if (admission instanceof Admission.Limited) {
                limited.increment();
            }
            admissions.add(admission);
        }
        return admissions;
    }

    private Admission await(CompletableFuture<Admission> answer, long deadline)
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

    private List<Admission> offerSurely(List<Offer> offers) {
        boolean mayHaveRun = false;
        for (int attempt = 1; ; attempt++) {
            try {
                List<Admission> admissions = queue.offer(offers);
                return mayHaveRun
                        ? admissions.stream().map(Intake::asFirstTime).toList()
                        : admissions;
            } catch (RedisFailure.Unknown e) {
                mayHaveRun = true;
                if (attempt == TRIES) {
                    throw e;
                }
            }
        }
    }

    /// After a lost answer, what looks like a duplicate is most likely our own first call.
    private static Admission asFirstTime(Admission admission) {
        return admission instanceof Admission.Duplicate(String id)
                ? new Admission.Queued(id)
                : admission;
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
        commits.close();
    }
}
