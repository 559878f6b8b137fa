package io.yardmaster.ratelimit;

import io.yardmaster.redis.Redis;
import io.yardmaster.redis.RedisFailure;
import java.time.Duration;
import java.util.List;

/// Buckets in Redis, by Redis' clock: the function `yard_tokens` of the library part [#LUA].
/// Thread-safe.
public final class RedisTokens implements SharedTokens {

    /// The class path resource that the function library needs besides the redis module's clock.
    public static final String LUA = "yardmaster/ratelimit.lua";

    private final Redis redis;
    private final String base;

    /// @param base what the keys begin with, hash tag included: `{yard:0}`
    public RedisTokens(Redis redis, String base) {
        this.redis = redis;
        this.base = base;
    }

    @Override
    public Verdict draw(Scope scope, String name, Limit limit, long want) {
        List<Object> reply;
        try {
            reply =
                    redis.call(
                            "yard_tokens",
                            base,
                            scope.key(),
                            name,
                            Double.toString(limit.perSecond()),
                            Double.toString(limit.burst()),
                            want);
        } catch (RedisFailure e) {
            // Whether it ran or not: tokens that nobody spends are the safe side.
            throw new Unavailable(e);
        }
        long granted = (Long) reply.get(0);
        return granted > 0
                ? new Verdict.Granted(granted)
                : new Verdict.Wait(Duration.ofMillis((Long) reply.get(1)));
    }
}
