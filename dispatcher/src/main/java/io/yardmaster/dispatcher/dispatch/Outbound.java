package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.queue.Lease;
import io.yardmaster.queue.Request;
import io.yardmaster.queue.TraceContext;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/// Makes of a request what goes to a node: the producer's method, path, headers and body, and our
/// headers.
final class Outbound {
    private final InstantSource clock;
    private final BegunTrace begun;
    private final UtcMillis utc = new UtcMillis();

    /// @param begun for requests that came without a trace
    Outbound(InstantSource clock, BegunTrace begun) {
        this.clock = clock;
        this.begun = begun;
    }

    Forwarder.Outgoing prepare(Lease lease, String node, Duration timeout) {
        Request request = lease.request();
        List<Request.Header> headers = new ArrayList<>(request.headers().size() + 7);
        boolean traced = false;
        for (Request.Header header : request.headers()) {
            if (StickyCookie.isCookie(header.name())) {
                StickyCookie.without(header.value())
                        .ifPresent(others -> add(headers, header.name(), others));
            } else if (!ours(header.name())) {
                headers.add(header);
                traced |= header.name().equalsIgnoreCase(TraceContext.PARENT);
            }
        }
        add(headers, "X-Request-ID", request.id());
        add(headers, "Idempotency-Key", request.id());
        add(headers, "X-Instance-ID", node);
        add(headers, "X-Yardmaster-Attempt", Integer.toString(lease.attempt()));
        add(headers, "X-Yardmaster-Priority", request.queue().priority().text());
        add(headers, "X-Yardmaster-Deadline", utc.text(clock.instant().plus(timeout)));
        if (!traced) {
            add(headers, TraceContext.PARENT, begun.attempt(lease.stored()));
        }
        return new Forwarder.Outgoing(request.method(), request.path(), headers, request.body());
    }

    private static void add(List<Request.Header> headers, String name, String value) {
        headers.add(new Request.Header(name, value));
    }

    /// Headers that a producer must not set, because nodes rely on them.
    static boolean ours(String name) {
        return name.equalsIgnoreCase("X-Request-ID")
                || name.equalsIgnoreCase("Idempotency-Key")
                || name.equalsIgnoreCase("X-Instance-ID")
                || name.regionMatches(true, 0, "X-Yardmaster-", 0, "X-Yardmaster-".length());
    }
}
