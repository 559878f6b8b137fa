package io.yardmaster.dispatcher.trace;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/// Hands spans to another exporter, and says once that they are not taken, and once that they are
/// again. Thread-safe.
final class ToldExporter implements SpanExporter {
    private static final org.slf4j.Logger log = LoggerFactory.getLogger(ToldExporter.class);

    /// The library says each failure by the JDK's own logging. Held, or it would be forgotten.
    private static final Logger LIBRARY = Logger.getLogger("io.opentelemetry");

    private final SpanExporter to;
    private final String endpoint;
    private final AtomicLong lost = new AtomicLong();

    ToldExporter(SpanExporter to, String endpoint) {
        LIBRARY.setLevel(Level.OFF);
        this.to = to;
        this.endpoint = endpoint;
    }

    @Override
    public CompletableResultCode export(Collection<SpanData> spans) {
        CompletableResultCode result = to.export(spans);
        return result.whenComplete(() -> {
            if (result.isSuccess()) {
                long before = lost.getAndSet(0);
                if (before > 0) {
                    log.info("{} takes spans again, {} were lost", endpoint, before);
                }
            } else if (lost.getAndAdd(spans.size()) == 0) {
                log.warn(
                        "{} takes no spans, they are lost until it does ({})",
                        endpoint,
                        reason(result.getFailureThrowable()));
            }
        });
    }

    private static String reason(@Nullable Throwable failure) {
        Throwable root = failure;
        while (root != null && root.getCause() != null) {
            root = root.getCause();
        }
        if (root == null) {
            return "it gave no reason";
        }
        return root.getMessage() == null
                ? root.getClass().getSimpleName()
                : root.getClass().getSimpleName() + ": " + root.getMessage();
    }

    @Override
    public CompletableResultCode flush() {
        return to.flush();
    }

    @Override
    public CompletableResultCode shutdown() {
        return to.shutdown();
    }
}
