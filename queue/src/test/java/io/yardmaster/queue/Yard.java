package io.yardmaster.queue;

import static io.yardmaster.redis.Redis.bytes;
import static io.yardmaster.redis.Redis.text;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.yardmaster.redis.Redis;
import io.yardmaster.redis.RedisFixture;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// One shard on a real Redis, its whole key space as sentences, and time that moves when a test
/// says so.
final class Yard implements AutoCloseable {
    static final String BASE = "{yard:0}";
    static final QueueName NORMAL = new QueueName("default", Priority.NORMAL);
    static final QueueName LOW = new QueueName("default", Priority.LOW);
    static final QueueName CRITICAL = new QueueName("default", Priority.CRITICAL);
    static final Duration LEASE = Duration.ofSeconds(5);

    final RedisFixture fixture = RedisFixture.start();
    final Redis redis = fixture.redis(WorkQueue.library());
    final WorkQueue queue = replica("r1");

    WorkQueue replica(String name) {
        return new WorkQueue(redis, 0, name, LEASE, () -> 0);
    }

    void clear() {
        fixture.flush();
    }

    static Request request(String id, QueueName queue, int retries) {
        return new Request(
                id,
                queue,
                "POST",
                "/",
                List.of(),
                bytes("body of " + id),
                Optional.empty(),
                retries < 0 ? OptionalInt.empty() : OptionalInt.of(retries),
                Request.Routing.NONE);
    }

    static Offer offer(String id) {
        return Offer.of(request(id, NORMAL, -1));
    }

    static Offer offer(String id, QueueName queue) {
        return Offer.of(request(id, queue, -1));
    }

    static Offer delayed(String id, Duration delay) {
        return new Offer(request(id, NORMAL, -1), delay, Duration.ZERO, "", false);
    }

    /// Enqueues these in the normal queue, with the retries of the queue.
    void offered(String... ids) {
        offered(-1, ids);
    }

    void offered(int retries, String... ids) {
        queue.offer(Arrays.stream(ids).map(id -> Offer.of(request(id, NORMAL, retries))).toList());
    }

    static List<Taken.Want> want(int most) {
        return List.of(new Taken.Want(NORMAL, most, 0, 0));
    }

    List<Lease> take(String nonce, int most) {
        return queue.take(nonce, want(most)).leases();
    }

    Lease taken(String nonce) {
        return take(nonce, 1).getFirst();
    }

    Settlement.Answer settle(Lease lease, Settlement settlement) {
        return queue.settle(List.of(new WorkQueue.Ending(lease, settlement))).getFirst();
    }

    static String members(List<Lease> leases) {
        return leases.stream().map(Lease::member).collect(Collectors.joining(" "));
    }

    /// Law 10: the same call again gives the same answer and changes nothing.
    <T> T twice(Supplier<T> call) {
        return twice(call, answer -> answer);
    }

    <T> T twice(Supplier<T> call, Function<T, ?> view) {
        T first = call.get();
        String after = state();
        assertEquals(view.apply(first), view.apply(call.get()), "answer of the replay");
        assertEquals(after, state(), "the replay changed something");
        return first;
    }

    void is(String... lines) {
        assertEquals(String.join("\n", lines), state());
    }

    /// Moves logical time in Redis, as if the wall clock had moved in steps that the clock follows.
    void pass(Duration time) {
        for (long left = time.toMillis(); left > 0; left -= 1000) {
            stepWallClock(Duration.ofMillis(Math.min(left, 1000)));
            redis.call("yard_renew", BASE, 0);
        }
    }

    /// As if Redis' host had moved its clock by this much since the last call.
    void stepWallClock(Duration step) {
        String[] clock = string("clock").split(" ", 2);
        set("clock", clock[0] + " " + (Long.parseLong(clock[1]) - step.toMillis()));
    }

    long logicalClock() {
        return Long.parseLong(string("clock").split(" ", 2)[0]);
    }

    void set(String name, String value) {
        redis.run(c -> c.set(key(name), bytes(value)));
    }

    String string(String name) {
        return text(redis.run(c -> c.get(key(name))));
    }

    static byte[] key(String name) {
        return bytes(BASE + ":" + name);
    }

    /// Calls a function with plain text, its answer as plain text.
    String call(String function, Object... arguments) {
        return plain(redis.call(function, BASE, arguments));
    }

    static String plain(Object reply) {
        return switch (reply) {
            case byte[] bytes -> text(bytes);
            case List<?> list ->
                    list.stream().map(Yard::plain).collect(Collectors.joining(" ", "[", "]"));
            default -> reply.toString();
        };
    }

