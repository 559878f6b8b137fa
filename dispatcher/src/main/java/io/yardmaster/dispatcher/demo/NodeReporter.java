package io.yardmaster.dispatcher.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes a demo node known to the dispatcher and reports its figures every second, until
/// interrupted. A dispatcher that is not there yet, or has forgotten the node, is told again.
final class NodeReporter implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(NodeReporter.class);
    private static final Duration TIMEOUT = Duration.ofSeconds(2);
    private static final Duration REPORT_EVERY = Duration.ofSeconds(1);
    private static final Duration RETRY_EVERY = Duration.ofMillis(200);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final DemoNode node;
    private final URI dispatcher;
    private final LongSupplier nanos;
    private final HttpClient http =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(TIMEOUT)
                    .build();
    private boolean registered;
    private boolean failing;

    /// @param dispatcher where its REST listens, without `/v1`
    NodeReporter(DemoNode node, URI dispatcher, LongSupplier nanos) {
        this.node = node;
        this.dispatcher = dispatcher;
        this.nanos = nanos;
    }

    @Override
    public void run() {
        long last = nanos.getAsLong();
        try (http) {
            while (true) {
                Thread.sleep(registered ? REPORT_EVERY : RETRY_EVERY);
                long now = nanos.getAsLong();
                exec((now - last) / 1e9);
                last = now;
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void exec(double seconds) throws InterruptedException {
        try {
            if (!registered) {
                int status = send("PUT", "", registration());
                registered = status / 100 == 2;
                noteFailure(!registered, "register: HTTP " + status);
            }
            if (registered) {
                int status = send("POST", "/report", node.report(seconds));
                registered = status != 404;
                noteFailure(status / 100 != 2, "report: HTTP " + status);
            }
        } catch (IOException | RuntimeException e) {
            noteFailure(true, e.toString());
        }
    }

    private Map<String, Object> registration() {
        Machine machine = node.machine();
        return Map.of(
                "url", node.uri().toString(),
                "services", List.of("default"),
                // One request on each core and one at hand, so that what waits does so in the yard,
                // by priority.
                "maxConnections", 2 * machine.cores(),
                "labels", Map.of("kind", machine.id()),
                "health", Map.of("type", "http", "path", "/health", "intervalMs", 2_000));
    }

    private int send(String method, String path, Object body)
            throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(
                                dispatcher.resolve("/v1/nodes/" + node.machine().id() + path))
                        .timeout(TIMEOUT)
                        .header("Content-Type", "application/json")
                        .method(
                                method,
                                HttpRequest.BodyPublishers.ofByteArray(
                                        JSON.writeValueAsBytes(body)))
                        .build();
        return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    private void noteFailure(boolean failed, String why) {
        if (failed && !failing) {
            LOG.warn(
                    "node {}: the dispatcher at {} does not take its word: {}",
                    node.machine().id(),
                    dispatcher,
                    why);
        } else if (!failed && failing) {
            LOG.info("node {}: known to the dispatcher at {}", node.machine().id(), dispatcher);
        }
        failing = failed;
    }
}
