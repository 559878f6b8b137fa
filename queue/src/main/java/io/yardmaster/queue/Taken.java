package io.yardmaster.queue;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/// The answer to a take.
public record Taken(List<Lease> leases, Map<QueueName, Left> left) {
    /// What is left in a queue and what holds it.
    public record Left(long waiting, Hold hold) {}

    public sealed interface Hold {
        record None() implements Hold {}

        record Paused() implements Hold {}

        record Limited(Duration retryAfter) implements Hold {}

        /// Somebody put something of another type at this key of the queue.
        record Corrupt(String key) implements Hold {}
    }

    /// One line of a take.
    ///
    /// @param most requests wanted, 0 to just ask for the state
    /// @param ratePerSecond of the service, 0: unlimited
    public record Want(QueueName queue, int most, double ratePerSecond, double burst) {}
}
