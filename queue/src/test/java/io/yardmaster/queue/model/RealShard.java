package io.yardmaster.queue.model;

import static io.yardmaster.redis.Redis.bytes;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.lettuce.core.RedisFuture;
import io.lettuce.core.ScriptOutputType;
import io.yardmaster.queue.Audit;
import io.yardmaster.queue.WorkQueue;
import io.yardmaster.redis.FunctionLibrary;
import io.yardmaster.redis.Redis;
import io.yardmaster.redis.RedisFixture;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;

/// The functions in a real Redis, with answers as plain values and the whole content in one call.
final class RealShard {
    static final String BASE = "{yard:0}";

    private static final byte[][] KEYS = {bytes(BASE)};
    private static final byte[] CLOCK = bytes(BASE + ":clock");
    private static final String DUMP =
            """

            redis.register_function{function_name = 'test_dump', flags = {'no-writes'}, callback = function()
              local out = {}
              for _, key in ipairs(redis.call('KEYS', '*')) do
                local kind = redis.call('TYPE', key).ok
                local read = {
                  string = {'GET', key}, list = {'LRANGE', key, 0, -1}, set = {'SMEMBERS', key}, hash = {'HGETALL', key},
                  zset = {'ZRANGE', key, 0, -1, 'WITHSCORES'},
                }
                local value = redis.call(unpack(read[kind]))
                out[#out + 1] = key
                out[#out + 1] = redis.call('PTTL', key)
                out[#out + 1] = kind == 'string' and {value} or value
              end
              return out
            end}
            """;

    /// The functions' clock: what leases and delays are decided by, and Redis' wall clock when it
    /// was last looked at; both in ms.
    record Clock(long logical, long wall) {}

    private final Redis redis;
    private final Audit audit;

    RealShard(RedisFixture fixture, String source) {
        this.redis = fixture.redis(FunctionLibrary.ofSource(source + DUMP));
        redis.run(c -> c.flushall());
        this.audit = Auditing.of(redis);
    }

    Audit audit() {
        return audit;
    }

    void remove(String key, String member) {
        redis.run(c -> c.zrem(bytes(BASE + key), bytes(member)));
    }

    void pull(String key, String item) {
        redis.run(c -> c.lrem(bytes(BASE + key), 0, bytes(item)));
    }

    byte[] get(String key) {
        return redis.run(c -> c.get(bytes(BASE + key)));
    }

    void set(String key, byte[] value) {
        redis.run(c -> c.set(bytes(BASE + key), value));
    }

    /// -1 when it is not there.
    long score(String key, String member) {
        Double score = redis.run(c -> c.zscore(bytes(BASE + key), bytes(member)));
        return score == null ? -1 : score.longValue();
    }

    /// The source of all functions, as it is shipped.
    static String source() {
        List<String> parts = new ArrayList<>(List.of("yardmaster/clock.lua"));
        parts.addAll(WorkQueue.LIBRARY);
        return String.join("\n", parts.stream().map(RealShard::resource).toList());
    }

    private static String resource(String name) {
        ClassLoader loader = Objects.requireNonNull(RealShard.class.getClassLoader());
        try (InputStream in = Objects.requireNonNull(loader.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + name, e);
        }
    }

    /// An answer, and the clock by which it was given.
    record Answer(List<Object> reply, Clock clock) {}

    /// Calls a function and reads its clock in one round trip.
    Answer call(String function, List<Object> arguments) {
        byte[][] values = arguments.stream().map(RealShard::encoded).toArray(byte[][]::new);
        AtomicReference<RedisFuture<List<Object>>> reply = new AtomicReference<>();
        Clock clock =
                clock(
                        redis.run(c -> {
                            reply.set(c.fcall(function, ScriptOutputType.MULTI, KEYS, values));
                            return c.get(CLOCK);
                        }));
        List<Object> raw = reply.get().toCompletableFuture().join();
        if (function.equals("yard_offer_take")) {
            List<Object> offered = listed(raw.getFirst());
            List<Object> taken = listed(raw.getLast());
            leased((List<?>) taken.getFirst(), values[3 + 3 * offered.size() / 2]);
            return new Answer(
                    List.of(
                            readable("yard_offer_packed", offered),
                            readable("yard_take_plain", taken)),
                    clock);
        }
        if (function.equals("yard_take_plain")) {
            leased((List<?>) raw.getFirst(), values[1]);
        }
        return new Answer(readable(function, raw), clock);
    }

    private static List<Object> listed(Object reply) {
        return new ArrayList<>((List<?>) reply);
    }

    /// Records that were leased by this call come as they were before.
    private static void leased(List<?> items, byte[] nonce) {
        for (int i = 2; i < items.size(); i += 3) {
            Stored.lease((byte[]) items.get(i), nonce);
        }
    }

