package io.yardmaster.queue;

import static io.yardmaster.redis.Redis.text;

import io.yardmaster.redis.Redis;
import io.yardmaster.redis.RedisFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/// The audit's functions in Redis as methods, with a pause after each call, and what they mended.
///
/// For one pass and one thread. A call that fails is made up to three times: each may be repeated.
final class AuditCalls {
    private static final int TRIES = 3;
    private static final Duration HOLD_AGAIN = Duration.ofSeconds(5);

    private final Redis redis;
    private final String base;
    private final Holder holder;
    private final LongSupplier nanos;
    private final Audit.Pause pause;
    private final BiConsumer<Repair, Long> told;
    private final Map<Repair, Long> repairs = new EnumMap<>(Repair.class);
    private final Map<Repair, String> examples = new EnumMap<>(Repair.class);
    private long heldNanos;
    private long calls;

    /// Who audits.
    ///
    /// @param longest how long nobody else takes over after its last word
    record Holder(String replica, Duration longest, BooleanSupplier closed) {}

    /// The pass ends early: the program does, or another replica has taken over.
    static final class Ended extends Exception {
        private static final long serialVersionUID = 1;

        Ended() {
            super("", null, false, false);
        }
    }

    AuditCalls(
            Redis redis,
            String base,
            Holder holder,
            Audit.Pace pace,
            BiConsumer<Repair, Long> told) {
        this.redis = redis;
        this.base = base;
        this.holder = holder;
        this.nanos = pace.nanos();
        this.pause = pace.pause();
        this.told = told;
    }

    Map<Repair, Long> repairs() {
        return repairs;
    }

    /// The first key or request of a kind, fit to be printed.
    String example(Repair kind) {
        return examples.getOrDefault(kind, "");
    }

    long calls() {
        return calls;
    }

    /// Takes the right to audit, or keeps it.
    void hold() throws InterruptedException, Ended {
        List<Object> reply =
                attempt("yard_audit_hold", holder.replica(), holder.longest().toMillis());
        if (number(reply, 0) == 0) {
            throw new Ended();
        }
        heldNanos = nanos.getAsLong();
    }

    /// @param now wall clock of Redis, ms
    record Begun(long now, String incarnation, long passes, boolean configured) {}

    Begun keys(String nonce, String offered, String known, long passes)
            throws InterruptedException, Ended {
        List<Object> reply = call("yard_audit_keys", nonce, offered, known, passes);
        note(reply, 4);
        return new Begun(
                number(reply, 0),
                text((byte[]) reply.get(1)),
                number(reply, 2),
                number(reply, 3) == 1);
    }

    /// @param stamp the same only while no request of the queue moves
    record Queue(String name, long listed, String stamp) {}

    List<Queue> queues() throws InterruptedException, Ended {
        List<Queue> queues = new ArrayList<>();
        String cursor = "0";
        do {
            List<Object> reply = call("yard_audit_queues", cursor);
            cursor = text((byte[]) reply.getFirst());
            note(reply, 1);
            List<?> rows = (List<?>) reply.get(2);
            for (int i = 0; i < rows.size(); i += 3) {
                queues.add(new Queue(string(rows, i), (Long) rows.get(i + 1), string(rows, i + 2)));
            }
        } while (!cursor.equals("0"));
        return queues;
    }

    /// What a walk does with each ticket.
    interface Seen {
        void ticket(byte[] ticket);
    }

    /// Shows every ticket that is in the list all the time, some of them twice; how many.
    long walk(String queue, int window, Seen seen) throws InterruptedException, Ended {
        long past = 0;
        long length;
        long shown = 0;
        do {
            List<Object> reply = call("yard_audit_walk", queue, past, window);
            length = number(reply, 0);
            for (Object ticket : (List<?>) reply.get(1)) {
                seen.ticket((byte[]) ticket);
                shown++;
            }
            past += window;
        } while (past < length);
        return shown;
    }

