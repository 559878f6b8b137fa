package io.yardmaster.nodes;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Checks every node at its own interval, the first time at once. At most 16 checks run at a time
/// and one for each node, so a slow node delays nobody but itself.
public final class HealthChecker implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HealthChecker.class);
    private static final int MOST_AT_ONCE = 16;
    private static final double JITTER = 0.1;
    private static final Duration LONGEST_TIMEOUT = Duration.ofSeconds(5);
    private static final long TICK = 50_000_000L;

    private final Nodes nodes;
    private final HealthProbe probe;
    private final Duration interval;
    private final LongSupplier nanos;
    private final RandomGenerator random;

    private final Semaphore slots = new Semaphore(MOST_AT_ONCE);
    private final Object lock = new Object();
    private final Map<String, Due> schedule = new HashMap<>();
    private final Set<String> running = new HashSet<>();
    private @Nullable Thread loop;
    private volatile boolean closed;

    /// The target is part of it: a node that moved is checked at once.
    private record Due(Node node, long at) {
        boolean sameTarget(Node other) {
            return node.url().equals(other.url()) && node.health().equals(other.health());
        }
    }

    /// `interval` is for nodes that name none.
    public HealthChecker(
            Nodes nodes,
            HealthProbe probe,
            Duration interval,
            LongSupplier nanos,
            RandomGenerator random) {
        this.nodes = nodes;
        this.probe = probe;
        this.interval = interval;
        this.nanos = nanos;
        this.random = random;
    }

    /// Begins to check, on a thread of its own.
    public synchronized void start() {
        if (loop != null || closed) {
            throw new IllegalStateException("health checker: started (expected: started once)");
        }
        loop = Thread.ofVirtual().name("health-checker").start(this::run);
    }

    /// Stops; checks that still run end by their timeouts, and count for nothing.
    @Override
    public synchronized void close() {
        closed = true;
        if (loop != null) {
            LockSupport.unpark(loop);
        }
    }

    private void run() {
        boolean failing = false;
        while (!closed) {
            try {
                for (Node node : takeDue(slots.availablePermits())) {
                    slots.acquireUninterruptibly(); // there is one: only this thread takes them
                    Thread.ofVirtual().name("health-" + node.id()).start(() -> check(node));
                }
                if (failing) {
                    failing = false;
                    log.info("health checks go on");
                }
            } catch (RuntimeException e) {
                if (!failing) {
                    failing = true;
                    log.error("health checks fail, trying on", e);
                }
            }
            LockSupport.parkNanos(TICK);
        }
    }

    /// At most `most` nodes whose check is due, longest due first; they count as running until
    /// [#check] has ended, and are due again an interval from now.
    List<Node> takeDue(int most) {
        long now = nanos.getAsLong();
        List<Node> registered = nodes.registered();
        synchronized (lock) {
            Map<String, Due> current = new HashMap<>();
            for (Node node : registered) {
                if (node.health().type() != HealthCheck.Type.MQTT) {
                    Due due = schedule.get(node.id());
                    long at = due == null || !due.sameTarget(node) ? now : due.at;
                    current.put(node.id(), new Due(node, at));
                }
            }
            schedule.clear();
            schedule.putAll(current);
            List<Due> due = new ArrayList<>(schedule.values());
            due.removeIf(entry -> entry.at - now > 0 || running.contains(entry.node.id()));
            due.sort((a, b) -> Long.compare(a.at - now, b.at - now));
            List<Node> taken = due.stream().limit(most).map(Due::node).toList();
            for (Node node : taken) {
                running.add(node.id());
                schedule.put(node.id(), new Due(node, now + jittered(intervalOf(node))));
            }
            return taken;
        }
    }

    /// Asks one node and tells the result. Frees the slot that [#run] took.
    void check(Node node) {
        boolean passed = false;
        try {
            passed = probe.healthy(node, timeoutOf(node));
        } catch (RuntimeException e) {
            log.debug("health check of node {} failed", node.id(), e);
        }
        try {
            if (!closed) {
                nodes.checked(node, passed);
            }
        } finally {
            synchronized (lock) {
                running.remove(node.id());
            }
            slots.release();
        }
    }

    private Duration intervalOf(Node node) {
        Duration own = node.health().interval();
        return own == null ? interval : own;
    }

    private Duration timeoutOf(Node node) {
        Duration half = intervalOf(node).dividedBy(2);
        return half.compareTo(LONGEST_TIMEOUT) < 0 ? half : LONGEST_TIMEOUT;
    }

    /// Replicas that start together must not check in step for ever.
    private long jittered(Duration every) {
        return Math.round(every.toNanos() * (1 + JITTER * (2 * random.nextDouble() - 1)));
    }
}
