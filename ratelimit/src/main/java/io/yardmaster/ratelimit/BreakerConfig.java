package io.yardmaster.ratelimit;

import java.time.Duration;

/// When a breaker opens, for how long, and what closes it again.
///
/// @param errorThreshold share of failures in the window at which it opens (reached is enough),
///   above 0, at most 1
/// @param minRequests outcomes in the window below which the share says nothing, at least 1
/// @param window how far back outcomes count, 100 ms to 1 day; it slides in ten steps
/// @param resetTimeout first open period before jitter, 1 ms to 1 day
/// @param halfOpenRequests trials that must all succeed to close it, 1 to 1000
/// @param consecutiveFailures failures in a row that open it whatever the share is; 0 is off
public record BreakerConfig(
        double errorThreshold,
        int minRequests,
        Duration window,
        Duration resetTimeout,
        int halfOpenRequests,
        int consecutiveFailures) {

    // Above DEFAULTS, whose constructor reads it.
    private static final Duration LONGEST = Duration.ofDays(1);

    /// Half of at least ten requests in 10 s, 30 s open, 3 trials, no rule for failures in a row.
    public static final BreakerConfig DEFAULTS =
            new BreakerConfig(0.5, 10, Duration.ofSeconds(10), Duration.ofSeconds(30), 3, 0);

    public BreakerConfig {
        // Written so that NaN fails too.
        expect(
                errorThreshold > 0 && errorThreshold <= 1,
                "error-threshold",
                errorThreshold,
                "above 0, at most 1");
        expect(minRequests >= 1, "min-requests", minRequests, "at least 1");
        expect(between(Duration.ofMillis(100), window), "window", window, "100 ms to 1 day");
        expect(
                between(Duration.ofMillis(1), resetTimeout),
                "reset-timeout",
                resetTimeout,
                "1 ms to 1 day");
        expect(
                halfOpenRequests >= 1 && halfOpenRequests <= 1000,
                "half-open-requests",
                halfOpenRequests,
                "1 to 1000");
        expect(
                consecutiveFailures >= 0,
                "consecutive-failures",
                consecutiveFailures,
                "at least 0, 0 is off");
    }

    private static boolean between(Duration least, Duration value) {
        return value.compareTo(least) >= 0 && value.compareTo(LONGEST) <= 0;
    }

    private static void expect(boolean met, String name, Object value, String condition) {
        if (!met) {
            throw new IllegalArgumentException(
                    name + ": " + value + " (expected: " + condition + ")");
        }
    }
}
