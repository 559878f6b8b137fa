package io.yardmaster.ratelimit;

import java.time.Duration;

/// A rate limit: `rate` tokens come back per `window`, and at most [#burst] of them are saved up.
///
/// @param rate tokens per window, 0.001 to 10^9; 0 switches the limit off
/// @param window 1 ms to 1 day
/// @param burstMultiplier burst as a multiple of `rate`, above 0 and at most 10^6
public record Limit(double rate, Duration window, double burstMultiplier) {

    // Above OFF, whose constructor reads them.
    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Duration LONGEST = Duration.ofDays(1);

    /// No limit at all.
    public static final Limit OFF = new Limit(0, Duration.ofSeconds(1), 2);

    public Limit {
        // Written so that NaN fails too.
        if (!(rate == 0 || (rate >= 0.001 && rate <= 1e9))) {
            throw new IllegalArgumentException(
                    "rate: " + rate + " (expected: 0.001 to 1e9, or 0 for off)");
        }
        if (window.compareTo(SHORTEST) < 0 || window.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("window: " + window + " (expected: 1 ms to 1 day)");
        }
        if (!(burstMultiplier > 0 && burstMultiplier <= 1e6)) {
            throw new IllegalArgumentException(
                    "burst-multiplier: " + burstMultiplier + " (expected: above 0, at most 1e6)");
        }
    }

    public boolean isOff() {
        return rate == 0;
    }

    /// Tokens that come back each second.
    public double perSecond() {
        return rate * 1e9 / window.toNanos();
    }

    /// Most tokens that can be spent at once: never below 1, or nothing would ever be admitted.
    public double burst() {
        return Math.max(1, rate * burstMultiplier);
    }
}
