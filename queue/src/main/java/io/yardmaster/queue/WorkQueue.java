package io.yardmaster.queue;

import static io.yardmaster.redis.Redis.text;

import io.yardmaster.redis.FunctionLibrary;
import io.yardmaster.redis.Redis;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The queues of one shard: each method is one call of a function in Redis, and its answer as a
/// value.
///
/// Thread-safe. Every method may throw [io.yardmaster.redis.RedisFailure]; after `Unknown` the same
/// call may be made again, and answers as the first one did.
public final class WorkQueue {
    /// The Lua parts that this class calls.
    public static final List<String> LIBRARY =
            List.of(
                    "yardmaster/queue/1-record.lua",
                    "yardmaster/queue/2-enqueue.lua",
                    "yardmaster/queue/3-dispatch.lua",
                    "yardmaster/queue/4-operate.lua",
                    "yardmaster/queue/5-shards.lua",
                    "yardmaster/queue/6-audit.lua",
                    "yardmaster/queue/7-list.lua",
                    "yardmaster/queue/8-why.lua");

    private static final Logger log = LoggerFactory.getLogger(WorkQueue.class);

    /// How long a lease lasts at first: work that nobody has sent when its replica dies is back in
    /// dispatch within 2 s. Longer than the clock's step of 1 s, so that an outage of Redis ends no
    /// lease, and than the moment until [#sent] is called.
    public static final Duration UNSENT_LEASE = Duration.ofMillis(1600);

    private final Redis redis;
    private final int shard;
    private final String base;
    private final String replica;
    private final Duration lease;
    private final Duration unsentLease;
    private final LongSupplier nanos;

    /// @param lease of requests that were sent
    /// @param replica this process' name, unique among all that run
    /// @param nanos a monotonic clock
    public WorkQueue(Redis redis, int shard, String replica, Duration lease, LongSupplier nanos) {
        this.redis = redis;
        this.shard = shard;
        this.base = "{yard:" + shard + "}";
        this.replica = replica;
        this.lease = lease;
        this.unsentLease = lease.compareTo(UNSENT_LEASE) < 0 ? lease : UNSENT_LEASE;
        this.nanos = nanos;
    }

    /// The library for a Redis that serves nothing but queues.
    public static FunctionLibrary library() {
        return FunctionLibrary.of(LIBRARY.toArray(String[]::new));
    }

    public int shard() {
        return shard;
    }

    /// What operators look through.
    public ListCalls lists() {
        return new ListCalls(redis, base);
    }

    /// The hash-tagged beginning of its keys, such as `{yard:0}`.
    @Override
    public String toString() {
        return base;
    }

    /// Tells the functions the configuration. The last replica to start wins.
    public void configure(QueueConfig config) {
        List<Object> fields = new ArrayList<>();
        fields.addAll(
                List.of(
                        "max-size",
                        config.maxSize(),
                        "outcome-ttl",
                        config.outcomeTtl().toMillis()));
        fields.addAll(List.of("dead-max", config.deadMax(), "max-body", config.maxBody()));
        fields.addAll(
                List.of(
                        "producer-rate",
                        config.producerRate(),
                        "producer-burst",
                        config.producerBurst()));
        fields.addAll(List.of("max-memory", config.maxMemory()));
        config.attempts()
                .forEach((name, attempts) -> fields.addAll(List.of("attempts:" + name, attempts)));
        checked(redis.call("yard_configure", base, fields.toArray()));
    }

    /// Announces this replica; the number of live ones, itself included.
    public int join() {
        return (int) longs(checked(redis.call("yard_join", base, replica)), 0);
    }

    public void leave() {
        redis.call("yard_leave", base, replica);
    }

    /// Enqueues all of these, each for itself; the answers are in order. They come when as many
    /// replicas of Redis have them as the configuration asks for.
    public List<Admission> offer(List<Offer> offers) {
        return switch (offer(offers, Integer.MAX_VALUE)) {
            case Offered.Answered(List<Admission> admissions) -> admissions;
            case Offered.Remapped(ShardMap map) ->
                    throw new IllegalStateException("mapping: " + map + " (expected: any)");
        };
    }

    /// The answer to offers.
    public sealed interface Offered {
        /// In the order of the offers.
        record Answered(List<Admission> admissions) implements Offered {}

        /// Ids are mapped otherwise by now; nothing was enqueued.
        record Remapped(ShardMap map) implements Offered {}
    }

