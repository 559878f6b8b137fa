package io.yardmaster.dispatcher.api;

import io.yardmaster.queue.TraceContext;
import java.util.Optional;

/// Where a request came from, as far as its treatment depends on it.
///
/// @param key name of the API key, if one was shown
/// @param address the producer's network address; empty when it is unknown
/// @param idempotencyKey of the request's header
/// @param tellWhenSettled whether somebody waits for the end
/// @param trace of the call that brought it
public record Origin(
        Optional<String> key,
        String address,
        Optional<String> idempotencyKey,
        boolean tellWhenSettled,
        Optional<TraceContext> trace) {
    /// A producer that pushed JSON onto the ingress list in Redis.
    public static final Origin REDIS =
            new Origin(Optional.empty(), "", Optional.empty(), false, Optional.empty());

    /// Whose rate limit counts the request: the key, else the name that the producer gives itself,
    /// else the address.
    String producer(Optional<String> client) {
        return key.or(() -> client).orElse(address);
    }
}
