package io.yardmaster.dispatcher.doctor;

import io.yardmaster.redis.Redis;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Where replicas tell each other what they run: HASH `{yard}:roster`, replica to `<version>
/// <library digest> <ms its clock is ahead of Redis'> <ms of Redis' clock>`.
///
/// Bounded: whoever tells something removes what is older than a minute. Thread-safe.
public final class Roster {
    /// How often a replica tells it.
    public static final Duration INTERVAL = Duration.ofSeconds(10);

    private static final byte[] KEY = Redis.bytes("{yard}:roster");
    private static final long OLD_MS = 60_000;

    private final Redis redis;
    private final String replica;
    private final String version;
    private final String library;
    private final InstantSource clock;

    /// @param library digest of the function library that this replica brings
    public Roster(
            Redis redis, String replica, String version, String library, InstantSource clock) {
        this.redis = redis;
        this.replica = replica;
        this.version = version;
        this.library = library;
        this.clock = clock;
    }

    /// One replica.
    ///
    /// @param aheadMs how far its clock is ahead of Redis'
    /// @param at when it said so, by Redis' clock, in ms
    record Entry(String replica, String version, String library, long aheadMs, long at) {}

    /// Tells what this replica runs.
    public void tell() {
        long before = clock.millis();
        long now = redisNow(redis);
        long ahead = (before + clock.millis()) / 2 - now;
        String words = String.format(Locale.ROOT, "%s %s %d %d", version, library, ahead, now);
        redis.run(c -> c.hset(KEY, Redis.bytes(replica), Redis.bytes(words)));
        byte[][] old =
                entries(redis).stream()
                        .filter(entry -> Math.abs(now - entry.at()) > OLD_MS)
                        .map(entry -> Redis.bytes(entry.replica()))
                        .toArray(byte[][]::new);
        if (old.length > 0) {
            redis.run(c -> c.hdel(KEY, old));
        }
    }

    /// This replica ends.
    public void leave() {
        redis.run(c -> c.hdel(KEY, Redis.bytes(replica)));
    }

    /// Everybody who told it within the last half minute.
    static List<Entry> present(Redis redis) {
        long now = redisNow(redis);
        return entries(redis).stream()
                .filter(entry -> Math.abs(now - entry.at()) < OLD_MS / 2)
                .toList();
    }

    private static List<Entry> entries(Redis redis) {
        Map<byte[], byte[]> words = redis.run(c -> c.hgetall(KEY));
        List<Entry> entries = new ArrayList<>();
        words.forEach((name, value) -> {
            String[] parts = Redis.text(value).split(" ", -1);
            boolean whole = parts.length == 4 && parts[2].matches("-?\\d{1,18}");
            entries.add(
                    new Entry(
                            Redis.text(name),
                            parts[0],
                            whole ? parts[1] : "",
                            whole ? Long.parseLong(parts[2]) : 0,
                            whole ? RedisView.whole(parts[3]).orElse(0L) : 0));
        });
        return entries;
    }

    static long redisNow(Redis redis) {
        List<byte[]> time = redis.run(c -> c.time());
        return Long.parseLong(Redis.text(time.get(0))) * 1000
                + Long.parseLong(Redis.text(time.get(1))) / 1000;
    }
}
