package io.yardmaster.dispatcher.e2e;

import io.yardmaster.queue.ShardMap;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntPredicate;

/// A producer whose requests all belong to certain shards, one after the other: how long those
/// shards take nothing is the longest time between two that were accepted.
final class ShardProbe implements AutoCloseable {
    private static final long PAUSE_NANOS = 20_000_000;

    private final Set<String> accepted = ConcurrentHashMap.newKeySet();
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicLong last = new AtomicLong(System.nanoTime());
    private final AtomicLong longest = new AtomicLong();
    private final Thread thread;
    private volatile boolean stopping;

    /// @param shards how many there are
    /// @param wanted numbers of the shards that are probed
    ShardProbe(String name, Replica replica, int shards, IntPredicate wanted) {
        ShardMap map = ShardMap.of(shards);
        thread =
                Thread.ofVirtual()
                        .start(() -> {
                            for (int i = 0; !stopping; i++) {
                                String id = name + "-" + i;
                                if (wanted.test(map.home(id))) {
                                    bring(replica, id);
                                    LockSupport.parkNanos(PAUSE_NANOS);
                                }
                            }
                        });
    }

    private void bring(Replica replica, String id) {
        try {
            HttpResponse<String> answer =
                    replica.post("/v1/requests", "{\"id\":\"" + id + "\",\"maxRetries\":3}");
            if (answer.statusCode() == 202) {
                accepted.add(id);
                long now = System.nanoTime();
                longest.accumulateAndGet(now - last.getAndSet(now), Math::max);
            } else {
                refused.incrementAndGet();
            }
        } catch (UncheckedIOException e) {
            refused.incrementAndGet();
        }
    }

    int count() {
        return accepted.size();
    }

    Set<String> accepted() {
        return Set.copyOf(accepted);
    }

    int refused() {
        return refused.get();
    }

    /// In ms, the time since the last one included.
    long longestGap() {
        long now = System.nanoTime() - last.get();
        return TimeUnit.NANOSECONDS.toMillis(Math.max(longest.get(), now));
    }

    /// Forgets the gaps so far.
    void reset() {
        last.set(System.nanoTime());
        longest.set(0);
    }

    @Override
    public void close() {
        stopping = true;
        try {
            thread.join(60_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
