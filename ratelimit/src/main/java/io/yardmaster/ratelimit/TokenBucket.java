package io.yardmaster.ratelimit;

import java.time.Duration;

/// The arithmetic of a token bucket: state and time in, state and verdict out. The Lua local
/// `token_bucket` of the redis module is the same formula, and a differential test holds the two
/// together. In any window of `w` seconds at most `ratePerSecond * w + burst` tokens are granted,
/// however the clock behaves, because a state's time never goes back.
///
/// @param ratePerSecond tokens that come back each second, at least 1e-9
/// @param burst most tokens that are saved up, at least 1
public record TokenBucket(double ratePerSecond, double burst) {

    /// Makes up for what floating point loses when a token is due to the millisecond.
    private static final double ROUNDING = 1e-9;

    public TokenBucket {
        // Written so that NaN fails too.
        if (!(ratePerSecond >= 1e-9 && ratePerSecond < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "ratePerSecond: " + ratePerSecond + " (expected: at least 1e-9, finite)");
        }
        if (!(burst >= 1 && burst < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "burst: " + burst + " (expected: at least 1, finite)");
        }
    }

    /// What is to be remembered of a bucket.
    ///
    /// @param tokens what is saved up, fractions included
    /// @param lastMillis the latest time this bucket has seen
    public record State(double tokens, long lastMillis) {}

    public record Decision(State next, Verdict verdict) {}

    /// The bucket of a limit that is on.
    public static TokenBucket of(Limit limit) {
        return new TokenBucket(limit.perSecond(), limit.burst());
    }

    public State full(long nowMillis) {
        return new State(burst, nowMillis);
    }

    public State empty(long nowMillis) {
        return new State(0, nowMillis);
    }

    /// Takes as many of the wanted tokens as there are whole ones; none at all is a [Verdict.Wait].
    ///
    /// @param nowMillis any clock's milliseconds; a time before the state's own counts as the
    ///   state's own
    /// @param want at least 1
    public Decision take(State state, long nowMillis, long want) {
        if (want < 1) {
            throw new IllegalArgumentException("want: " + want + " (expected: at least 1)");
        }
        long now = Math.max(state.lastMillis, nowMillis);
        double tokens =
                Math.min(burst, state.tokens + (now - state.lastMillis) * ratePerSecond / 1000);
        long granted = Math.min(want, (long) Math.floor(tokens + ROUNDING));
        if (granted > 0) {
            return new Decision(new State(tokens - granted, now), new Verdict.Granted(granted));
        }
        long wait = (long) Math.ceil((1 - tokens) * 1000 / ratePerSecond);
        // A denial leaves the state alone: Redis need not write, and both round alike ever after.
        return new Decision(state, new Verdict.Wait(Duration.ofMillis(Math.max(1, wait))));
    }
}
