package io.yardmaster.dispatcher.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/// Straight into Redis, as a producer without any program of ours does: by function, or by pushing
/// JSON.
final class RedisDoor implements Door {
    private static final Duration PAUSE_WHEN_FULL = Duration.ofMillis(500);

    /// A pushed request is not answered, so pushes stay well below the producer's limit.
    private static final Duration PAUSE_AFTER_PUSH = Duration.ofMillis(50);

    private static final ObjectMapper JSON = new ObjectMapper();

    private final RespConnection redis;
    private final InstantSource clock;
    private final boolean byFunction;

    /// @param byFunction `FCALL yard_enqueue`; else `RPUSH {yard:0}:in`
    RedisDoor(URI redis, boolean byFunction, InstantSource clock) throws IOException {
        this.redis = new RespConnection(redis);
        this.byFunction = byFunction;
        this.clock = clock;
    }

    @Override
    public int most() {
        return byFunction ? 1 : 20;
    }

    @Override
    public Receipt send(List<Parcel> parcels) throws IOException, InterruptedException {
        return byFunction ? call(parcels.getFirst()) : push(parcels);
    }

    @Override
    public void close() throws IOException {
        redis.close();
    }

    private Receipt call(Parcel parcel) throws IOException {
        Object answer =
                redis.call(
                        "FCALL",
                        "yard_enqueue",
                        "1",
                        "{yard:0}",
                        "BODY",
                        RestDoor.BODY,
                        "SERVICE",
                        "default",
                        "PRIORITY",
                        parcel.lane().label(),
                        "METHOD",
                        "POST",
                        "PATH",
                        "/work",
                        "HEADER",
                        "Content-Type",
                        "application/json",
                        "HEADER",
                        DemoNode.ENQUEUED_AT,
                        Long.toString(clock.millis()),
                        "ID",
                        parcel.id(),
                        "CLIENT",
                        "demo-redis");
        if (!(answer instanceof List<?> words) || words.size() < 2) {
            throw new DemoFailure("yard_enqueue: " + answer + " (expected: a state and its value)");
        }
        String value = String.valueOf(words.get(1));
        return switch (String.valueOf(words.getFirst())) {
            case "queued", "duplicate" -> Receipt.ALL;
            case "full" -> new Receipt(List.of(parcel), PAUSE_WHEN_FULL);
            case "limited" ->
                    new Receipt(List.of(parcel), Duration.ofMillis(Long.parseLong(value)));
            default ->
                    throw new DemoFailure(
                            "yard_enqueue " + parcel.id() + ": " + words + " (expected: queued)");
        };
    }

    private Receipt push(List<Parcel> parcels) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("RPUSH", "{yard:0}:in"));
        for (Parcel parcel : parcels) {
            command.add(
                    JSON.writeValueAsString(RestDoor.request(parcel, "demo-list", clock.millis())));
        }
        redis.call(command.toArray(String[]::new));
        Thread.sleep(PAUSE_AFTER_PUSH);
        return Receipt.ALL;
    }
}