    /// The key space as sorted sentences. Left out is what says nothing of requests: the clock, and
    /// the set of queues when it names those that have counters. Times are `T`, zero counters are
    /// not shown.
    String state() {
        List<String> lines = new ArrayList<>();
        TreeSet<String> counted = new TreeSet<>();
        TreeSet<String> known = new TreeSet<>();
        for (byte[] raw : redis.run(c -> c.keys(bytes("*")))) {
            String name = text(raw).substring(BASE.length() + 1);
            String[] part = name.split(":", 2);
            switch (part[0]) {
                case "clock" -> {}
                case "queues" ->
                        redis.run(c -> c.smembers(raw)).forEach(each -> known.add(text(each)));
                case "q" -> lines.add("queue " + part[1] + " " + list(raw));
                case "r" -> lines.add(request(part[1], redis.run(c -> c.get(raw))));
                case "leases" -> sorted(raw).forEach(each -> lines.add("lease " + each));
                case "later" -> sorted(raw).forEach(each -> lines.add("later " + each));
                case "dead" -> lines.add("dead " + part[1] + " " + sorted(raw));
                case "o" -> lines.add("outcome " + part[1] + " " + outcome(raw));
                case "n" -> {
                    counted.add(part[1]);
                    String counters = counters(raw);
                    if (!counters.equals("{}")) {
                        lines.add("counts " + part[1] + " " + counters);
                    }
                }
                case "take" -> {
                    String take = text(redis.run(c -> c.get(raw)));
                    lines.add("take of " + part[1] + " " + take.substring(8).replace('\n', ' '));
                }
                case "tb" ->
                        lines.add(
                                "bucket "
                                        + part[1]
                                        + " "
                                        + (long)
                                                Double.parseDouble(
                                                        text(redis.run(c -> c.get(raw)))
                                                                .split(" ", 2)[0]));
                case "ids" -> lines.add("ids " + text(redis.run(c -> c.get(raw))));
                case "replicas" -> lines.add("replicas " + sorted(raw));
                case "in", "quarantine" -> lines.add(part[0] + " " + list(raw));
                case "ingress", "config" -> lines.add(part[0] + " " + counters(raw));
                default -> lines.add("unknown key " + name);
            }
        }
        if (!known.equals(counted)) {
            lines.add("known queues " + known);
        }
        lines.sort(String::compareTo);
        return String.join("\n", lines);
    }

    private List<String> list(byte[] raw) {
        return redis.run(c -> c.lrange(raw, 0, -1)).stream().map(Redis::text).toList();
    }

    private List<String> sorted(byte[] raw) {
        return redis.run(c -> c.zrange(raw, 0, -1)).stream().map(Redis::text).toList();
    }

    private String counters(byte[] raw) {
        Map<String, String> fields = new TreeMap<>();
        redis.run(c -> c.hgetall(raw))
                .forEach((field, value) -> {
                    if (!text(value).equals("0")) {
                        fields.put(text(field), timeless(text(value)));
                    }
                });
        return fields.toString();
    }

    private String outcome(byte[] raw) {
        byte[] value = redis.run(c -> c.get(raw));
        String kept = redis.run(c -> c.pttl(raw)) >= 0 ? "" : " for good";
        return (char) value[48]
                + " "
                + timeless(new String(value, 49, value.length - 49, StandardCharsets.UTF_8))
                + kept;
    }

    private static String request(String id, byte[] record) {
        StoredRequest stored = RequestCodec.decode(id, record);
        StringBuilder line =
                new StringBuilder("request ")
                        .append(id)
                        .append(' ')
                        .append(stored.state().name().toLowerCase(java.util.Locale.ROOT))
                        .append(" attempts=")
                        .append(stored.attempts());
        Map<String, Integer> more = new HashMap<>();
        more.put(" forgiven=", stored.forgiven());
        more.put(" lost=", stored.lostLeases());
        new TreeMap<>(more)
                .forEach((name, value) -> {
                    if (value > 0) {
                        line.append(name).append(value);
                    }
                });
        line.append(record[2] == 0 ? "" : " notify").append(stored.expires() ? " expires" : "");
        stored.history().forEach(each -> line.append(' ').append(timeless(each)));
        return line.toString();
    }

    static String timeless(String text) {
        return text.replaceAll("\\b\\d{13}\\b", "T");
    }

    @Override
    public void close() {
        fixture.close();
    }
}