    /// Enqueues all of these, unless they were routed here by a mapping that is no longer used.
    ///
    /// @param generation [ShardMap#generation] of the mapping
    public Offered offer(List<Offer> offers, int generation) {
        List<Object> arguments = new ArrayList<>(1 + offers.size() * 3);
        addOffers(arguments, offers, generation);
        return offered(redis.callAcknowledged("yard_offer_packed", base, arguments.toArray()));
    }

    private static void addOffers(List<Object> arguments, List<Offer> offers, int generation) {
        arguments.add(generation);
        for (Offer offer : offers) {
            arguments.add(offer.request().id());
            arguments.add(RequestCodec.terms(offer));
            arguments.add(RequestCodec.content(offer.request()));
        }
    }

    private static Offered offered(List<?> reply) {
        return !reply.isEmpty() && string(reply, 0).equals("remapped")
                ? new Offered.Remapped(ShardMap.parse(string(reply, 1)))
                : new Offered.Answered(admissions(reply));
    }

    /// @param taken empty when ids are mapped otherwise, or a key is corrupt: nothing was taken
    public record OfferedAndTaken(Offered offered, Optional<Taken> taken) {}

    /// [#offer] and [#take] in one call: what is let in where nothing waits is leased at once, and
    /// no other replica is woken for it.
    public OfferedAndTaken offerAndTake(
            List<Offer> offers, int generation, String nonce, List<Taken.Want> wants, long asked) {
        List<Object> arguments = new ArrayList<>(5 + 3 * offers.size() + 4 * wants.size());
        arguments.add(offers.size());
        addOffers(arguments, offers, generation);
        addTake(arguments, nonce, wants);
        List<Object> reply = redis.callAcknowledged("yard_offer_take", base, arguments.toArray());
        Offered offered = offered((List<?>) reply.getFirst());
        if (reply.size() == 1) {
            return new OfferedAndTaken(offered, Optional.empty());
        }
        List<?> taken = (List<?>) reply.getLast();
        return new OfferedAndTaken(
                offered,
                corrupt(taken).isPresent()
                        ? Optional.empty()
                        : Optional.of(taken(taken, nonce, wants, asked)));
    }

    private static List<Admission> admissions(List<?> reply) {
        List<Admission> admissions = new ArrayList<>(reply.size() / 2);
        for (int i = 0; i < reply.size(); i += 2) {
            admissions.add(admission(string(reply, i), string(reply, i + 1)));
        }
        return admissions;
    }

    static List<Object> offerArguments(Offer offer) {
        Request request = offer.request();
        return List.of(
                request.id(),
                request.queue().service(),
                request.queue().priority().number(),
                offer.delay().toMillis(),
                offer.timeToLive().toMillis(),
                (offer.tellWhenSettled() ? "1" : "0")
                        + offer.trace().map(TraceContext::line).orElse(""),
                offer.producer(),
                RequestCodec.content(request));
    }

    private static Admission admission(String code, String detail) {
        return switch (code) {
            case "queued" -> new Admission.Queued(detail);
            case "duplicate" -> new Admission.Duplicate(detail);
            case "conflict" -> new Admission.Conflict(detail);
            case "full" -> new Admission.Full();
            case "memory" -> new Admission.MemoryFull();
            case "limited" -> new Admission.Limited(Duration.ofMillis(Long.parseLong(detail)));
            case "invalid" -> new Admission.Invalid(detail);
            default -> new Admission.Corrupt(detail);
        };
    }

    /// Leases waiting requests.
    ///
    /// @param nonce new and random for every take, 8 characters; a repeated take repeats it
    public Taken take(String nonce, List<Taken.Want> wants) {
        return take(nonce, wants, nanos.getAsLong());
    }

    /// As above, for a take that may be repeated because its answer was lost.
    ///
    /// @param asked when it was asked for the first time, on the monotonic clock: its leases may be
    ///   that old
    public Taken take(String nonce, List<Taken.Want> wants, long asked) {
        List<Object> arguments = new ArrayList<>(3 + 4 * wants.size());
        addTake(arguments, nonce, wants);
        return taken(
                checked(redis.call("yard_take_plain", base, arguments.toArray())),
                nonce,
                wants,
                asked);
    }

    private void addTake(List<Object> arguments, String nonce, List<Taken.Want> wants) {
        requireNonce(nonce);
        arguments.addAll(List.of(replica, nonce, unsentLease.toMillis()));
        for (Taken.Want want : wants) {
            arguments.addAll(
                    List.of(
                            want.queue().toString(),
                            want.most(),
                            want.ratePerSecond(),
                            want.burst()));
        }
    }

