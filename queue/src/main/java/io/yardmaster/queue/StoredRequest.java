package io.yardmaster.queue;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A request as Redis holds it.
///
/// @param attempts how many times it was leased, the current lease included
/// @param forgiven attempts that a redrive put behind it; they don't count against its retries
/// @param lostLeases how often its lease ended without a word
/// @param expires whether it has a time to live
/// @param nonce of its last lease
/// @param history one JSON object for each attempt that has ended, oldest first
@SuppressWarnings(
        "ArrayRecordComponent") // the stored bytes themselves, kept to fingerprint them when it
// settles
public record StoredRequest(
        Request request,
        State state,
        int attempts,
        int forgiven,
        int lostLeases,
        Instant enqueuedAt,
        boolean expires,
        String nonce,
        List<String> history,
        byte[] record,
        int contentLength) {
    /// Whether a replica took it last and gave it back unsent.
    public boolean released() {
        return history.isEmpty() && !nonce.equals(NO_NONCE);
    }

    /// The nonce of a request that has no lease behind it.
    private static final String NO_NONCE = "........";

    /// Where a live request is.
    ///
    /// - queued -> leased: taken; -> cancelled or expired: settled
    /// - scheduled -> queued: promoted when its time has come
    /// - leased -> queued: released or reclaimed; -> scheduled: retry; -> dead; -> succeeded:
    ///   settled
    /// - dead -> queued: redriven
    public enum State {
        QUEUED('q'),
        SCHEDULED('s'),
        LEASED('l'),
        DEAD('d');

        private final char code;

        State(char code) {
            this.code = code;
        }

        static State of(char code) {
            for (State state : values()) {
                if (state.code == code) {
                    return state;
                }
            }
            throw new IllegalArgumentException("state: " + code + " (expected: q, s, l or d)");
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
