package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.nodes.Decision;
import io.yardmaster.queue.Lease;
import io.yardmaster.queue.Priority;
import io.yardmaster.queue.QueueName;
import io.yardmaster.queue.WorkQueue;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// The leases that this replica holds: keeps them, prolongs them, and calls off attempts whose
/// lease is gone. Thread-safe.
public final class HeldLeases {
    private static final int MOST_IN_CALL = 500;

    /// Requests that are answered sooner than this after their send are settled without a word that
    /// they were sent, which would cost Redis a third of what taking one costs. Much less than the
    /// shortest lease.
    private static final long TELL_AFTER_NANOS = 200_000_000;

    private final Duration lease;
    private final InstantSource clock;
    private final LongSupplier nanos;

    /// By id and attempt: a request whose lease was lost may come back here while its first attempt
    /// still runs.
    private final Map<Attempt, Held> byAttempt = new ConcurrentHashMap<>();

    private final Map<String, AtomicIntegerArray> busy = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> unplaced = new ConcurrentHashMap<>();
    private final AtomicInteger running = new AtomicInteger();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition released = lock.newCondition();

    /// One lease and the attempt that runs on it.
    public static final class Held {
        private final Lease lease;
        private final long since;
        private final double charged;
        private volatile long until;
        private volatile long untilWall;
        private volatile long sentAt;
        private volatile boolean sent;
        private volatile boolean onRecord;
        private volatile @Nullable Thread thread;
        private volatile @Nullable String node;
        private volatile Optional<Decision> decision = Optional.empty();
        private volatile boolean calledOff;
        private volatile boolean settling;

        private Held(Lease lease, long since, double charged) {
            this.lease = lease;
            this.since = since;
            this.charged = charged;
        }

        public Lease lease() {
            return lease;
        }

        /// The node it was sent to, while it is there.
        public Optional<String> node() {
            return Optional.ofNullable(node);
        }

        /// Why it was sent there, when that was sampled.
        Optional<Decision> decision() {
            return decision;
        }

        /// On the monotonic clock.
        public long since() {
            return since;
        }

        /// When it was sent, on the monotonic clock; means something while there is a [#node].
        long sentAt() {
            return sentAt;
        }

        double charged() {
            return charged;
        }

        /// Whether the lease was lost or its request cancelled: nothing may be sent or settled any
        /// more.
        boolean calledOff() {
            return calledOff;
        }

        String service() {
            return lease.request().queue().service();
        }

        void runsOn(Thread runner) {
            thread = runner;
            if (calledOff) {
                runner.interrupt();
            }
        }

        private void until(long nanos, long wall) {
            until = nanos;
            untilWall = wall;
        }

        /// An attempt that is over is not called off: its settlement is on its way, and Redis
        /// judges it.
        private boolean callOff() {
            if (settling) {
                return false;
            }
            calledOff = true;
            Thread runner = thread;
            if (runner != null) {
                runner.interrupt();
            }
            return true;
        }
    }

    /// @param lease of requests that were sent
    public HeldLeases(Duration lease, InstantSource clock, LongSupplier nanos) {
        this.lease = lease;
        this.clock = clock;
        this.nanos = nanos;
    }

    Held hold(Lease taken, double charged) {
        long now = nanos.getAsLong();
        Held held = new Held(taken, now, charged);
        long left = taken.heldUntilNanos() - now;
        held.until(taken.heldUntilNanos(), clock.millis() + TimeUnit.NANOSECONDS.toMillis(left));
        byAttempt.put(Attempt.of(taken), held);
        running.incrementAndGet();
        QueueName of = taken.request().queue();
        busy(of.service()).incrementAndGet(of.priority().number());
        unplaced(of.service()).incrementAndGet();
        return held;
    }

    /// It has a slot at a node now: the node's own figures count it from here on.
    void placed(Held held, String node, Optional<Decision> decision) {
        held.decision = decision;
        held.node = node;
        held.sentAt = nanos.getAsLong();
        held.sent = true;
        unplaced(held.service()).decrementAndGet();
    }

    /// Its slot is free again, and it looks for another node.
    void unplaced(Held held) {
        held.node = null;
        held.sent = false;
        unplaced(held.service()).incrementAndGet();
    }

    /// The attempt is over: it needs no slot any more, and waits only to be settled. A repeated
    /// call changes nothing.
    void attempted(Held held) {
        if (held.settling) {
            return;
        }
        held.settling = true;
        running.decrementAndGet();
        if (held.node == null) {
            unplaced(held.service()).decrementAndGet();
        }
        held.node = null;
        busy(held.service()).decrementAndGet(held.lease.request().queue().priority().number());
    }

    private record Attempt(String id, int number) {
        static Attempt of(Lease lease) {
            return new Attempt(lease.id(), lease.attempt());
        }
    }

