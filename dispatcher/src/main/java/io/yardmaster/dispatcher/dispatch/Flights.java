package io.yardmaster.dispatcher.dispatch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.yardmaster.dispatcher.api.Why.Flight;
import io.yardmaster.redis.Redis;
import io.yardmaster.redis.RedisFailure;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where attempts under way are. Only the replica that sent one knows, so that sending costs no
/// word to anybody; it is asked when somebody wants to know. Thread-safe.
final class Flights {
    private static final Logger log = LoggerFactory.getLogger(Flights.class);
    private static final String ASKED = "{yard:0}:asked";
    private static final String TOLD = "{yard:0}:told";
    private static final Duration PATIENCE = Duration.ofMillis(250);
    private static final int MOST_QUESTIONS = 64;
    private static final int MOST_BYTES = 16 * 1024;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String replica;
    private final HeldLeases held;
    private final Policies policies;
    private final InstantSource clock;
    private final LongSupplier nanos;
    private final Redis redis;
    private final Supplier<String> nonces;

    private final Map<String, CompletableFuture<Optional<Flight>>> open = new ConcurrentHashMap<>();
    private final Semaphore asking = new Semaphore(MOST_QUESTIONS);
    private final Semaphore telling = new Semaphore(MOST_QUESTIONS);

    /// @param replica this one's name
    /// @param nonces new and random each
    Flights(
            String replica,
            HeldLeases held,
            Policies policies,
            Redis redis,
            Replica.Surroundings around,
            Supplier<String> nonces) {
        this.replica = replica;
        this.held = held;
        this.policies = policies;
        this.redis = redis;
        this.clock = around.clock();
        this.nanos = around.nanos();
        this.nonces = nonces;
    }

    /// Begins to hear the others' questions and answers.
    AutoCloseable start() {
        AutoCloseable asked = redis.subscribe(ASKED, this::asked);
        AutoCloseable told = redis.subscribe(TOLD, this::told);
        return () -> {
            asked.close();
            told.close();
        };
    }

    /// What this replica knows.
    Optional<Flight> here(String id, int attempt) {
        return held.find(id, attempt)
                .flatMap(found -> found.node().map(node -> flight(found, node)));
    }

    private Flight flight(HeldLeases.Held found, String node) {
        long ago = TimeUnit.NANOSECONDS.toMillis(nanos.getAsLong() - found.sentAt());
        Instant sentAt = Instant.ofEpochMilli(clock.millis() - ago);
        return new Flight(
                replica,
                node,
                sentAt,
                sentAt.plus(policies.timeout(found.lease().request())),
                found.decision().map(OutcomeJson::decision));
    }

    /// Asks the other replicas; empty when none of them answers soon.
    Optional<Flight> elsewhere(String id, int attempt) {
        if (!asking.tryAcquire()) {
            return Optional.empty();
        }
        String question = nonces.get();
        CompletableFuture<Optional<Flight>> answer = new CompletableFuture<>();
        open.put(question, answer);
        try {
            redis.publish(ASKED, Redis.bytes(question + " " + id + " " + attempt));
            return answer.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | RedisFailure e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        } catch (ExecutionException e) {
            throw new IllegalStateException("answers are only completed", e);
        } finally {
            open.remove(question);
            asking.release();
        }
    }

    /// Comes on a thread that must not be held up.
    private void asked(byte[] message) {
        String[] words = new String(message, StandardCharsets.UTF_8).split(" ", -1);
        if (words.length != 3 || !words[2].matches("\\d{1,5}")) {
            return;
        }
        here(words[1], Integer.parseInt(words[2])).ifPresent(flight -> tell(words[0], flight));
    }

    private void tell(String question, Flight flight) {
        if (!telling.tryAcquire()) {
            return; // whoever asked says that nobody answered
        }
        var _ =
                Thread.ofVirtual()
                        .name("tell where")
                        .start(() -> {
                            try {
                                redis.publish(TOLD, Redis.bytes(question + " " + text(flight)));
                            } catch (RedisFailure | JsonProcessingException e) {
                                log.debug(
                                        "a question of another replica stays unanswered: {}",
                                        e.toString());
                            } finally {
                                telling.release();
                            }
                        });
    }

    private static String text(Flight flight) throws JsonProcessingException {
        ObjectNode json =
                JSON.createObjectNode()
                        .put("replica", flight.replica())
                        .put("node", flight.node())
                        .put("sentAtMs", flight.sentAt().toEpochMilli())
                        .put("deadlineMs", flight.deadline().toEpochMilli());
        flight.decision().ifPresent(decision -> json.put("decision", decision));
        return JSON.writeValueAsString(json);
    }

    private void told(byte[] message) {
        String text = new String(message, StandardCharsets.UTF_8);
        int end = text.indexOf(' ');
        CompletableFuture<Optional<Flight>> answer =
                end < 0 || message.length > MOST_BYTES ? null : open.get(text.substring(0, end));
        if (answer != null) {
            answer.complete(read(text.substring(end + 1)));
        }
    }

    private static Optional<Flight> read(String text) {
        try {
            JsonNode json = JSON.readTree(text);
            return Optional.of(
                    new Flight(
                            json.path("replica").asText(),
                            json.path("node").asText(),
                            Instant.ofEpochMilli(json.path("sentAtMs").asLong()),
                            Instant.ofEpochMilli(json.path("deadlineMs").asLong()),
                            Optional.ofNullable(json.path("decision").textValue())));
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }
}
