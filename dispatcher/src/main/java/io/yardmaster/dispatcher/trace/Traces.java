package io.yardmaster.dispatcher.trace;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.yardmaster.dispatcher.dispatch.Tracing;
import io.yardmaster.dispatcher.settings.Settings;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Makes spans of what happens to requests, and sends them to the collector. Thread-safe.
///
/// At most [#MOST_SPANS] wait to be sent; what comes beyond is dropped, so that a collector that is
/// away costs memory and time for nobody.
public final class Traces implements AutoCloseable {
    private static final int MOST_SPANS = 8_192;
    private static final int MOST_IN_CALL = 512;
    private static final Duration EVERY = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final SdkTracerProvider provider;
    private final TracedOffers offers;
    private final TracedAttempts attempts;

    /// @param replica this one's name
    /// @param version of the program
    public Traces(Settings.Tracing settings, String replica, String version) {
        ToldExporter exporter =
                new ToldExporter(
                        OtlpHttpSpanExporter.builder()
                                .setEndpoint(settings.endpoint())
                                .setTimeout(PATIENCE)
                                .build(),
                        settings.endpoint());
        NamedTraces ids = new NamedTraces();
        provider =
                SdkTracerProvider.builder()
                        .setIdGenerator(ids)
                        .setSampler(
                                Sampler.parentBased(
                                        Sampler.traceIdRatioBased(settings.sampleRatio())))
                        .setResource(
                                Resource.create(
                                        Attributes.of(
                                                AttributeKey.stringKey("service.name"),
                                                "yardmaster",
                                                AttributeKey.stringKey("service.instance.id"),
                                                replica,
                                                AttributeKey.stringKey("service.version"),
                                                version)))
                        .addSpanProcessor(
                                BatchSpanProcessor.builder(exporter)
                                        .setMaxQueueSize(MOST_SPANS)
                                        .setMaxExportBatchSize(MOST_IN_CALL)
                                        .setScheduleDelay(EVERY)
                                        .setExporterTimeout(PATIENCE)
                                        .build())
                        .build();
        Tracer tracer = provider.get("io.yardmaster", version);
        offers = new TracedOffers(tracer);
        attempts = new TracedAttempts(tracer, ids);
    }

    public Tracing tracing() {
        return new Tracing(offers, attempts::around, List.of(attempts));
    }

    /// Sends what waits to be sent, as far as the collector takes it soon.
    @Override
    public void close() {
        var _ = provider.shutdown().join(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }
}
