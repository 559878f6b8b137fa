package io.yardmaster.queue;

import java.time.Duration;

/// What became of a request that was offered. All but the first two left nothing behind, and
/// perhaps [Away].
public sealed interface Admission {
    /// Accepted: it is in Redis and will be kept.
    record Queued(String id) implements Admission {}

    /// A request with this id and the same content was accepted before.
    record Duplicate(String id) implements Admission {}

    /// A request with this id and other content was accepted before.
    record Conflict(String id) implements Admission {}

    /// The queue holds as many as it may.
    record Full() implements Admission {}

    /// Redis has so little memory left that it is kept for the requests that are in.
    record MemoryFull() implements Admission {}

    /// The producer is over its rate.
    record Limited(Duration retryAfter) implements Admission {}

    /// The shard that it belongs to did not answer. It may be in; the same offer may be made again.
    record Away() implements Admission {}

    record Invalid(String reason) implements Admission {}

    /// Somebody put something of another type at one of our keys.
    record Corrupt(String key) implements Admission {}

    default boolean accepted() {
        return this instanceof Queued || this instanceof Duplicate;
    }
}