    void release(Held held) {
        byAttempt.remove(Attempt.of(held.lease), held);
        if (byAttempt.isEmpty()) {
            lock.lock();
            try {
                released.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    /// Neither a process that was stopped, nor a machine that was suspended (its monotonic clock
    /// stood still, its wall clock did not), nor a word that came late may lead to a send.
    boolean maySend(Held held) {
        return !held.calledOff
                && held.until - nanos.getAsLong() > 0
                && held.untilWall > clock.millis();
    }

    /// Requests whose leases are held, those that only wait to be settled too.
    public int size() {
        return byAttempt.size();
    }

    /// Requests that use or look for a slot at a node.
    int running() {
        return running.get();
    }

    public Collection<Held> all() {
        return byAttempt.values();
    }

    /// The lease of an attempt, when it is this replica that holds it.
    Optional<Held> find(String id, int attempt) {
        return Optional.ofNullable(byAttempt.get(new Attempt(id, attempt)));
    }

    /// Requests of a service that use or look for a slot, by priority.
    int[] busyOf(String service) {
        AtomicIntegerArray counts = busy(service);
        int[] copy = new int[Priority.values().length];
        for (int i = 0; i < copy.length; i++) {
            copy[i] = counts.get(i);
        }
        return copy;
    }

    /// Requests of a service that were taken and have no slot at a node yet.
    int unplacedOf(String service) {
        return unplaced(service).get();
    }

    private AtomicInteger unplaced(String service) {
        return unplaced.computeIfAbsent(service, _ -> new AtomicInteger());
    }

    private AtomicIntegerArray busy(String service) {
        return busy.computeIfAbsent(service, _ -> new AtomicIntegerArray(Priority.values().length));
    }

    private enum Need {
        NOTHING,
        TELL_SENT,
        PROLONG,
        PROLONG_UNSENT
    }

    private Need need(Held held, Duration unsentLease, long now) {
        Duration length = held.onRecord ? lease : unsentLease;
        boolean due = held.until - now < length.toNanos() / 3 * 2;
        if (held.sent && !held.onRecord) {
            boolean slow = !held.settling && now - held.sentAt >= TELL_AFTER_NANOS;
            return slow || due ? Need.TELL_SENT : Need.NOTHING;
        }
        return !due ? Need.NOTHING : held.onRecord ? Need.PROLONG : Need.PROLONG_UNSENT;
    }

    /// Puts on record what was sent, and prolongs leases of which a third has passed, at one shard.
    /// To be called several times in a second.
    ///
    /// @return how many leases were lost; their attempts are called off
    int renew(WorkQueue queue) {
        Map<Need, List<Held>> byNeed = new EnumMap<>(Need.class);
        long now = nanos.getAsLong();
        for (Held held : byAttempt.values()) {
            if (held.lease.shard() == queue.shard()) {
                Need need = need(held, queue.unsentLease(), now);
                byNeed.computeIfAbsent(need, _ -> new ArrayList<>()).add(held);
            }
        }
        int lost = 0;
        for (Map.Entry<Need, List<Held>> each : byNeed.entrySet()) {
            lost +=
                    switch (each.getKey()) {
                        case NOTHING -> 0;
                        case TELL_SENT -> {
                            int gone = prolong(each.getValue(), lease, queue::sent);
                            each.getValue().forEach(held -> held.onRecord = true);
                            yield gone;
                        }
                        case PROLONG -> prolong(each.getValue(), lease, queue::renew);
                        case PROLONG_UNSENT ->
                                prolong(each.getValue(), queue.unsentLease(), queue::renewUnsent);
                    };
        }
        return lost;
    }

    private int prolong(List<Held> all, Duration length, UnaryOperator<List<Lease>> call) {
        int lost = 0;
        for (int from = 0; from < all.size(); from += MOST_IN_CALL) {
            List<Held> part = all.subList(from, Math.min(all.size(), from + MOST_IN_CALL));
            long until = nanos.getAsLong() + length.toNanos();
            long untilWall = clock.millis() + length.toMillis();
            List<Lease> gone = call.apply(part.stream().map(Held::lease).toList());
            // What is lost is called off first: the new time must not open a moment for its send.
            for (Lease each : gone) {
                Held held = byAttempt.get(Attempt.of(each));
                // It may have been settled between the copy and the call.
                if (held != null && held.lease.equals(each)) {
                    lost += held.callOff() ? 1 : 0;
                }
            }
            part.forEach(held -> held.until(until, untilWall));
        }
        return lost;
    }

    /// A request was cancelled somewhere; if it is here, its attempt is called off.
    void cancelled(String id) {
        byAttempt.values().stream()
                .filter(held -> held.lease.id().equals(id))
                .forEach(Held::callOff);
    }

    /// Waits until nothing is held, at most this long; whether that came about.
    boolean awaitNone(Duration longest) throws InterruptedException {
        lock.lock();
        try {
            long left = longest.toNanos();
            while (!byAttempt.isEmpty() && left > 0) {
                left = released.awaitNanos(left);
            }
            return byAttempt.isEmpty();
        } finally {
            lock.unlock();
        }
    }
}
