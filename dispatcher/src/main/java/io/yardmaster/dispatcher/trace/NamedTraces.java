package io.yardmaster.dispatcher.trace;

import io.opentelemetry.sdk.trace.IdGenerator;
import org.jspecify.annotations.Nullable;

/// Random ids, but where a trace has to have a certain one: a request that came without a trace has
/// one that every replica knows. Thread-safe.
final class NamedTraces implements IdGenerator {
    private final IdGenerator random = IdGenerator.random();
    private final ThreadLocal<@Nullable String> next = new ThreadLocal<>();

    /// The next trace that this thread begins has this id, until [#forget].
    void name(String traceId) {
        next.set(traceId);
    }

    void forget() {
        next.remove();
    }

    @Override
    public String generateTraceId() {
        String named = next.get();
        return named == null ? random.generateTraceId() : named;
    }

    @Override
    public String generateSpanId() {
        return random.generateSpanId();
    }
}
