package io.yardmaster.dispatcher.overview;

import io.yardmaster.dispatcher.dispatch.RedisSafety;
import io.yardmaster.queue.QueueDepth;
import io.yardmaster.queue.QueueName;
import io.yardmaster.redis.Redis;
import io.yardmaster.redis.RedisFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Facts that are looked at every ten seconds at most, and only when somebody asks. Thread-safe.
final class SlowFacts {
    private static final long LOOK_EVERY = 10_000_000_000L;

    private final Redis redis;
    private final RedisSafety safety;
    private final List<String> bases;
    private final Supplier<Map<String, Long>> repaired;
    private final LongSupplier nanos;
    private Situation.@Nullable Slow last;
    private long lookedAt;
    private String pausedThen = "";

    /// @param repaired what the audit's last passes mended, by kind
    SlowFacts(
            Redis redis,
            RedisSafety safety,
            int shards,
            Supplier<Map<String, Long>> repaired,
            LongSupplier nanos) {
        this.redis = redis;
        this.safety = safety;
        this.bases = IntStream.range(0, shards).mapToObj(i -> "{yard:" + i + "}").toList();
        this.repaired = repaired;
        this.nanos = nanos;
    }

    /// @param nowMs by Redis' clock
    synchronized Situation.Slow get(long nowMs, List<QueueDepth> depths) {
        List<QueueName> paused =
                depths.stream().filter(QueueDepth::paused).map(QueueDepth::queue).toList();
        Situation.Slow known = last;
        if (known == null
                || nanos.getAsLong() - lookedAt > LOOK_EVERY
                || !paused.toString().equals(pausedThen)) {
            known = look(nowMs, paused);
            last = known;
            lookedAt = nanos.getAsLong();
            pausedThen = paused.toString();
        }
        return known;
    }

    private Situation.Slow look(long nowMs, List<QueueName> paused) {
        Map<QueueName, Long> since = new TreeMap<>();
        for (QueueName queue : paused) {
            for (String base : bases) {
                byte[] at = redis.run(c -> c.hget(key(base + ":n:" + queue), key("paused")));
                if (at != null && Redis.text(at).matches("\\d{1,15}")) {
                    long ms = Math.max(0, nowMs - Long.parseLong(Redis.text(at)));
                    since.merge(queue, ms, Math::max);
                }
            }
        }
        long quarantined = 0;
        for (String base : bases) {
            quarantined += redis.run(c -> c.llen(key(base + ":quarantine")));
        }
        RedisSafety.Found found = safety.found();
        return new Situation.Slow(
                since,
                quarantined,
                found.durability(),
                found.refusal(),
                persistence(),
                repaired.get());
    }

    private List<String> persistence() {
        String info;
        try {
            info = redis.run(c -> c.info("persistence"));
        } catch (RedisFailure.Rejected | RedisFailure.NotExecuted e) {
            return List.of(); // a managed Redis that does not show it
        }
        List<String> troubles = new ArrayList<>();
        if (info.contains("aof_last_write_status:err")) {
            troubles.add("Redis could not write its append-only file: its disk may be full.");
        }
        if (info.contains("rdb_last_bgsave_status:err")) {
            troubles.add("Redis could not write its last snapshot, and may refuse writes.");
        }
        if (info.contains("aof_last_bgrewrite_status:err")) {
            troubles.add(
                    "Redis could not rewrite its append-only file, which grows without bound.");
        }
        return troubles;
    }

    private static byte[] key(String name) {
        return Redis.bytes(name);
    }
}
