package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.queue.QueueDepth;
import io.yardmaster.queue.QueueName;
import io.yardmaster.queue.Taken;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What this replica believes to be waiting, and the bell that tells the dispatching loop that
/// something changed. Thread-safe.
///
/// Beliefs come from takes, wake-ups and a regular look at the depths; a wrong one costs an empty
/// take or a wait until the next look, never a request.
public final class Backlog {
    /// Where a held queue is looked at again when nobody rings.
    private static final Duration PAUSED = Duration.ofSeconds(30);

    /// Where tokens come one by one, being held is the answer for most of the time between them.
    private static final Duration TOLD_FOR = Duration.ofSeconds(1);

    /// However long it takes.
    static final Duration UNTIL_RUNG = Duration.ofSeconds(Long.MAX_VALUE);

    /// `limited`: whether it was a rate limit that held the queue until then. `wokenAt`: when it
    /// was last heard that something came, a moment ago or longer.
    private record Belief(long waiting, long heldUntil, boolean limited, long wokenAt) {
        /// Whether a wake-up is newer than what somebody saw who looked at that time.
        boolean wokenSince(long askedAt) {
            return wokenAt - askedAt > 0;
        }

        /// What then waits: at least what the wake-up was for.
        long seen(long depth, long askedAt) {
            return wokenSince(askedAt) ? Math.max(1, depth) : depth;
        }
    }

    /// What was heard and is not believed yet.
    private record Woken(int shard, QueueName queue, long at) {}

    private final LongSupplier nanos;
    private final ReentrantLock lock = new ReentrantLock();
    private final List<Map<QueueName, Belief>> shards;
    private final Queue<Woken> woken = new ConcurrentLinkedQueue<>();
    private volatile boolean changed;
    private volatile @Nullable Thread waiter;
    private final LongAdder limited = new LongAdder();

    /// @param shards how many there are
    public Backlog(int shards, LongSupplier nanos) {
        this.nanos = nanos;
        this.shards = Stream.<Map<QueueName, Belief>>generate(HashMap::new).limit(shards).toList();
    }

    /// A queue was empty, or paused, and may have something now.
    ///
    /// An event loop calls this, so it takes no lock: behind a thread of its own in that lock's
    /// queue it would wait for what only it can run.
    public void woke(int shard, QueueName queue) {
        woken.add(new Woken(shard, queue, nanos.getAsLong()));
        ring();
    }

    /// Something else changed that may let requests start: a slot is free, a node has come. Takes
    /// no lock.
    public void ring() {
        changed = true;
        LockSupport.unpark(waiter);
    }

    /// Takes the lock, and believes what was heard.
    private void lock() {
        lock.lock();
        for (Woken heard = woken.poll(); heard != null; heard = woken.poll()) {
            Map<QueueName, Belief> beliefs = shards.get(heard.shard());
            long waiting = Math.max(1, believed(beliefs, heard.queue(), heard.at()).waiting());
            beliefs.put(heard.queue(), new Belief(waiting, heard.at(), false, heard.at()));
        }
    }

