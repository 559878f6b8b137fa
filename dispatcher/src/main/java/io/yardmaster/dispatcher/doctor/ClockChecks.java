package io.yardmaster.dispatcher.doctor;

import io.yardmaster.redis.Redis;
import java.util.List;
import java.util.stream.Stream;

/// Whether the clocks go, and agree. Nothing is decided by a wall clock; people read them.
final class ClockChecks {
    private static final long NOTICEABLE_MS = 2_000;
    private static final long WRONG_MS = 300_000;

    /// Replicas call every 50 ms, so the logical clock is never older than that while one is alive.
    private static final long STOPPED_MS = 10_000;

    private static final long LAGGING_MS = 60_000;

    private static final String NTP =
            "timedatectl set-ntp true on both machines (chronyc tracking shows how far it is off)";

    private final Installation at;

    ClockChecks(Installation at) {
        this.at = at;
    }

    List<Check> list() {
        return Stream.concat(
                        Stream.of(
                                Check.ofRedis(
                                        "clock",
                                        "times that people read (enqueued, settled, notBefore) come"
                                                + " from both clocks",
                                        this::wall)),
                        at.bases().stream()
                                .map(base ->
                                        Check.ofRedis(
                                                "logical-clock" + suffix(base),
                                                "leases, delays and expiries go by it",
                                                () -> logical(base))))
                .toList();
    }

    private String suffix(String base) {
        return at.bases().size() == 1 ? "" : " " + base;
    }

    private Verdict wall() {
        Redis redis = at.redis();
        long before = at.host().clock().millis();
        long there = redis.wallClock();
        long ahead = (before + at.host().clock().millis()) / 2 - there;
        String name = "this replica";
        for (Roster.Entry entry : Roster.present(redis)) {
            if (Math.abs(entry.aheadMs()) > Math.abs(ahead)) {
                ahead = entry.aheadMs();
                name = entry.replica();
            }
        }
        String found =
                name
                        + " is "
                        + Texts.time(Math.abs(ahead))
                        + (ahead < 0 ? " behind" : " ahead of")
                        + " Redis";
        if (Math.abs(ahead) > WRONG_MS) {
            return new Verdict.Fail(found, NTP);
        }
        return Math.abs(ahead) > NOTICEABLE_MS
                ? new Verdict.Warn(found, NTP)
                : new Verdict.Ok(found);
    }

    /// The stored logical clock.
    ///
    /// @param logical ms
    /// @param wall Redis' clock when it was written, ms; 0 when there is none yet
    record Reading(long logical, long wall) {}

    static Reading logical(Redis redis, String base) {
        byte[] stored = redis.run(c -> c.get(Redis.bytes(base + ":clock")));
        String[] parts = stored == null ? new String[0] : Redis.text(stored).split(" ", -1);
        return parts.length == 2
                ? new Reading(
                        RedisView.whole(parts[0]).orElse(0L), RedisView.whole(parts[1]).orElse(0L))
                : new Reading(0, 0);
    }

    private Verdict logical(String base) {
        Reading reading = logical(at.redis(), base);
        long now = at.redis().wallClock();
        if (reading.wall() == 0) {
            return new Verdict.Fail(
                    base + ":clock is not there or not ours",
                    "redis-cli DEL " + base + ":clock; it is written anew at the next call");
        }
        long old = now - reading.wall();
        if (Math.abs(old) > STOPPED_MS) {
            return new Verdict.Fail(
                    "it was last moved "
                            + Texts.time(Math.abs(old))
                            + (old < 0 ? " ahead" : " ago"),
                    "no replica calls this Redis: look at the replicas' logs");
        }
        long lag = reading.wall() - reading.logical();
        String found =
                Texts.time(Math.abs(lag)) + (lag < 0 ? " ahead of" : " behind") + " the wall clock";
        return Math.abs(lag) > LAGGING_MS
                ? new Verdict.Warn(
                        found + ": Redis' clock was stepped, or Redis stood still that long",
                        "no harm by itself, because only differences count; keep Redis' clock"
                                + " disciplined: "
                                + NTP)
                : new Verdict.Ok(found);
    }
}
