package io.yardmaster.queue;

import java.time.Duration;
import java.util.Optional;

/// A request on its way into the queue.
///
/// @param delay 0: at once
/// @param timeToLive 0: for ever
/// @param producer whose rate limit counts it; empty: none
/// @param tellWhenSettled whether the end of the request is told on the channel of settled requests
/// @param named whether the producer named it (by an id or a key), and may bring it again
/// @param trace what the node is to get of the trace; empty: what the request's headers say
public record Offer(
        Request request,
        Duration delay,
        Duration timeToLive,
        String producer,
        boolean tellWhenSettled,
        boolean named,
        Optional<TraceContext> trace) {
    public Offer {
        if (delay.isNegative() || timeToLive.isNegative()) {
            throw new IllegalArgumentException(
                    "delay, ttl: " + delay + ", " + timeToLive + " (expected: 0 or more)");
        }
    }

    /// Of a request whose id the producer may have chosen.
    public Offer(
            Request request,
            Duration delay,
            Duration timeToLive,
            String producer,
            boolean tellWhenSettled) {
        this(request, delay, timeToLive, producer, tellWhenSettled, true);
    }

    /// Of a request that came without a trace.
    public Offer(
            Request request,
            Duration delay,
            Duration timeToLive,
            String producer,
            boolean tellWhenSettled,
            boolean named) {
        this(request, delay, timeToLive, producer, tellWhenSettled, named, Optional.empty());
    }

    public Offer within(TraceContext context) {
        return new Offer(
                request, delay, timeToLive, producer, tellWhenSettled, named, Optional.of(context));
    }

    public static Offer of(Request request) {
        return new Offer(request, Duration.ZERO, Duration.ZERO, "", false);
    }
}