    private Taken taken(List<?> reply, String nonce, List<Taken.Want> wants, long asked) {
        List<?> items = (List<?>) reply.get(0);
        List<?> states = (List<?>) reply.get(1);
        List<Lease> leases = new ArrayList<>(items.size() / 3);
        for (int i = 0; i < items.size(); i += 3) {
            readable(string(items, i + 1), RequestCodec.leased((byte[]) items.get(i + 2), nonce))
                    .ifPresent(stored ->
                            leases.add(new Lease(stored, asked + unsentLease.toNanos(), shard)));
        }
        Map<QueueName, Taken.Left> left = new LinkedHashMap<>();
        for (int i = 0; i < wants.size(); i++) {
            left.put(
                    wants.get(i).queue(),
                    new Taken.Left(longs(states, 2 * i), hold(states.get(2 * i + 1))));
        }
        return new Taken(leases, left);
    }

    private static void requireNonce(String nonce) {
        if (nonce.length() != 8) {
            throw new IllegalArgumentException("nonce: " + nonce + " (expected: 8 characters)");
        }
    }

    /// One damaged request must not keep its batch from being sent. Its own lease ends without a
    /// word, so that it dies as poison, in an operator's sight.
    private static Optional<StoredRequest> readable(String id, byte[] record) {
        try {
            return Optional.of(RequestCodec.decode(id, record));
        } catch (IllegalArgumentException e) {
            log.atError()
                    .addKeyValue("request", id)
                    .setCause(e)
                    .log("the request is damaged and will not be sent");
            return Optional.empty();
        }
    }

    private static Taken.Hold hold(Object state) {
        if (state instanceof byte[] key) {
            return new Taken.Hold.Corrupt(text(key));
        }
        long code = (Long) state;
        if (code == 0) {
            return new Taken.Hold.None();
        }
        return code < 0 ? new Taken.Hold.Paused() : new Taken.Hold.Limited(Duration.ofMillis(code));
    }

    /// How long leases last until their requests are known to be sent.
    public Duration unsentLease() {
        return unsentLease;
    }

    /// Puts on record that these requests were sent, and prolongs their leases to the full length.
    ///
    /// @return those that are lost, or whose requests were cancelled
    public List<Lease> sent(List<Lease> leases) {
        return prolong("yard_sent", lease, leases);
    }

    /// Prolongs leases of requests that are on record as sent.
    ///
    /// @return those that are lost, or whose requests were cancelled
    public List<Lease> renew(List<Lease> leases) {
        return prolong("yard_renew", lease, leases);
    }

    /// Prolongs leases of requests that wait for a node.
    ///
    /// @return those that are lost, or whose requests were cancelled
    public List<Lease> renewUnsent(List<Lease> leases) {
        return prolong("yard_renew", unsentLease, leases);
    }

    private List<Lease> prolong(String function, Duration length, List<Lease> leases) {
        List<Object> arguments = new ArrayList<>(leases.size() + 1);
        arguments.add(length.toMillis());
        leases.forEach(held -> arguments.add(held.member()));
        List<Object> reply = checked(redis.call(function, base, arguments.toArray()));
        List<Lease> lost = new ArrayList<>();
        for (int i = 0; i < leases.size(); i++) {
            if (longs(reply, i) == 0) {
                lost.add(leases.get(i));
            }
        }
        return lost;
    }

    /// One attempt and how it ends.
    public record Ending(Lease lease, Settlement settlement) {}

    /// Ends attempts; the answers are in order.
    public List<Settlement.Answer> settle(List<Ending> endings) {
        Object[] arguments = new Object[2 * endings.size()];
        for (int i = 0; i < endings.size(); i++) {
            Lease lease = endings.get(i).lease();
            arguments[2 * i] = lease.member();
            arguments[2 * i + 1] = RequestCodec.ending(lease.stored(), endings.get(i).settlement());
        }
        List<Object> reply = checked(redis.call("yard_settle_packed", base, arguments));
        return reply.stream()
                .map(answer ->
                        switch (text((byte[]) answer)) {
                            case "ok" -> Settlement.Answer.OK;
                            case "gone" -> Settlement.Answer.GONE;
                            case "damaged" -> Settlement.Answer.CORRUPT;
                            default -> Settlement.Answer.FENCED;
                        })
                .toList();
    }

    /// What a replica's regular call did and saw.
    ///
    /// @param memoryFull Redis is so full that nothing is let in
    public record Tended(
            long promoted, long leasesLost, long ingress, int replicas, boolean memoryFull) {}

