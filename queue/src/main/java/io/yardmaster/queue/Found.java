package io.yardmaster.queue;

import java.time.Duration;

/// What is known of an id.
public sealed interface Found {
    /// It has not ended.
    ///
    /// @param waits scheduled: until it is due; leased: until the lease ends; else 0
    /// @param before requests ahead of it in its queue, -1 when more than 1,000 or when it doesn't
    ///   wait in one
    /// @param expired its time to live is over; it ends when a replica next looks at it
    record Live(StoredRequest stored, Duration waits, long before, boolean paused, boolean expired)
            implements Found {}

    /// It has ended.
    ///
    /// @param json as it was settled
    record Settled(End end, String json) implements Found {}

    record Unknown() implements Found {}

    /// How a request ended.
    enum End {
        SUCCEEDED,
        DEAD,
        CANCELLED,
        EXPIRED;

        static End of(char code) {
            return switch (code) {
                case 'S' -> SUCCEEDED;
                case 'D' -> DEAD;
                case 'C' -> CANCELLED;
                case 'X' -> EXPIRED;
                default ->
                        throw new IllegalArgumentException(
                                "end: " + code + " (expected: S, D, C or X)");
            };
        }
    }
}
