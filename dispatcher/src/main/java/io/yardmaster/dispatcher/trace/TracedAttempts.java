package io.yardmaster.dispatcher.trace;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.yardmaster.dispatcher.dispatch.BegunTrace;
import io.yardmaster.dispatcher.dispatch.DispatchListener;
import io.yardmaster.dispatcher.dispatch.Forwarder;
import io.yardmaster.dispatcher.dispatch.Forwarder.Answer;
import io.yardmaster.nodes.Node;
import io.yardmaster.queue.Lease;
import io.yardmaster.queue.Request;
import io.yardmaster.queue.Settlement;
import io.yardmaster.queue.TraceContext;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// The spans of an attempt: `process <queue>` from the first send until it is settled, below it one
/// of HTTP for each node that was asked, and `settle <queue>`. Thread-safe; remembers as many
/// attempts as this replica has in flight.
final class TracedAttempts implements DispatchListener {
    private static final String REQUEST_ID = "X-Request-ID";
    private static final String ATTEMPT = "X-Yardmaster-Attempt";

    private final Tracer tracer;
    private final NamedTraces ids;
    private final Map<String, Attempt> underWay = new ConcurrentHashMap<>();

    /// What an attempt has open. Its events come one after the other.
    private static final class Attempt {
        final Span process;
        final int number;
        @Nullable Span settle;
        String unsettled = "called-off";

        Attempt(Span process, int number) {
            this.process = process;
            this.number = number;
        }
    }

    TracedAttempts(Tracer tracer, NamedTraces ids) {
        this.tracer = tracer;
        this.ids = ids;
    }

    private static String key(Lease lease) {
        return lease.id() + "." + lease.attempt();
    }

    @Override
    public void sending(Lease lease, String node, Duration waited) {
        underWay.computeIfAbsent(key(lease), _ -> new Attempt(process(lease), lease.attempt()));
    }

    private Span process(Lease lease) {
        Request request = lease.request();
        Optional<TraceContext> from = TraceContext.of(request.headers());
        SpanBuilder span =
                Contexts.messaging(
                                tracer.spanBuilder("process " + Contexts.destination(request)),
                                request,
                                "process")
                        .setSpanKind(SpanKind.CONSUMER)
                        .setParent(Contexts.of(from))
                        .setAttribute("yardmaster.attempt", lease.attempt());
        if (from.isPresent()) {
            return span.startSpan();
        }
        ids.name(BegunTrace.id(lease.stored()));
        try {
            return span.startSpan();
        } finally {
            ids.forget();
        }
    }

    @Override
    public void attempted(Lease lease, String node, String outcome, String cause, Duration took) {
        Attempt attempt = underWay.get(key(lease));
        if (attempt == null) {
            return;
        }
        if (outcome.equals("unreachable")) {
            attempt.unsettled = outcome; // unless another node takes it
            return;
        }
        if (!outcome.equals("succeeded")) {
            attempt.process
                    .setAttribute(Contexts.ERROR_TYPE, cause)
                    .setStatus(StatusCode.ERROR, outcome);
        }
        attempt.settle =
                Contexts.messaging(
                                tracer.spanBuilder(
                                        "settle " + Contexts.destination(lease.request())),
                                lease.request(),
                                "settle")
                        .setSpanKind(SpanKind.CLIENT)
                        .setParent(Context.root().with(attempt.process))
                        .setAttribute("yardmaster.outcome", outcome)
                        .startSpan();
    }

    @Override
    public void settled(Lease lease, Settlement settlement, Settlement.Answer answer) {
        Attempt attempt = underWay.get(key(lease));
        Span settle = attempt == null ? null : attempt.settle;
        if (settle != null && answer != Settlement.Answer.OK) {
            settle.setAttribute(
                            Contexts.ERROR_TYPE,
                            switch (answer) {
                                case OK -> "";
                                case FENCED -> "fenced";
                                case GONE -> "cancelled";
                                case CORRUPT -> "corrupt";
                            })
                    .setStatus(StatusCode.ERROR);
        }
    }

