package io.yardmaster.dispatcher.history;

import io.yardmaster.redis.Redis;
import java.time.InstantSource;

/// Redis' wall clock as well as it is known here, so that all replicas number the steps of the
/// history alike. Not for decisions: those are made inside Redis. Thread-safe.
public final class RedisClock {
    private final InstantSource clock;
    private volatile long ahead;

    public RedisClock(InstantSource clock) {
        this.clock = clock;
    }

    /// In ms; this host's clock until Redis' was heard.
    public long millis() {
        return clock.millis() + ahead;
    }

    /// Takes in what Redis' clock was just now.
    void heard(long redisMs) {
        ahead = redisMs - clock.millis();
    }

    /// Asks Redis for its time.
    public void set(Redis redis) {
        heard(redis.wallClock());
    }
}
