package io.yardmaster.queue;

import io.yardmaster.queue.AuditCalls.Waiting;
import io.yardmaster.redis.Redis;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds and mends what other hands damaged in one shard: requests, tickets, leases, due times and
/// dead that don't agree, counters, keys of a wrong type, keys that are gone.
///
/// A pass looks at every key of the shard in many short calls with pauses between them; one replica
/// at a time does it. It never mends what is only on its way: what one call sees is certain, and a
/// ticket counts as lost only when its request was seen waiting before the whole list was walked,
/// and hasn't moved when the walk is over. See `docs/adr/0013-audit.md`.
///
/// Not thread-safe, but for [#close].
public final class Audit implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Audit.class);

    /// Tickets of one call.
    private static final int WINDOW = 500;

    /// Requests that get their ticket again in one call.
    private static final int MENDED = 50;

    /// Tickets that are remembered at once, in 16 MB; of more only a part is compared in each pass.
    private static final int REMEMBERED_MOST = 1_000_000;

    /// Requests without a ticket that are mended in one pass.
    private static final int LOST_MOST = 200_000;

    /// Another replica goes on this long after the interval when the one that audits is gone.
    private static final Duration TAKEN_OVER = Duration.ofSeconds(15);

    private static final Duration LONGEST_TICK = Duration.ofSeconds(5);

    private static final Comparator<Waiting> BY_AGE =
            Comparator.comparingLong(Waiting::enqueued)
                    .thenComparing(Waiting::ticket, Arrays::compareUnsigned);

    private final Redis redis;
    private final String base;
    private final String replica;
    private final Duration lease;
    private final Pace pace;
    private final RandomGenerator secret;
    private final Listener listener;
    private final Map<String, String> differences = new HashMap<>();
    private String incarnation = "";
    private long passes;
    private long dueNanos;
    private volatile boolean closed;

    /// What happens between two calls.
    @FunctionalInterface
    public interface Pause {
        /// @param call how long the call took that is over
        void after(Duration call) throws InterruptedException;
    }

    /// How fast it goes.
    ///
    /// @param interval from the end of a pass to the next one, 100 ms or more
    /// @param nanos a monotonic clock
    public record Pace(Duration interval, LongSupplier nanos, Pause pause) {
        private static final Duration SHORTEST = Duration.ofMillis(4);
        private static final Duration LONGEST = Duration.ofMillis(100);
        private static final int RESTS = 9;

        /// Leaves Redis alone nine times as long as each call took, 4 to 100 ms: a call that had to
        /// stand in line behind others' says how busy Redis is. So the audit has at most a tenth of
        /// Redis' time, and much less of a busy one's.
        public static Pace gentle(Duration interval, LongSupplier nanos) {
            return new Pace(interval, nanos, call -> Thread.sleep(rest(call)));
        }

        static Duration rest(Duration call) {
            Duration rest = call.multipliedBy(RESTS);
            if (rest.compareTo(SHORTEST) < 0) {
                return SHORTEST;
            }
            return rest.compareTo(LONGEST) < 0 ? rest : LONGEST;
        }
    }

    /// Who is told. Called on the thread of the pass.
    public interface Listener {
        /// The functions lack their configuration: [WorkQueue#configure] is to be called.
        void configurationGone();

        default void repaired(Repair kind, long count) {}

        default void passed(AuditReport report) {}
    }

    /// @param replica this process' name, unique among all that run
    /// @param lease of requests that it finds without one
    /// @param secret for names that nobody else may have
    public Audit(
            Redis redis,
            int shard,
            String replica,
            Duration lease,
            Pace pace,
            RandomGenerator secret,
            Listener listener) {
        this.redis = redis;
        this.base = "{yard:" + shard + "}";
        this.replica = replica;
        this.lease = lease;
        this.pace = pace;
        this.secret = secret;
        this.listener = listener;
        this.dueNanos = pace.nanos().getAsLong();
    }

    /// How often [#tick] is to be called.
    public Duration tickInterval() {
        Duration quarter = pace.interval().dividedBy(4);
        return quarter.compareTo(LONGEST_TICK) < 0 ? quarter : LONGEST_TICK;
    }

    /// Runs a pass when one is due.
    ///
    /// @throws io.yardmaster.redis.RedisFailure when Redis is away; the next one begins anew
    public void tick() throws InterruptedException {
        if (pace.nanos().getAsLong() - dueNanos >= 0) {
            Optional<AuditReport> _ = pass();
        }
    }

    /// Runs a pass now; empty when another replica audits, or when it was closed.
    public Optional<AuditReport> pass() throws InterruptedException {
        AuditCalls calls =
                new AuditCalls(
                        redis,
                        base,
                        new AuditCalls.Holder(
                                replica, pace.interval().plus(TAKEN_OVER), () -> closed),
                        pace,
                        listener::repaired);
        long began = pace.nanos().getAsLong();
        try {
            AuditReport report = new Run(calls, began).run();
            dueNanos = pace.nanos().getAsLong();
            if (report.complete()) {
                dueNanos += pace.interval().toNanos();
            }
            listener.passed(report);
            return Optional.of(report);
        } catch (AuditCalls.Ended e) {
            return Optional.empty();
        } finally {
            calls.repairs()
                    .forEach((kind, count) ->
                            log.warn(
                                    "audit of {}: {} ({}), for example {}",
                                    base,
                                    kind.text(),
                                    count,
                                    calls.example(kind)));
        }
    }

    /// Ends the pass under way after its current call.
    @Override
    public void close() {
        closed = true;
    }

    private String word() {
        return String.format("%016x", secret.nextLong());
    }

    /// One pass.
    private final class Run {
        private final AuditCalls calls;
        private final long beganNanos;
        private final TicketSet seen = new TicketSet(secret.nextLong());
        private final TicketSet counted = new TicketSet(secret.nextLong());
        private final Map<String, Long> waiting = new HashMap<>();
        private final Map<String, List<Waiting>> suspects = new HashMap<>();
        private int suspected;
        private boolean complete = true;
        private long tickets;
        private long keys;
        private int part;
        private int parts = 1;

        Run(AuditCalls calls, long beganNanos) {
            this.calls = calls;
            this.beganNanos = beganNanos;
        }

        AuditReport run() throws InterruptedException, AuditCalls.Ended {
            calls.hold();
            AuditCalls.Begun begun = calls.keys(word(), word(), incarnation, passes);
            incarnation = begun.incarnation();
            passes = begun.passes();
            if (!begun.configured()) {
                listener.configurationGone();
            }
            List<AuditCalls.Queue> queues = calls.queues();
            rememberTickets(queues);
            Map<String, Long> leased = entries("leases");
            Map<String, Long> scheduled = entries("later");
            for (AuditCalls.Queue queue : queues) {
                Map<String, Long> _ = entries("dead:" + queue.name());
            }
            lookAtRequests(begun.now());
            mendTickets();
            count("leases", leased);
            count("later", scheduled);
            for (AuditCalls.Queue queue : queues) {
                if (parts == 1) {
                    calls.depth(queue, waiting.getOrDefault(queue.name(), 0L));
                }
            }
            return new AuditReport(
                    passes,
                    Duration.ofNanos(pace.nanos().getAsLong() - beganNanos),
                    calls.calls(),
                    keys,
                    tickets,
                    counted.size(),
                    part,
                    parts,
                    calls.repairs(),
                    complete);
        }

        private Map<String, Long> entries(String index)
                throws InterruptedException, AuditCalls.Ended {
            return calls.entries(index, lease);
        }

        private boolean ofThisPart(String queue, byte[] ticket) {
            return parts == 1 || Math.floorMod(TicketSet.hash(0, queue, ticket), parts) == part;
        }

        private void rememberTickets(List<AuditCalls.Queue> queues)
                throws InterruptedException, AuditCalls.Ended {
            long listed = queues.stream().mapToLong(AuditCalls.Queue::listed).sum();
            parts = (int) Math.max(1, Math.ceilDiv(listed, (long) REMEMBERED_MOST));
            part = (int) (passes % parts);
            for (AuditCalls.Queue queue : queues) {
                tickets +=
                        calls.walk(
                                queue.name(),
                                WINDOW,
                                ticket -> {
                                    if (ofThisPart(queue.name(), ticket)) {
                                        boolean _ = seen.add(queue.name(), ticket);
                                    }
                                });
            }
        }

        private void lookAtRequests(long began) throws InterruptedException, AuditCalls.Ended {
            String cursor = "0";
            do {
                AuditCalls.Scanned scanned = calls.scan(cursor, began, lease);
                cursor = scanned.cursor();
                keys += scanned.keys();
                scanned.waiting().forEach(this::look);
            } while (!cursor.equals("0"));
        }

        private void look(Waiting request) {
            String queue = request.queue();
            if (!ofThisPart(queue, request.ticket())
                    || !counted.add(queue, request.ticket())) { // a scan may show it twice
                return;
            }
            waiting.merge(queue, 1L, Long::sum);
            if (request.fresh() || seen.contains(queue, request.ticket())) {
                return;
            }
            if (suspected == LOST_MOST) {
                complete = false;
                return;
            }
            suspects.computeIfAbsent(queue, _ -> new ArrayList<>()).add(request);
            suspected++;
        }

        /// Whoever waited before this walk, is not met in it, and has not moved after it, has no
        /// ticket.
        private void mendTickets() throws InterruptedException, AuditCalls.Ended {
            for (Map.Entry<String, List<Waiting>> entry : suspects.entrySet()) {
                String queue = entry.getKey();
                TicketSet wanted = new TicketSet(secret.nextLong());
                entry.getValue().forEach(request -> wanted.add(queue, request.ticket()));
                TicketSet met = new TicketSet(secret.nextLong());
                long _ =
                        calls.walk(
                                queue,
                                WINDOW,
                                ticket -> {
                                    if (wanted.contains(queue, ticket)) {
                                        boolean _ = met.add(queue, ticket);
                                    }
                                });
                List<Waiting> lost =
                        entry.getValue().stream()
                                .filter(request -> !met.contains(queue, request.ticket()))
                                .sorted(BY_AGE)
                                .toList();
                // The latest first, because each goes before those that are there.
                for (int end = lost.size(); end > 0; end -= MENDED) {
                    calls.tickets(queue, lost.subList(Math.max(0, end - MENDED), end));
                }
            }
        }

        private void count(String index, Map<String, Long> entries)
                throws InterruptedException, AuditCalls.Ended {
            String before = differences.getOrDefault(index, "");
            differences.put(index, Long.toString(calls.counts(index, before, entries)));
        }
    }
}