    /// Looks at a whole index; how many good entries there were of each queue.
    Map<String, Long> entries(String index, Duration lease) throws InterruptedException, Ended {
        Map<String, Long> good = new java.util.TreeMap<>();
        String cursor = "0";
        do {
            List<Object> reply = call("yard_audit_entries", index, cursor, lease.toMillis());
            cursor = text((byte[]) reply.getFirst());
            note(reply, 1);
            List<?> rows = (List<?>) reply.get(2);
            for (int i = 0; i < rows.size(); i += 2) {
                good.merge(string(rows, i), (Long) rows.get(i + 1), Long::sum);
            }
        } while (!cursor.equals("0"));
        return good;
    }

    /// A request that waits.
    ///
    /// @param enqueued wall ms
    /// @param mark bytes that differ as soon as it has moved
    /// @param fresh enqueued after the pass began
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Waiting(String queue, byte[] ticket, long enqueued, byte[] mark, boolean fresh) {}

    /// @param cursor `0`: that was all
    record Scanned(String cursor, long keys, List<Waiting> waiting) {}

    Scanned scan(String cursor, long began, Duration lease) throws InterruptedException, Ended {
        List<Object> reply = call("yard_audit_scan", cursor, began, lease.toMillis());
        note(reply, 2);
        List<?> rows = (List<?>) reply.get(3);
        List<Waiting> waiting = new ArrayList<>(rows.size() / 5);
        for (int i = 0; i < rows.size(); i += 5) {
            waiting.add(
                    new Waiting(
                            string(rows, i),
                            (byte[]) rows.get(i + 1),
                            (Long) rows.get(i + 2),
                            (byte[]) rows.get(i + 3),
                            (Long) rows.get(i + 4) == 1));
        }
        return new Scanned(text((byte[]) reply.getFirst()), number(reply, 1), waiting);
    }

    /// Gives these tickets again to those of the queue's requests that have not moved.
    void tickets(String queue, List<Waiting> lost) throws InterruptedException, Ended {
        List<Object> arguments = new ArrayList<>(1 + 2 * lost.size());
        arguments.add(queue);
        for (Waiting each : lost) {
            arguments.add(each.ticket());
            arguments.add(each.mark());
        }
        note(call("yard_audit_tickets", arguments.toArray()), 0);
    }

    /// @return the difference that was found and not yet mended
    long counts(String index, String before, Map<String, Long> counted)
            throws InterruptedException, Ended {
        List<Object> arguments = new ArrayList<>(List.of(index, before));
        counted.forEach((queue, entries) -> arguments.addAll(List.of(queue, entries)));
        List<Object> reply = call("yard_audit_counts", arguments.toArray());
        note(reply, 1);
        return number(reply, 0);
    }

    void depth(Queue queue, long waiting) throws InterruptedException, Ended {
        note(call("yard_audit_depth", queue.name(), queue.stamp(), waiting), 0);
    }

    private List<Object> call(String function, Object... arguments)
            throws InterruptedException, Ended {
        if (holder.closed().getAsBoolean()) {
            throw new Ended();
        }
        if (nanos.getAsLong() - heldNanos > HOLD_AGAIN.toNanos()) {
            hold();
        }
        return attempt(function, arguments);
    }

    private List<Object> attempt(String function, Object... arguments) throws InterruptedException {
        for (int tried = 1; ; tried++) {
            long began = nanos.getAsLong();
            try {
                calls++;
                List<Object> reply = redis.call(function, base, arguments);
                pause.after(Duration.ofNanos(nanos.getAsLong() - began));
                return reply;
            } catch (RedisFailure.Unknown | RedisFailure.NotExecuted e) {
                if (tried == TRIES || Thread.currentThread().isInterrupted()) {
                    throw e;
                }
                pause.after(Duration.ofNanos(nanos.getAsLong() - began));
            }
        }
    }

    private void note(List<Object> reply, int place) {
        List<?> pairs = (List<?>) reply.get(place);
        for (int i = 0; i < pairs.size(); i += 2) {
            Repair kind = Repair.of(string(pairs, i));
            repairs.merge(kind, 1L, Long::sum);
            examples.putIfAbsent(kind, string(pairs, i + 1).replaceAll("[^ -~]", "?"));
            told.accept(kind, 1L);
        }
    }

    private static String string(List<?> reply, int index) {
        return text((byte[]) reply.get(index));
    }

    private static long number(List<?> reply, int index) {
        return (Long) reply.get(index);
    }
}
