package io.yardmaster.dispatcher.doctor;

import io.yardmaster.redis.Redis;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.IntSupplier;

/// Where replicas tell each other what they run: HASH `{yard}:roster`, replica to `<version>
/// <library digest> <ms its clock is ahead of Redis'> <ms of Redis' clock> <ms of its own clock
/// when it started> <requests in flight>`. Readers bear with more words, and with the last two
/// missing.
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
    private final IntSupplier inFlight;
    private final Consumer<String> gone;
    private final long startedAt;

    /// @param library digest of the function library that this replica brings
    /// @param inFlight its requests that are at nodes
    /// @param gone hears of a replica that fell silent, at one replica only
    public Roster(
            Redis redis,
            String replica,
            String version,
            String library,
            InstantSource clock,
            IntSupplier inFlight,
            Consumer<String> gone) {
        this.redis = redis;
        this.replica = replica;
        this.version = version;
        this.library = library;
        this.clock = clock;
        this.inFlight = inFlight;
        this.gone = gone;
        this.startedAt = clock.millis();
    }

    /// One replica.
    ///
    /// @param aheadMs how far its clock is ahead of Redis'
    /// @param at when it said so, by Redis' clock, in ms
    /// @param startedAt by its own clock, in ms; 0 when it does not say
    /// @param inFlight requests that were at nodes then; -1 when it does not say
    record Entry(
            String replica,
            String version,
            String library,
            long aheadMs,
            long at,
            long startedAt,
            int inFlight) {}

    /// A replica as others see it.
    ///
    /// @param startedAtMs by its own clock; empty when it does not say
    /// @param lastSeenMs by Redis' clock; that of this replica is now
    /// @param inFlight requests that were at nodes then
    /// @param self whether it is this one
    public record Present(
            String replica,
            String version,
            OptionalLong startedAtMs,
            long lastSeenMs,
            OptionalInt inFlight,
            boolean self) {}

    /// Everybody who is there, this replica among them, by name.
    public List<Present> present() {
        List<Present> present = new ArrayList<>();
        present.add(
                new Present(
                        replica,
                        version,
                        OptionalLong.of(startedAt),
                        redis.wallClock(),
                        OptionalInt.of(inFlight.getAsInt()),
                        true));
        for (Entry entry : present(redis)) {
            if (!entry.replica().equals(replica)) {
                present.add(
                        new Present(
                                entry.replica(),
                                entry.version(),
                                entry.startedAt() > 0
                                        ? OptionalLong.of(entry.startedAt())
                                        : OptionalLong.empty(),
                                entry.at(),
                                entry.inFlight() >= 0
                                        ? OptionalInt.of(entry.inFlight())
                                        : OptionalInt.empty(),
                                false));
            }
        }
        present.sort(Comparator.comparing(Present::replica));
        return present;
    }

    /// Tells what this replica runs.
    public void tell() {
        long before = clock.millis();
        long now = redis.wallClock();
        long ahead = (before + clock.millis()) / 2 - now;
        String words =
                String.format(
                        Locale.ROOT,
                        "%s %s %d %d %d %d",
                        version,
                        library,
                        ahead,
                        now,
                        startedAt,
                        inFlight.getAsInt());
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
        long now = redis.wallClock();
        return entries(redis).stream()
                .filter(entry -> Math.abs(now - entry.at()) < OLD_MS / 2)
                .toList();
    }

    private static List<Entry> entries(Redis redis) {
        Map<byte[], byte[]> words = redis.run(c -> c.hgetall(KEY));
        List<Entry> entries = new ArrayList<>();
        words.forEach((name, value) -> {
            String[] parts = Redis.text(value).split(" ", -1);
            boolean whole = parts.length >= 4 && parts[2].matches("-?\\d{1,18}");
            boolean more = whole && parts.length >= 6;
            entries.add(
                    new Entry(
                            Redis.text(name),
                            parts[0],
                            whole ? parts[1] : "",
                            whole ? Long.parseLong(parts[2]) : 0,
                            whole ? RedisView.whole(parts[3]).orElse(0L) : 0,
                            more ? RedisView.whole(parts[4]).orElse(0L) : 0,
                            more ? RedisView.whole(parts[5]).orElse(-1L).intValue() : -1));
        });
        return entries;
    }
}