    /// A sign of life of this replica, and the moves that time causes.
    ///
    /// @param sinceLast since its last such call that was answered
    public Tended tend(Duration sinceLast, int most) {
        List<Object> reply =
                checked(redis.call("yard_tend", base, replica, sinceLast.toMillis(), most));
        return new Tended(
                longs(reply, 0),
                longs(reply, 1),
                longs(reply, 2),
                (int) longs(reply, 3),
                longs(reply, 4) == 1);
    }

    long promote(int most) {
        return longs(checked(redis.call("yard_promote", base, most)), 0);
    }

    long reclaim(int most) {
        return longs(checked(redis.call("yard_reclaim", base, most)), 0);
    }

    /// What an operator's order met.
    public enum Order {
        DONE,
        /// Not in a state to be ordered so.
        SETTLED,
        UNKNOWN
    }

    private Order order(String function, Object... arguments) {
        return switch (string(checked(redis.call(function, base, arguments)), 0)) {
            case "ok", "cancelled" -> Order.DONE;
            case "settled" -> Order.SETTLED;
            default -> Order.UNKNOWN;
        };
    }

    public Order cancel(String id) {
        return order("yard_cancel", id);
    }

    /// Sends a dead request on its way again, with all its attempts.
    ///
    /// @param nonce new and random, 8 characters; a repeated call repeats it
    public Order redrive(String id, String nonce) {
        requireNonce(nonce);
        return order("yard_redrive", id, nonce);
    }

    public Order drop(String id) {
        return order("yard_drop", id);
    }

    public void pause(QueueName queue) {
        order("yard_pause", queue.toString());
    }

    public void resume(QueueName queue) {
        order("yard_resume", queue.toString());
    }

    /// Cancels everything that waits in a queue, in steps of 500; how many there were.
    public long purge(QueueName queue) {
        long removed = 0;
        String cursor = "list";
        while (!cursor.isEmpty()) {
            List<Object> reply =
                    checked(redis.call("yard_purge", base, queue.toString(), 500, cursor));
            removed += longs(reply, 0);
            cursor = string(reply, 1);
        }
        return removed;
    }

    /// Lets dead requests go that are older than `age`, at most `most`; how many.
    public long trim(QueueName queue, Duration age, int most) {
        return longs(redis.call("yard_trim", base, queue.toString(), age.toMillis(), most), 0);
    }

    public List<QueueDepth> depth() {
        List<QueueDepth> depths = new ArrayList<>();
        for (Object row : redis.call("yard_depth", base)) {
            List<?> fields = (List<?>) row;
            Map<String, Long> figures = new HashMap<>();
            for (int i = 4; i < fields.size(); i += 2) {
                figures.put(string(fields, i), longs(fields, i + 1));
            }
            depths.add(
                    depth(QueueName.parse(string(fields, 1) + ":" + string(fields, 3)), figures));
        }
        depths.sort((a, b) -> a.queue().compareTo(b.queue()));
        return depths;
    }

    private static QueueDepth depth(QueueName queue, Map<String, Long> figures) {
        return new QueueDepth(
                queue,
                figures.getOrDefault("depth", 0L),
                figures.getOrDefault("inFlight", 0L),
                figures.getOrDefault("scheduled", 0L),
                figures.getOrDefault("dead", 0L),
                figures.getOrDefault("oldestMs", 0L),
                figures.getOrDefault("paused", 0L) == 1,
                figures.getOrDefault("enqueued", 0L),
                figures.getOrDefault("succeeded", 0L),
                figures.getOrDefault("failed", 0L),
                figures.getOrDefault("cancelled", 0L),
                figures.getOrDefault("expired", 0L),
                figures.getOrDefault("retried", 0L));
    }

    public Found find(String id) {
        List<Object> reply = checked(redis.call("yard_find", base, id));
        return switch (string(reply, 0)) {
            case "live" ->
                    new Found.Live(
                            RequestCodec.decode(id, (byte[]) reply.get(1)),
                            Duration.ofMillis(longs(reply, 2)),
                            longs(reply, 3),
                            longs(reply, 4) == 1,
                            longs(reply, 5) == 1);
            case "settled" -> settled((byte[]) reply.get(1));
            default -> new Found.Unknown();
        };
    }

