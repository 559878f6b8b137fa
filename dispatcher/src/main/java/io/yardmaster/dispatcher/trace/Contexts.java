package io.yardmaster.dispatcher.trace;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.yardmaster.queue.Request;
import io.yardmaster.queue.TraceContext;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Between the fields of W3C Trace Context and the library's own form, and the attributes that all
/// spans have.
final class Contexts {
    static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");

    private static final W3CTraceContextPropagator W3C = W3CTraceContextPropagator.getInstance();

    private static final TextMapGetter<TraceContext> GETTER =
            new TextMapGetter<>() {
                @Override
                public @Nullable String get(@Nullable TraceContext carrier, String key) {
                    if (carrier == null) {
                        return null;
                    }
                    return key.equals(TraceContext.PARENT) ? carrier.parent() : carrier.state();
                }
            };

    private Contexts() {}

    /// The span that a request came within, as a parent; the root when it came within none.
    static Context of(Optional<TraceContext> trace) {
        return trace.map(each -> W3C.extract(Context.root(), each, GETTER)).orElse(Context.root());
    }

    static TraceContext of(SpanContext span) {
        Map<String, String> fields = new HashMap<>();
        W3C.inject(
                Context.root().with(Span.wrap(span)),
                fields,
                (map, key, value) -> {
                    if (map != null) {
                        map.put(key, value);
                    }
                });
        return new TraceContext(
                fields.getOrDefault(TraceContext.PARENT, ""),
                fields.getOrDefault(TraceContext.STATE, ""));
    }

    /// What the conventions for messaging ask for.
    ///
    /// @param operation `send`, `process` or `settle`
    static SpanBuilder messaging(SpanBuilder span, Request request, String operation) {
        return span.setAttribute("messaging.system", "yardmaster")
                .setAttribute("messaging.operation.name", operation)
                .setAttribute("messaging.operation.type", operation)
                .setAttribute("messaging.destination.name", destination(request))
                .setAttribute("messaging.message.id", request.id());
    }

    /// `default/high`.
    static String destination(Request request) {
        return request.queue().service() + "/" + request.queue().priority().text();
    }
}
