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
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Visits nodes, each at its own interval. At most 16 visits run at a time and one for each node,
/// so a slow node delays nobody but itself.
///
/// Intervals are jittered by a tenth, and the first visits after a start are spread over the
/// interval (5 s at most): replicas that start together, as after a power cut, must not fall upon
/// all nodes at once (envoyproxy/envoy#4132). A node that comes later, or moves, is visited at
/// once.
final class Rounds implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Rounds.class);
    private static final int MOST_AT_ONCE = 16;
    private static final double JITTER = 0.1;
    private static final Duration LONGEST_SPREAD = Duration.ofSeconds(5);
    private static final long SHORTEST_PAUSE = 1_000_000_000L;
    private static final long TICK = 50_000_000L;

    private final String name;
    private final Supplier<List<Node>> nodes;
    private final Plan plan;
    private final LongSupplier nanos;
    private final RandomGenerator random;

    private final Semaphore slots = new Semaphore(MOST_AT_ONCE);
    private final Object lock = new Object();

    // These four are guarded by `lock`.
    private Map<String, Due> schedule = new HashMap<>();
    private final Map<String, Long> visitedAt = new HashMap<>();
    private final Set<String> running = new HashSet<>();
    private boolean begun;

    private @Nullable Thread loop;
    private volatile boolean closed;

    /// What is visited, and how.
    interface Plan {
        /// What of the node is visited; null: nothing. When it changes, the next visit is at once.
        @Nullable Object target(Node node);

        Duration interval(Node node);

        /// May block as long as a visit may take; what it throws is logged.
        void visit(Node node);

        /// Nodes that must not wait for their interval. Asked every 50 ms.
        default Set<String> urgent() {
            return Set.of();
        }
    }

    private record Due(Node node, Object target, long at) {}

    Rounds(
            String name,
            Supplier<List<Node>> nodes,
            Plan plan,
            LongSupplier nanos,
            RandomGenerator random) {
        this.name = name;
        this.nodes = nodes;
        this.plan = plan;
        this.nanos = nanos;
        this.random = random;
    }

    /// Begins, on a thread of its own.
    synchronized void start() {
        if (loop != null || closed) {
            throw new IllegalStateException(name + ": started (expected: started once)");
        }
        loop = Thread.ofVirtual().name(name).start(this::run);
    }

    /// Stops; visits that still run end by themselves.
    @Override
    public synchronized void close() {
        closed = true;
        if (loop != null) {
            LockSupport.unpark(loop);
        }
    }

    boolean closed() {
        return closed;
    }

    private void run() {
        boolean failing = false;
        while (!closed) {
            try {
                for (Node node : takeDue(slots.availablePermits())) {
                    slots.acquireUninterruptibly(); // there is one: only this thread takes them
                    Thread.ofVirtual().name(name + "-" + node.id()).start(() -> visitInSlot(node));
                }
                if (failing) {
                    failing = false;
                    log.info("{} goes on", name);
                }
            } catch (RuntimeException e) {
                if (!failing) {
                    failing = true;
                    log.error("{} fails, trying on", name, e);
                }
            }
            LockSupport.parkNanos(TICK);
        }
    }

    private void visitInSlot(Node node) {
        try {
            visit(node);
        } catch (RuntimeException e) {
            log.warn("{}: visiting node {}", name, node.id(), e);
        } finally {
            slots.release();
        }
    }

    /// Visits a node that [#takeDue] gave.
    void visit(Node node) {
        try {
            plan.visit(node);
        } finally {
            synchronized (lock) {
                running.remove(node.id());
            }
        }
    }

    /// At most `most` nodes whose visit is due, longest due first; they count as running until
    /// [#visit] has ended, and are due again an interval from now.
    List<Node> takeDue(int most) {
        plan.urgent().forEach(id -> hurry(id, Duration.ZERO));
        List<Node> registered = nodes.get();
        synchronized (lock) {
            long now = nanos.getAsLong();
            arrange(registered, now);
            List<Due> due = new ArrayList<>(schedule.values());
            due.removeIf(entry -> entry.at - now > 0 || running.contains(entry.node.id()));
            due.sort((a, b) -> Long.compare(a.at - now, b.at - now));
            List<Node> taken = due.stream().limit(most).map(Due::node).toList();
            for (Due entry : due.subList(0, taken.size())) {
                Node node = entry.node;
                running.add(node.id());
                visitedAt.put(node.id(), now);
                long next = now + jittered(plan.interval(node));
                schedule.put(node.id(), new Due(node, entry.target, next));
            }
            return taken;
        }
    }

    private void arrange(List<Node> registered, long now) {
        Map<String, Due> current = new HashMap<>();
        for (Node node : registered) {
            Object target = plan.target(node);
            if (target != null) {
                Due due = schedule.get(node.id());
                long at = begun ? now : now + spread(plan.interval(node));
                if (due != null && due.target.equals(target)) {
                    at = due.at;
                }
                current.put(node.id(), new Due(node, target, at));
            }
        }
        begun = true;
        schedule = current;
        visitedAt.keySet().retainAll(current.keySet());
    }

    /// Visits the node after this delay when that is before its time, and not within a second of
    /// the visit before.
    void hurry(String id, Duration delay) {
        synchronized (lock) {
            Due due = schedule.get(id);
            if (due == null) {
                return;
            }
            long wanted = nanos.getAsLong() + delay.toNanos();
            Long last = visitedAt.get(id);
            if (last != null && wanted - last < SHORTEST_PAUSE) {
                wanted = last + SHORTEST_PAUSE;
            }
            if (wanted - due.at < 0) {
                schedule.put(id, new Due(due.node, due.target, wanted));
            }
        }
    }

    private long jittered(Duration every) {
        return Math.round(every.toNanos() * (1 + JITTER * (2 * random.nextDouble() - 1)));
    }

    private long spread(Duration every) {
        return Math.round(
                Math.min(every.toNanos(), LONGEST_SPREAD.toNanos()) * random.nextDouble());
    }
}