    /// What holds a live request up; empty when it isn't live here.
    public Optional<Holdup> holdup(String id) {
        List<Object> reply = checked(redis.call("yard_why", base, id));
        if (reply.isEmpty()) {
            return Optional.empty();
        }
        long paused = longs(reply, 1);
        return Optional.of(
                new Holdup(
                        Instant.ofEpochMilli(longs(reply, 0)),
                        paused == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(paused)),
                        longs(reply, 2),
                        longs(reply, 3) == 1));
    }

    /// A request as it is kept: one that waits, is in flight or is dead. Of any other nothing is
    /// kept but its outcome.
    public Optional<StoredRequest> stored(String id) {
        List<Object> reply = checked(redis.call("yard_stored", base, id));
        return string(reply, 0).equals("stored")
                ? Optional.of(RequestCodec.decode(id, (byte[]) reply.get(1)))
                : Optional.empty();
    }

    private static Found.Settled settled(byte[] outcome) {
        return new Found.Settled(
                Found.End.of((char) outcome[48]),
                new String(outcome, 49, outcome.length - 49, StandardCharsets.UTF_8));
    }

    /// A dead request.
    public record Dead(String id, long diedAtMs, String outcomeJson) {
        /// Where the next page begins.
        public String cursor() {
            return diedAtMs + ":" + id;
        }
    }

    /// Dead requests of a queue, latest first.
    ///
    /// @param cursor [Dead#cursor] of the last one seen, or empty
    public List<Dead> dead(QueueName queue, int most, Optional<String> cursor) {
        List<Object> reply =
                redis.call("yard_dead", base, queue.toString(), most, cursor.orElse(""));
        List<Dead> dead = new ArrayList<>();
        for (int i = 0; i < reply.size(); i += 3) {
            byte[] outcome = (byte[]) reply.get(i + 2);
            dead.add(
                    new Dead(
                            string(reply, i),
                            Long.parseLong(string(reply, i + 1)),
                            outcome.length > 49 ? settled(outcome).json() : "{}"));
        }
        return dead;
    }

    /// What producers pushed, oldest first.
    ///
    /// @param seq how many were taken off before these
    public record Ingress(long seq, List<byte[]> items) {}

    public Ingress peekIngress(int most, int mostBytes) {
        List<Object> reply = redis.call("yard_ingress_peek", base, most, mostBytes);
        return new Ingress(
                longs(reply, 0), reply.stream().skip(1).map(item -> (byte[]) item).toList());
    }

    /// What is to become of an item that a producer pushed.
    public sealed interface Sorted {
        record Good(Offer offer) implements Sorted {}

        /// It cannot be admitted.
        ///
        /// @param entry what is kept in quarantine
        @SuppressWarnings("ArrayRecordComponent") // never compared
        record Bad(byte[] entry) implements Sorted {}
    }

    /// Puts the first items of the ingress list where they belong; how many were admitted,
    /// quarantined and put off. All zero when another replica was quicker.
    public record Admitted(long admitted, long quarantined, long deferred) {}

    public Admitted admitIngress(long seq, List<Sorted> items, int quarantineMost) {
        List<Object> arguments = new ArrayList<>();
        arguments.add(seq);
        arguments.add(quarantineMost);
        for (Sorted item : items) {
            switch (item) {
                case Sorted.Good(Offer offer) -> {
                    arguments.add("offer");
                    arguments.addAll(offerArguments(offer));
                }
                case Sorted.Bad(byte[] entry) -> {
                    arguments.add("quarantine");
                    arguments.add(entry);
                }
            }
        }
        List<Object> reply =
                checked(redis.callAcknowledged("yard_ingress_admit", base, arguments.toArray()));
        return string(reply, 0).equals("done")
                ? new Admitted(longs(reply, 1), longs(reply, 2), longs(reply, 3))
                : new Admitted(0, 0, 0);
    }

    /// Names of queues that were empty and no longer are.
    public AutoCloseable onWake(Consumer<QueueName> listener) {
        return redis.subscribe(
                base + ":wake", message -> listener.accept(QueueName.parse(text(message))));
    }

    /// Ids of requests that have ended and whose offer asked to be told.
    public AutoCloseable onSettled(Consumer<String> listener) {
        return redis.subscribe(base + ":settled", message -> listener.accept(text(message)));
    }

    /// Ids of requests that were cancelled while in flight.
    public AutoCloseable onCancelled(Consumer<String> listener) {
        return redis.subscribe(base + ":cancelled", message -> listener.accept(text(message)));
    }

    static List<Object> checked(List<Object> reply) {
        corrupt(reply)
                .ifPresent(key -> {
                    throw new CorruptKeyException(key);
                });
        return reply;
    }

    private static Optional<String> corrupt(List<?> reply) {
        return reply.size() == 2
                        && reply.getFirst() instanceof byte[] code
                        && text(code).equals("corrupt")
                ? Optional.of(string(reply, 1))
                : Optional.empty();
    }

    static String string(List<?> reply, int index) {
        return text((byte[]) reply.get(index));
    }

    static long longs(List<?> reply, int index) {
        return (Long) reply.get(index);
    }
}
