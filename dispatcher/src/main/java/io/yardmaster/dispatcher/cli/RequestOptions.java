package io.yardmaster.dispatcher.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// The fields of a request that are options of `enqueue`; what is not given is left to the
/// dispatcher.
final class RequestOptions {
    @Option(names = "--service", paramLabel = "NAME", description = "Which service is meant.")
    @Nullable String service;

    @Option(
            names = {"-p", "--priority"},
            paramLabel = "PRIORITY",
            converter = QueueTarget.PriorityName.class,
            description = "critical, high, normal or low.")
    @Nullable String priority;

    @Option(names = "--method", paramLabel = "METHOD", description = "HTTP method at the node.")
    @Nullable String method;

    @Option(names = "--path", paramLabel = "PATH", description = "Path at the node.")
    @Nullable String path;

    @Option(
            names = {"-H", "--header"},
            paramLabel = "NAME:VALUE",
            description = "A header for the node; repeatable.")
    List<String> headers = new ArrayList<>();

    @Option(names = "--id", paramLabel = "ID", description = "The request's own id.")
    @Nullable String id;

    @Option(
            names = "--delay",
            paramLabel = "TIME",
            converter = Durations.class,
            description = "Not before so long from now: 500ms, 5s, 2m.")
    @Nullable Duration delay;

    @Option(
            names = "--not-before",
            paramLabel = "TIME",
            description = "Not before this time, such as 2026-01-01T00:00:00Z.")
    @Nullable String notBefore;

    @Option(
            names = "--ttl",
            paramLabel = "TIME",
            converter = Durations.class,
            description = "Expires when it has not been served by then.")
    @Nullable Duration ttl;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            converter = Durations.class,
            description = "How long one attempt at a node may take.")
    @Nullable Duration timeout;

    @Option(names = "--retries", paramLabel = "N", description = "Most further attempts.")
    @Nullable Integer retries;

    @Option(
            names = "--affinity",
            paramLabel = "KEY",
            description = "Requests of one key prefer one node.")
    @Nullable String affinity;

    @Option(names = "--client", paramLabel = "NAME", description = "Who asks, for rate limits.")
    @Nullable String client;

    @Option(names = "--client-ip", paramLabel = "IP", description = "Whose address it is for.")
    @Nullable String clientIp;

    @Option(names = "--region", paramLabel = "REGION", description = "Where it comes from.")
    @Nullable String region;

    @Option(
            names = "--label",
            paramLabel = "K=V",
            description = "Only nodes with this label; repeatable.")
    Map<String, String> labels = new LinkedHashMap<>();

    @Option(names = "--callback", paramLabel = "URL", description = "Where the outcome is sent to.")
    @Nullable String callback;

    /// The options that were given, under their names in the REST interface.
    ///
    /// @throws TypeConversionException when a header is not `NAME:VALUE`
    JsonObject toJson() {
        JsonObject request =
                new JsonObject()
                        .text("service", service)
                        .text("priority", priority)
                        .text("method", method)
                        .text("path", path);
        if (!headers.isEmpty()) {
            request.texts("headers", headerFields());
        }
        request.text("id", id)
                .number("timeoutMs", millis(timeout))
                .number("maxRetries", retries)
                .number("delayMs", millis(delay))
                .text("notBefore", notBefore)
                .number("ttlMs", millis(ttl))
                .text("affinityKey", affinity)
                .text("client", client)
                .text("clientIp", clientIp)
                .text("region", region);
        if (!labels.isEmpty()) {
            request.texts("labels", labels);
        }
        return request.text("callbackUrl", callback);
    }

    private Map<String, String> headerFields() {
        Map<String, String> fields = new LinkedHashMap<>();
        for (String header : headers) {
            int colon = header.indexOf(':');
            if (colon < 1) {
                throw new TypeConversionException(
                        "--header: '" + header + "' (expected: NAME:VALUE)");
            }
            String value = header.substring(colon + 1).strip();
            String name = header.substring(0, colon).strip();
            String before = fields.get(name);
            fields.put(name, before == null ? value : before + ", " + value);
        }
        return fields;
    }

    private static @Nullable Long millis(@Nullable Duration duration) {
        return duration == null ? null : duration.toMillis();
    }
}
