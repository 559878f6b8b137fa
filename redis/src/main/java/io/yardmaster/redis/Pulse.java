package io.yardmaster.redis;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/// Whether one server still answers, so that nobody waits for one that stands still.
///
/// A call that timed out while nothing else was answered makes the server silent. From then on
/// calls are refused at once, except one at a time that tries whether it is back. The first answer
/// to anything, however late, ends the silence; so a single slow answer clears itself. Thread-safe.
final class Pulse {
    /// Pause between two tries of a silent server: seldom enough to cost nothing, often enough that
    /// its return is noticed as if at once.
    static final Duration PROBE_PAUSE = Duration.ofMillis(200);

    private final LongSupplier nanos;
    private final AtomicBoolean probing = new AtomicBoolean();
    private volatile long answeredAt;
    private volatile long probedAt;
    private volatile long silentSince;
    private volatile boolean silent;

    Pulse(LongSupplier nanos) {
        this.nanos = nanos;
        this.answeredAt = nanos.getAsLong();
    }

    /// Leave to make one call. It ends with [#ended].
    record Ticket(long askedAt, boolean probe) {}

    /// Empty when the call would wait for nothing.
    Optional<Ticket> admit() {
        long now = nanos.getAsLong();
        if (!silent) {
            return Optional.of(new Ticket(now, false));
        }
        boolean due = now - probedAt >= PROBE_PAUSE.toNanos();
        return due && probing.compareAndSet(false, true)
                ? Optional.of(new Ticket(now, true))
                : Optional.empty();
    }

    /// The server said something, even if nobody waits for it any more.
    void answered() {
        answeredAt = nanos.getAsLong();
        silent = false;
    }

    /// Nobody waits for this call any more, whatever came of it.
    void ended(Ticket ticket) {
        if (ticket.probe()) {
            probedAt = nanos.getAsLong();
            probing.set(false);
        }
    }

    /// No answer to this call within the time that callers wait.
    void timedOut(Ticket ticket) {
        if (answeredAt - ticket.askedAt() <= 0 && !silent) {
            silentSince = ticket.askedAt();
            probedAt = nanos.getAsLong();
            silent = true;
        }
    }

    /// For how long the server has answered nothing at all; zero when it answers.
    Duration silence() {
        return silent ? Duration.ofNanos(nanos.getAsLong() - silentSince) : Duration.ZERO;
    }
}
