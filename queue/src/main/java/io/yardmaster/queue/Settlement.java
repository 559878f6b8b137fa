package io.yardmaster.queue;

import java.time.Duration;

/// How an attempt ends. JSON is one line of text.
public sealed interface Settlement {
    /// The request is done; its outcome is kept for a while.
    record Succeeded(String outcomeJson) implements Settlement {}

    /// It will not be tried again until an operator redrives it.
    record Dead(String outcomeJson) implements Settlement {}

    /// It was sent, and will be sent again after the delay.
    record Retry(Duration delay, String historyJson) implements Settlement {}

    /// It was sent, and the node asked to come again after the delay: the attempt does not count
    /// against its retries.
    record Defer(Duration delay, String historyJson) implements Settlement {}

    /// Nothing was sent: the attempt is given back. Without delay it is the next of its queue.
    record Release(Duration delay) implements Settlement {}

    /// What Redis said.
    enum Answer {
        /// Carried out, now or by an earlier call with the same lease.
        OK,
        /// The lease was lost and somebody else holds or has settled the request; nothing was
        /// changed.
        FENCED,
        /// The request was cancelled or purged meanwhile.
        GONE,
        /// Somebody put something of another type at a key of its queue, or at its outcome's;
        /// nothing was changed for this attempt.
        CORRUPT
    }
}