    private static Clock clock(byte @org.jspecify.annotations.Nullable [] stored) {
        if (stored == null) {
            return new Clock(0, 0);
        }
        String text = Stored.latin(stored);
        int space = text.indexOf(' ');
        return new Clock(
                Long.parseLong(text.substring(0, space)),
                Long.parseLong(text.substring(space + 1)));
    }

    /// No answer, and the clock as it stands.
    Answer look() {
        return new Answer(List.of(), clock(redis.run(c -> c.get(CLOCK))));
    }

    void setClock(Clock clock) {
        redis.run(c -> c.set(CLOCK, bytes(clock.logical() + " " + clock.wall())));
    }

    void delete(String key) {
        redis.run(c -> c.del(bytes(BASE + key)));
    }

    void push(String key, String item) {
        redis.run(c -> c.rpush(bytes(BASE + key), bytes(item)));
    }

    void add(String key, long score, String member) {
        redis.run(c -> c.zadd(bytes(BASE + key), (double) score, bytes(member)));
    }

    /// Dead requests of a queue and when they died, wall ms.
    Map<String, Long> dead(String queue) {
        Map<String, Long> dead = new TreeMap<>();
        redis.run(c -> c.zrangeWithScores(bytes(BASE + ":dead:" + queue), 0, -1))
                .forEach(
                        entry -> dead.put(Stored.latin(entry.getValue()), (long) entry.getScore()));
        return dead;
    }

    private static byte[] encoded(Object value) {
        return switch (value) {
            case byte[] raw -> raw;
            case String text -> text.getBytes(ISO_8859_1);
            default -> bytes(value.toString());
        };
    }

    /// The reply with texts instead of bytes, and without what depends on the wall clock.
    private static List<Object> readable(String function, List<Object> reply) {
        List<Object> plain = new ArrayList<>();
        for (int i = 0; i < reply.size(); i++) {
            Object value = reply.get(i);
            Object previous = i == 0 ? "" : plain.get(i - 1);
            plain.add(
                    switch (value) {
                        case byte[] raw when previous.equals("live") -> Stored.request(raw);
                        case byte[] raw
                                when previous.equals("settled") || function.equals("yard_dead") ->
                                Stored.outcome(raw);
                        case byte[] _ when previous.equals("limited") -> "wait";
                        case byte[] raw -> Stored.latin(raw);
                        case List<?> list -> nested(function, i, list);
                        default -> value;
                    });
        }
        return switch (function) {
            case "yard_find" -> plain.size() == 6 ? without(plain, 2, 5) : plain;
            case "yard_dead" -> everyThirdLeftOut(plain);
            default -> plain;
        };
    }

    private static List<Object> nested(String function, int place, List<?> list) {
        List<Object> plain = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            Object value = list.get(i);
            if (function.equals("yard_depth") && (i == 12 || i == 13)) {
                continue; // oldestMs
            }
            if (function.startsWith("yard_take") && place == 0 && i % 3 == 2) {
                plain.add(Stored.request((byte[]) value));
            } else if (function.startsWith("yard_take") && place == 1 && i % 2 == 1) {
                plain.add(
                        Math.min(1L, (Long) value)); // how long the limit holds it depends on time
            } else {
                plain.add(value instanceof byte[] raw ? Stored.latin(raw) : value);
            }
        }
        return plain;
    }

    private static List<Object> without(List<Object> values, int first, int second) {
        List<Object> rest = new ArrayList<>(values);
        rest.remove(second);
        rest.remove(first);
        return rest;
    }

    private static List<Object> everyThirdLeftOut(List<Object> values) {
        List<Object> rest = new ArrayList<>();
        for (int i = 0; i < values.size(); i += 3) {
            rest.add(values.get(i));
            rest.add(values.get(i + 2));
        }
        return rest;
    }

    /// Every key of Redis and what it means, in the form of [Content].
    SortedMap<String, String> content(boolean damaged) {
        SortedMap<String, String> content = new TreeMap<>();
        List<Object> dump =
                redis.run(c -> c.fcall("test_dump", ScriptOutputType.MULTI, new byte[0][]));
        for (int i = 0; i < dump.size(); i += 3) {
            String key = Stored.latin((byte[]) dump.get(i));
            List<byte[]> values =
                    ((List<?>) dump.get(i + 2)).stream().map(value -> (byte[]) value).toList();
            String meaning = Content.meaning(key, values, damaged);
            if (!meaning.isEmpty() && !meaning.equals("{}")) {
                content.put(key, meaning + ((Long) dump.get(i + 1) > 0 ? Content.EXPIRES : ""));
            }
        }
        return content;
    }
}
