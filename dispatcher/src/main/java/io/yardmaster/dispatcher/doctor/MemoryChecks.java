package io.yardmaster.dispatcher.doctor;

import java.util.List;
import java.util.Locale;

/// Whether Redis has room, and what it does when it has none.
final class MemoryChecks {
    private static final double TIGHT = 0.85;
    private static final double FULL = 0.95;

    /// Below this size the ratio says nothing: an idle server of 1 MB has one of 8.
    private static final long FRAGMENTS_COUNT_FROM = 64L << 20;

    private static final double FRAGMENTED = 1.5;

    private final RedisView redis;

    MemoryChecks(RedisView redis) {
        this.redis = redis;
    }

    List<Check> list() {
        return List.of(
                Check.ofRedis(
                        "eviction",
                        "with any policy but noeviction Redis deletes accepted requests to make"
                                + " room",
                        this::eviction),
                Check.ofRedis(
                        "memory",
                        "a full Redis refuses new requests; one without a limit is killed by its"
                                + " machine",
                        this::memory),
                Check.ofRedis(
                        "fragmentation",
                        "memory that is scattered is used up without holding anything",
                        this::fragmentation));
    }

    private Verdict eviction() {
        String policy = redis.text("maxmemory_policy");
        long evicted = redis.number("evicted_keys");
        if (!policy.equals("noeviction")) {
            return new Verdict.Fail(
                    "maxmemory-policy " + policy,
                    "redis-cli CONFIG SET maxmemory-policy noeviction && redis-cli CONFIG REWRITE");
        }
        return evicted > 0
                ? new Verdict.Warn(
                        "noeviction now, but " + evicted + " keys were deleted since Redis started",
                        "requests may be missing; redis-cli CONFIG RESETSTAT forgets the count")
                : new Verdict.Ok("noeviction");
    }

    private Verdict memory() {
        long used = redis.number("used_memory");
        long most = redis.number("maxmemory");
        long machine = redis.number("total_system_memory");
        String figures = Texts.bytes(used) + " used of " + Texts.bytes(most == 0 ? machine : most);
        String fix =
                "redis-cli CONFIG SET maxmemory "
                        + Math.max(64, (machine * 6 / 10) >> 20)
                        + "mb && redis-cli CONFIG REWRITE (60 % of the machine's memory)";
        if (most == 0) {
            return machine > 0 && used > machine * TIGHT
                    ? new Verdict.Fail(figures + ", maxmemory is not set", fix)
                    : new Verdict.Warn(figures + ", maxmemory is not set", fix);
        }
        String room =
                "let work drain, shorten yardmaster.outcome.ttl or yardmaster.dead.max, or raise"
                        + " maxmemory";
        if (used > most * FULL) {
            return new Verdict.Fail(figures, room);
        }
        return used > most * TIGHT ? new Verdict.Warn(figures, room) : new Verdict.Ok(figures);
    }

    private Verdict fragmentation() {
        double ratio = redis.decimal("mem_fragmentation_ratio");
        String found = String.format(Locale.ROOT, "ratio %.2f", ratio);
        return ratio > FRAGMENTED && redis.number("used_memory_rss") > FRAGMENTS_COUNT_FROM
                ? new Verdict.Warn(
                        found + ", " + Texts.bytes(redis.number("used_memory_rss")) + " resident",
                        "redis-cli CONFIG SET activedefrag yes; where that is refused, redis-cli"
                                + " MEMORY PURGE, or restart Redis at a quiet time")
                : new Verdict.Ok(found);
    }
}
