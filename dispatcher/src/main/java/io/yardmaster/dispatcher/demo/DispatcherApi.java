package io.yardmaster.dispatcher.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/// The part of REST that the demo uses, of the dispatcher and of the demo nodes. Thread-safe.
final class DispatcherApi implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final URI base;
    private final HttpClient http =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(TIMEOUT)
                    .build();

    DispatcherApi(URI base) {
        this.base = base;
    }

    /// @param retryAfterSeconds 0 when the answer did not say
    record Answer(int status, String body, long retryAfterSeconds) {
        JsonNode json() throws IOException {
            return JSON.readTree(body);
        }

        Duration retryAfter(Duration otherwise) {
            return retryAfterSeconds > 0
                    ? Duration.ofSeconds(Math.min(retryAfterSeconds, 10))
                    : otherwise;
        }

        @Override
        public String toString() {
            return "HTTP " + status + " " + body.substring(0, Math.min(300, body.length()));
        }
    }

    /// One priority's figures, over all services.
    record Queue(long depth, long inFlight, long scheduled, long dead, long succeeded) {
        static final Queue EMPTY = new Queue(0, 0, 0, 0, 0);

        long open() {
            return depth + inFlight + scheduled;
        }

        private Queue plus(JsonNode row) {
            return new Queue(
                    depth + row.path("depth").asLong(),
                    inFlight + row.path("inFlight").asLong(),
                    scheduled + row.path("scheduled").asLong(),
                    dead + row.path("dead").asLong(),
                    succeeded + row.path("succeeded").asLong());
        }
    }

    Answer get(String path) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(base.resolve(path)).GET());
    }

    Answer post(String path, String type, byte[] body) throws IOException, InterruptedException {
        return send(
                HttpRequest.newBuilder(base.resolve(path))
                        .header("Content-Type", type)
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body)));
    }

    Map<Lane, Queue> queues() throws IOException, InterruptedException {
        Answer answer = get("/v1/queues");
        if (answer.status() != 200) {
            throw new IOException("GET /v1/queues: " + answer + " (expected: 200)");
        }
        Map<Lane, Queue> queues = new EnumMap<>(Lane.class);
        for (Lane lane : Lane.values()) {
            Queue sum = Queue.EMPTY;
            for (JsonNode row : answer.json().path("queues")) {
                sum = row.path("priority").asText().equals(lane.label()) ? sum.plus(row) : sum;
            }
            queues.put(lane, sum);
        }
        return queues;
    }

    @Override
    public void close() {
        http.shutdownNow();
    }

    private Answer send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> response =
                http.send(request.timeout(TIMEOUT).build(), HttpResponse.BodyHandlers.ofString());
        return new Answer(
                response.statusCode(),
                response.body(),
                response.headers()
                        .firstValue("Retry-After")
                        .filter(s -> s.matches("\\d{1,6}"))
                        .map(Long::valueOf)
                        .orElse(0L));
    }
}
