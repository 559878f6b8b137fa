package io.yardmaster.ratelimit;

import java.time.Duration;

/// The limits under `yardmaster.rate-limit`: for each producer (checked at enqueue), for each
/// service (checked inside take) and for each node (checked before a node is chosen).
public record RateLimitConfig(Limit producer, Limit service, Limit node) {

    /// Producers 1000 a second with a burst of twice that; the others off.
    public static final RateLimitConfig DEFAULTS =
            new RateLimitConfig(new Limit(1000, Duration.ofSeconds(1), 2), Limit.OFF, Limit.OFF);
}
