package io.yardmaster.dispatcher.e2e;

import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/// Producers that bring requests with ids of their own to several replicas, each request until it
/// is accepted, and some of them again later. Replicas may be restarted meanwhile.
final class Traffic implements AutoCloseable {
    private static final int PRODUCERS = 4;
    private static final long PAUSE_NANOS = 4_000_000;
    private static final int AGAIN_EVERY = 5;
    private static final long PATIENCE_NANOS = 60_000_000_000L;

    private final CopyOnWriteArrayList<Replica> replicas;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Set<String> accepted = ConcurrentHashMap.newKeySet();
    private final Set<String> givenUp = ConcurrentHashMap.newKeySet();
    private final AtomicInteger replayed = new AtomicInteger();
    private final AtomicLong lastAccepted = new AtomicLong();
    private final AtomicLong longestGap = new AtomicLong();
    private volatile boolean stopping;

    Traffic(Replica... replicas) {
        this.replicas = new CopyOnWriteArrayList<>(replicas);
    }

    List<Replica> replicas() {
        return replicas;
    }

    void start() {
        lastAccepted.set(System.nanoTime());
        for (int producer = 0; producer < PRODUCERS; producer++) {
            String prefix = "p" + producer + "-";
            int own = producer;
            threads.execute(() -> {
                for (int i = 0; !stopping; i++) {
                    bring(prefix + i, own + i);
                    if (i % AGAIN_EVERY == 0) {
                        // An old one, and from the other replica.
                        bring(prefix + i / 2, own + i + 1);
                    }
                    LockSupport.parkNanos(PAUSE_NANOS);
                }
            });
        }
    }

    /// Offers until it is accepted, each time at the next replica.
    private void bring(String id, int first) {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        for (int i = first; System.nanoTime() < deadline; i++) {
            try {
                HttpResponse<String> answer =
                        replicas.get(i % replicas.size())
                                .post("/v1/requests", "{\"id\":\"" + id + "\",\"maxRetries\":3}");
                if (answer.statusCode() == 202) {
                    accepted(id, answer);
                    return;
                }
                if (answer.statusCode() != 503) {
                    throw new AssertionError(id + ": " + answer.body());
                }
            } catch (UncheckedIOException e) {
                // Being restarted: the other one takes it.
            }
            LockSupport.parkNanos(5 * PAUSE_NANOS);
        }
        givenUp.add(id);
    }

    private void accepted(String id, HttpResponse<String> answer) {
        accepted.add(id);
        if (answer.headers().firstValue("Idempotent-Replayed").isPresent()) {
            replayed.incrementAndGet();
        }
        long now = System.nanoTime();
        longestGap.accumulateAndGet(now - lastAccepted.getAndSet(now), Math::max);
    }

    int accepted() {
        return accepted.size();
    }

    Set<String> acceptedIds() {
        return Set.copyOf(accepted);
    }

    int replayed() {
        return replayed.get();
    }

    long longestGapMs() {
        return TimeUnit.NANOSECONDS.toMillis(longestGap.get());
    }

    void awaitAccepted(int count) {
        Await.until(
                count + " are accepted",
                () -> accepted.size() >= count,
                () -> accepted.size() + " " + replicas.getFirst().program().said());
    }

    /// Ends a replica in order and puts a new one in its place.
    Replica restart(int index, Supplier<Program> launch) throws InterruptedException {
        Replica old = replicas.get(index);
        old.program().signal("TERM");
        old.program().exitCode();
        Replica fresh = Replica.await(launch.get());
        replicas.set(index, fresh);
        return fresh;
    }

    /// Waits until every request that was begun is accepted.
    void stop() throws InterruptedException {
        stopping = true;
        threads.shutdown();
        if (!threads.awaitTermination(2 * PATIENCE_NANOS, TimeUnit.NANOSECONDS)
                || !givenUp.isEmpty()) {
            throw new AssertionError("not accepted in a minute: " + givenUp);
        }
    }

    @Override
    public void close() {
        stopping = true;
        threads.shutdownNow();
    }
}