    /// A slot is free again: news only while something waits. An idle replica's loop sleeps on.
    void slotFreed() {
        lock();
        try {
            for (Map<QueueName, Belief> beliefs : shards) {
                if (hasWaiting(beliefs)) {
                    ring();
                    return;
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private static boolean hasWaiting(Map<QueueName, Belief> beliefs) {
        for (Belief belief : beliefs.values()) {
            if (belief.waiting() > 0) {
                return true;
            }
        }
        return false;
    }

    /// Whether a queue is known, and neither has anything waiting at this shard nor is held.
    boolean isQuiet(int shard, QueueName queue) {
        lock();
        try {
            Belief belief = shards.get(shard).get(queue);
            return belief != null
                    && belief.waiting() == 0
                    && belief.heldUntil() - nanos.getAsLong() <= 0;
        } finally {
            lock.unlock();
        }
    }

    /// Nothing is believed to wait where nothing was heard of.
    private static Belief believed(Map<QueueName, Belief> beliefs, QueueName queue, long now) {
        Belief known = beliefs.get(queue);
        return known == null ? new Belief(0, now, false, now - 1) : known;
    }

    /// A regular look. Queues that a take found held stay so.
    ///
    /// @param askedAt when the look began, on the monotonic clock
    public void looked(int shard, List<QueueDepth> depths, long askedAt) {
        Map<QueueName, Belief> beliefs = shards.get(shard);
        lock();
        try {
            depths.forEach(depth -> {
                Belief before = believed(beliefs, depth.queue(), askedAt);
                long found = depth.paused() ? 0 : Math.max(0, depth.depth());
                beliefs.put(
                        depth.queue(),
                        new Belief(
                                before.seen(found, askedAt),
                                before.heldUntil(),
                                before.limited(),
                                before.wokenAt()));
            });
        } finally {
            lock.unlock();
        }
        ring();
    }

    /// What a take found.
    ///
    /// @param askedAt when it was asked for, on the monotonic clock
    public void taken(int shard, Map<QueueName, Taken.Left> left, long askedAt) {
        Map<QueueName, Belief> beliefs = shards.get(shard);
        lock();
        try {
            long now = nanos.getAsLong();
            limited.add(
                    left.values().stream()
                            .filter(state -> state.hold() instanceof Taken.Hold.Limited)
                            .count());
            left.forEach((queue, state) -> {
                Belief before = believed(beliefs, queue, askedAt);
                beliefs.put(
                        queue,
                        new Belief(
                                before.seen(state.waiting(), askedAt),
                                now + (before.wokenSince(askedAt) ? 0 : hold(state.hold())),
                                state.hold() instanceof Taken.Hold.Limited,
                                before.wokenAt()));
            });
        } finally {
            lock.unlock();
        }
    }

    /// How many takes found a queue held by its service's rate limit.
    long limited() {
        return limited.sum();
    }

    private static long hold(Taken.Hold hold) {
        return switch (hold) {
            case Taken.Hold.None() -> 0;
            case Taken.Hold.Paused() -> PAUSED.toNanos();
            case Taken.Hold.Limited(Duration retryAfter) -> retryAfter.toNanos();
            case Taken.Hold.Corrupt(String _) -> PAUSED.toNanos();
        };
    }

    /// Services that may have something to dispatch, in order.
    public Collection<String> services() {
        lock();
        try {
            long now = nanos.getAsLong();
            TreeSet<String> services = new TreeSet<>();
            for (Map<QueueName, Belief> beliefs : shards) {
                beliefs.forEach((queue, belief) -> {
                    if (ready(belief, now)) {
                        services.add(queue.service());
                    }
                });
            }
            return services;
        } finally {
            lock.unlock();
        }
    }

    /// How many requests of a shard's queue may start, as far as is known; 0 while it is held.
    public long ready(int shard, QueueName queue) {
        lock();
        try {
            Belief belief = shards.get(shard).get(queue);
            return belief != null && ready(belief, nanos.getAsLong()) ? belief.waiting() : 0;
        } finally {
            lock.unlock();
        }
    }

    /// How long the service's rate limit still holds a queue with waiting requests, at the shard
    /// where that ends first, and 0 when it just ended; empty when a shard with some of them does
    /// not hold it, and has not lately.
    public Optional<Duration> limited(QueueName queue) {
        lock();
        try {
            long now = nanos.getAsLong();
            long shortest = Long.MAX_VALUE;
            for (Map<QueueName, Belief> beliefs : shards) {
                Belief belief = beliefs.get(queue);
                if (belief == null || belief.waiting() <= 0) {
                    continue;
                }
                long left = belief.heldUntil() - now;
                if (!belief.limited() || left < -TOLD_FOR.toNanos()) {
                    return Optional.empty();
                }
                shortest = Math.min(shortest, Math.max(0, left));
            }
            return shortest == Long.MAX_VALUE
                    ? Optional.empty()
                    : Optional.of(Duration.ofNanos(shortest));
        } finally {
            lock.unlock();
        }
    }

    private static boolean ready(Belief belief, long now) {
        return belief.waiting() > 0 && belief.heldUntil() - now <= 0;
    }

    /// Waits until something changed since the last call, a held queue may go on, or the time is
    /// over. [#UNTIL_RUNG] is cheaper than any time; a [#looked] rings at least once a second while
    /// there is a Redis to take from. One thread waits at a time.
    public void await(Duration longest) throws InterruptedException {
        long release = nextRelease();
        long left = longest.equals(UNTIL_RUNG) ? release : Math.min(longest.toNanos(), release);
        long began = System.nanoTime();
        waiter = Thread.currentThread();
        try {
            while (!changed && System.nanoTime() - began < left) {
                if (left == Long.MAX_VALUE) {
                    LockSupport.park(this);
                } else {
                    LockSupport.parkNanos(this, left - (System.nanoTime() - began));
                }
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
        } finally {
            waiter = null;
        }
        changed = false; // before the caller looks: what changes from now on rings anew
    }

    private long nextRelease() {
        long soonest = Long.MAX_VALUE;
        lock();
        try {
            long now = nanos.getAsLong();
            for (Map<QueueName, Belief> beliefs : shards) {
                for (Belief belief : beliefs.values()) {
                    long left = belief.heldUntil() - now;
                    if (belief.waiting() > 0 && left > 0) {
                        soonest = Math.min(soonest, left);
                    }
                }
            }
        } finally {
            lock.unlock();
        }
        return soonest == Long.MAX_VALUE ? soonest : soonest + TimeUnit.MILLISECONDS.toNanos(1);
    }
}
