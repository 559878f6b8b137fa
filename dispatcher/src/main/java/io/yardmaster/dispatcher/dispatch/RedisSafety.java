package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.redis.Redis;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads from Redis' settings what an accepted request survives there.
final class RedisSafety {
    private static final Logger log = LoggerFactory.getLogger(RedisSafety.class);

    private RedisSafety() {}

    /// The mode found.
    ///
    /// @throws IllegalStateException when Redis may throw requests away to make room
    static Durability check(Redis redis) {
        String policy = redis.setting("maxmemory-policy");
        if (!policy.isEmpty() && !policy.equals("noeviction")) {
            throw new IllegalStateException(
                    "redis maxmemory-policy: "
                            + policy
                            + " (expected: noeviction, or Redis deletes accepted requests)");
        }
        boolean appendOnly = redis.setting("appendonly").equals("yes");
        boolean always = redis.setting("appendfsync").equals("always");
        Durability durability = appendOnly && always ? Durability.FSYNC : Durability.RELAXED;
        switch (durability) {
            case FSYNC, REPLICATED -> log.info("durability: {}", durability.text());
            case RELAXED ->
                    log.warn(
                            "durability: relaxed. A crash may lose the last accepted requests (appendonly yes and"
                                    + " appendfsync always keep them)");
        }
        return durability;
    }
}
