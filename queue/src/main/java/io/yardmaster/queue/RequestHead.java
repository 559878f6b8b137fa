package io.yardmaster.queue;

/// What lists show of a request that Redis still holds: all but its body, headers and history.
///
/// @param enqueuedAtMs by Redis' wall clock
/// @param expired its time to live is over; it ends when a replica next looks at it
/// @param nonce of its last lease
/// @param path the part of it that lists read; one that was cut ends with `…`
public record RequestHead(
        String id,
        QueueName queue,
        StoredRequest.State state,
        int attempts,
        long enqueuedAtMs,
        boolean expired,
        String nonce,
        String method,
        String path) {}
