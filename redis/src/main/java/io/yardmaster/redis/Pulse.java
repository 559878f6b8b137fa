package io.yardmaster.redis;

import java.time.Duration;
import java.util.function.LongSupplier;

/// Whether one server still answers, so that nobody waits for one that stands still.
///
/// A call that timed out while nothing else was answered makes the server silent. The first answer
/// to anything, however late, ends the silence; so a single slow answer clears itself. Thread-safe.
final class Pulse {
    private final LongSupplier nanos;
    private volatile long answeredAt;
    private volatile long silentSince;
    private volatile boolean silent;

    Pulse(LongSupplier nanos) {
        this.nanos = nanos;
        this.answeredAt = nanos.getAsLong();
    }

    /// True while a call would wait for nothing.
    boolean silent() {
        return silent;
    }

    /// The server said something, even if nobody waits for it any more; or it is known to be gone,
    /// which callers are told without waiting.
    void ended() {
        answeredAt = nanos.getAsLong();
        silent = false;
    }

    /// No answer within the time that callers wait to a call that was made at `askedAt`.
    ///
    /// @return whether the silence has just begun
    synchronized boolean timedOut(long askedAt) {
        if (silent || answeredAt - askedAt > 0) {
            return false;
        }
        silentSince = askedAt;
        silent = true;
        return true;
    }

    /// For how long the server has answered nothing at all; zero when it answers.
    Duration silence() {
        return silent ? Duration.ofNanos(nanos.getAsLong() - silentSince) : Duration.ZERO;
    }
}
