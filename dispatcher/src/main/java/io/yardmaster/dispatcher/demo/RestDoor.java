package io.yardmaster.dispatcher.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Over REST, one by one or in batches (JSON arrays and NDJSON in turn).
final class RestDoor implements Door {
    /// The work of every request.
    static final String BODY = "{\"units\":" + DemoNode.DEFAULT_UNITS + "}";

    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final DispatcherApi api;
    private final boolean batches;
    private final InstantSource clock;
    private boolean lines;

    RestDoor(DispatcherApi api, boolean batches, InstantSource clock) {
        this.api = api;
        this.batches = batches;
        this.clock = clock;
    }

    /// The JSON of `POST /v1/requests`.
    static Map<String, Object> request(Parcel parcel, String client, long now) {
        return Map.of(
                "id",
                parcel.id(),
                "service",
                "default",
                "priority",
                parcel.lane().label(),
                "method",
                "POST",
                "path",
                "/work",
                "headers",
                Map.of(DemoNode.ENQUEUED_AT, Long.toString(now)),
                "body",
                Map.of("units", DemoNode.DEFAULT_UNITS),
                "client",
                client);
    }

    @Override
    public int most() {
        return batches ? 25 : 1;
    }

    @Override
    public Receipt send(List<Parcel> parcels) throws IOException, InterruptedException {
        return batches ? batch(parcels) : single(parcels.getFirst());
    }

    private Receipt single(Parcel parcel) throws IOException, InterruptedException {
        DispatcherApi.Answer answer =
                api.post(
                        "/v1/requests",
                        "application/json",
                        json(request(parcel, "demo-rest", clock.millis())));
        return switch (answer.status()) {
            case 200, 202 -> Receipt.ALL;
            case 429, 503 -> new Receipt(List.of(parcel), answer.retryAfter(PAUSE));
            default -> throw new DemoFailure("POST /v1/requests: " + answer + " (expected: 202)");
        };
    }

    private Receipt batch(List<Parcel> parcels) throws IOException, InterruptedException {
        lines = !lines;
        long now = clock.millis();
        List<Map<String, Object>> requests =
                parcels.stream().map(parcel -> request(parcel, "demo-rest", now)).toList();
        DispatcherApi.Answer answer =
                lines
                        ? api.post("/v1/requests/batch", "application/x-ndjson", ndjson(requests))
                        : api.post("/v1/requests/batch", "application/json", json(requests));
        return switch (answer.status()) {
            case 200 ->
                    new Receipt(
                            refused(parcels, answer.json().path("results")),
                            answer.retryAfter(PAUSE));
            case 429, 503 -> new Receipt(parcels, answer.retryAfter(PAUSE));
            default ->
                    throw new DemoFailure(
                            "POST /v1/requests/batch: " + answer + " (expected: 200)");
        };
    }

    private static List<Parcel> refused(List<Parcel> parcels, JsonNode results) {
        if (results.size() != parcels.size()) {
            throw new DemoFailure(
                    "results: " + results.size() + " (expected: " + parcels.size() + ")");
        }
        List<Parcel> refused = new ArrayList<>();
        for (int i = 0; i < parcels.size(); i++) {
            JsonNode error = results.get(i).path("error");
            if (error.isMissingNode()) {
                continue;
            }
            int status = error.path("status").asInt();
            if (status != 429 && status != 503) {
                throw new DemoFailure(
                        "POST /v1/requests/batch: " + error + " (expected: accepted)");
            }
            refused.add(parcels.get(i));
        }
        return refused;
    }

    private static byte[] ndjson(List<Map<String, Object>> requests) throws IOException {
        StringBuilder text = new StringBuilder();
        for (Map<String, Object> request : requests) {
            text.append(JSON.writeValueAsString(request)).append('\n');
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] json(Object value) throws IOException {
        return JSON.writeValueAsBytes(value);
    }
}
