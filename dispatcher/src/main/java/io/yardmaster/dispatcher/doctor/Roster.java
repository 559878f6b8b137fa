package io.yardmaster.dispatcher.doctor;

import io.yardmaster.redis.Redis;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

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
    private final Consumer<String> gone;

    /// @param library digest of the function library that this replica brings
    /// @param gone hears of a replica that fell silent, at one replica only
    public Roster(
            Redis redis,
            String replica,
            String version,
            String library,
            InstantSource clock,
            Consumer<String> gone) {
        this.redis = redis;
        this.replica = replica;
        this.version = version;
        this.library = library;
        this.clock = clock;
        this.gone = gone;
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
        for (Entry entry : entries(redis)) {
            boolean old = Math.abs(now - entry.at()) > OLD_MS;
            // Of all that find it, one removes it.
            if (old && redis.run(c -> c.hdel(KEY, Redis.bytes(entry.replica()))) == 1) {
                gone.accept(entry.replica());
            }
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