    @Override
    public void over(Lease lease) {
        Attempt attempt = underWay.remove(key(lease));
        if (attempt == null) {
            return;
        }
        if (attempt.settle == null) {
            attempt.process
                    .setAttribute(Contexts.ERROR_TYPE, attempt.unsettled)
                    .setStatus(StatusCode.ERROR);
        } else {
            attempt.settle.end();
        }
        attempt.process.end();
    }

    /// The same forwarder; the node gets the context of the span around its send.
    Forwarder around(Forwarder forwarder) {
        return (node, request, timeout, maySend) -> {
            Attempt attempt = underWay.get(key(request));
            return attempt == null
                    ? forwarder.send(node, request, timeout, maySend)
                    : send(forwarder, new Sending(node, request, timeout, maySend), attempt);
        };
    }

    private record Sending(
            Node node, Forwarder.Outgoing request, Duration timeout, BooleanSupplier maySend) {}

    private static String key(Forwarder.Outgoing request) {
        String id = "";
        String attempt = "";
        for (Request.Header header : request.headers()) {
            if (header.name().equals(REQUEST_ID)) {
                id = header.value();
            } else if (header.name().equals(ATTEMPT)) {
                attempt = header.value();
            }
        }
        return id + "." + attempt;
    }

    private Answer send(Forwarder forwarder, Sending sending, Attempt attempt)
            throws InterruptedException {
        Span span = client(sending, attempt);
        try {
            Answer answer =
                    forwarder.send(
                            sending.node(),
                            within(span, sending.request()),
                            sending.timeout(),
                            sending.maySend());
            answered(span, answer);
            return answer;
        } catch (InterruptedException | RuntimeException e) {
            failed(span, "called-off");
            throw e;
        } finally {
            span.end();
        }
    }

    private Span client(Sending sending, Attempt attempt) {
        URI url = sending.node().url();
        String method = sending.request().method();
        SpanBuilder span =
                tracer.spanBuilder(method)
                        .setSpanKind(SpanKind.CLIENT)
                        .setParent(Context.root().with(attempt.process))
                        .setAttribute("http.request.method", method)
                        .setAttribute("server.address", String.valueOf(url.getHost()))
                        .setAttribute("yardmaster.node", sending.node().id());
        if (url.getPort() > 0) {
            span.setAttribute("server.port", url.getPort());
        }
        if (attempt.number > 1) {
            span.setAttribute("http.request.resend_count", attempt.number - 1);
        }
        return span.startSpan();
    }

    private static Forwarder.Outgoing within(Span span, Forwarder.Outgoing request) {
        TraceContext context = Contexts.of(span.getSpanContext());
        List<Request.Header> headers = new ArrayList<>(request.headers().size() + 2);
        for (Request.Header header : request.headers()) {
            if (!TraceContext.isField(header.name())) {
                headers.add(header);
            }
        }
        headers.add(new Request.Header(TraceContext.PARENT, context.parent()));
        if (!context.state().isEmpty()) {
            headers.add(new Request.Header(TraceContext.STATE, context.state()));
        }
        return new Forwarder.Outgoing(request.method(), request.path(), headers, request.body());
    }

    private static void answered(Span span, Answer answer) {
        switch (answer) {
            case Answer.Responded responded -> {
                span.setAttribute("http.response.status_code", responded.status());
                if (responded.status() >= 400) {
                    failed(span, Integer.toString(responded.status()));
                }
            }
            case Answer.Unreachable _ -> failed(span, "unreachable");
            case Answer.Unsendable _ -> failed(span, "unsendable");
            case Answer.Withheld _ -> failed(span, "withheld");
            case Answer.TimedOut _ -> failed(span, "timeout");
            case Answer.Broken _ -> failed(span, "broken-connection");
        }
    }

    private static void failed(Span span, String type) {
        span.setAttribute(Contexts.ERROR_TYPE, type).setStatus(StatusCode.ERROR);
    }
}
