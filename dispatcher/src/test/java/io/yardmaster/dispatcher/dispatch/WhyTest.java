package io.yardmaster.dispatcher.dispatch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.yardmaster.dispatcher.api.Why;
import io.yardmaster.nodes.Node;
import io.yardmaster.nodes.NodeJson;
import io.yardmaster.nodes.Parsed;
import io.yardmaster.queue.Found;
import io.yardmaster.redis.RedisFixture;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What stays on record of the choice of a node, on a real Redis.
class WhyTest {
    private static RedisFixture fixture;

    @BeforeAll
    static void redis() {
        fixture = RedisFixture.start();
        fixture.redis(Replica.library());
    }

    @AfterAll
    static void close() {
        fixture.close();
    }

    @BeforeEach
    void flush() {
        fixture.flush();
    }

    private static JsonNode history(Found.Settled end) throws Exception {
        return new ObjectMapper().readTree(end.json()).path("history");
    }

    private static Optional<Why.Flight> flight(Yard yard, String id, int attempt) {
        return yard.replica.explainer().flight(id, attempt);
    }

    /// The first attempt fails at the nuc, which is drained before the second: that one can only go
    /// to the backup.
    @Test
    void request_that_was_retried_on_another_node_shows_both_decisions() throws Exception {
        try (Yard yard = new Yard(fixture).node("nuc", 4, "default").start()) {
            byte[] spare = "{\"url\":\"http://127.0.0.1:1\",\"backup\":true}".getBytes(UTF_8);
            switch (NodeJson.parseNode("spare", spare)) {
                case Parsed.Valid<Node>(Node backup) -> yard.parts.registry().put(backup);
                case Parsed.Invalid<Node> invalid -> fail(invalid.toString());
            }
            yard.parts.nodes().refresh();
            yard.nodes.when(
                    "nuc",
                    _ -> {
                        yard.parts.registry().drain("nuc");
                        yard.parts.nodes().refresh();
                        return ScriptedForwarder.status(500);
                    });
            yard.enqueue("a");
            JsonNode history = history(yard.end("a"));
            assertEquals(2, history.size(), history.toString());
            JsonNode first = history.path(0).path("decision");
            assertEquals("adaptive", first.path("strategy").asText());
            assertEquals(1, first.path("of").asInt());
            assertEquals("nuc", first.path("candidates").path(0).path(0).asText());
            int compared = first.path("terms").size() - 1;
            assertEquals("cost", first.path("terms").path(compared).asText());
            assertEquals(
                    "[[\"backup, and others can serve\",1,\"spare\"]]",
                    first.path("out").toString());
            JsonNode second = history.path(1).path("decision");
            assertEquals("spare", second.path("candidates").path(0).path(0).asText());
            assertEquals("only backup nodes could serve", second.path("note").asText());
            assertEquals("[[\"draining\",1,\"nuc\"]]", second.path("out").toString());
        }
    }

    @Test
    void node_that_could_not_be_reached_is_told_as_tried_before() throws Exception {
        try (Yard yard =
                new Yard(fixture).node("nuc", 4, "default").node("pi", 4, "default").start()) {
            CountDownLatch both = new CountDownLatch(1);
            yard.nodes.when("nuc", _ -> new Forwarder.Answer.Unreachable("gone"));
            yard.nodes.when("pi", ScriptedForwarder.after(both));
            // until one went to nuc first
            for (int i = 0; yard.nodes.sent.stream().noneMatch(s -> s.node().equals("nuc")); i++) {
                yard.enqueue("a" + i);
                String id = "a" + i;
                Yard.await(id + " was sent", () -> yard.nodes.sentTo(id) > 0);
            }
            String first =
                    yard.nodes.sent.stream()
                            .filter(sent -> sent.node().equals("nuc"))
                            .findFirst()
                            .orElseThrow()
                            .id();
            both.countDown();
            JsonNode decision = history(yard.end(first)).path(0).path("decision");
            assertEquals("[\"tried before\",1,\"nuc\"]", decision.path("out").path(0).toString());
        }
    }

    @Test
    void node_of_a_request_in_flight_is_known_to_the_replica_that_sent_it() throws Exception {
        try (Yard yard = new Yard(fixture).node("nuc", 4, "default").start()) {
            CountDownLatch answer = new CountDownLatch(1);
            yard.nodes.when("nuc", ScriptedForwarder.after(answer));
            assertEquals(Optional.empty(), flight(yard, "a", 1));
            yard.enqueue("a");
            Yard.await("it is at a node", () -> flight(yard, "a", 1).isPresent());
            Why.Flight flight = flight(yard, "a", 1).orElseThrow();
            assertEquals("nuc", flight.node());
            assertTrue(flight.decision().orElse("").contains("adaptive"), flight.toString());
            assertEquals(Optional.empty(), flight(yard, "a", 2), "another attempt");
            answer.countDown();
            yard.end("a");
            Yard.await("it is there no more", () -> flight(yard, "a", 1).isEmpty());
        }
    }

    @Test
    void without_sampling_nothing_but_the_node_is_on_record() throws Exception {
        try (Yard yard =
                new Yard(fixture, "yardmaster.explain.per-second=0")
                        .node("nuc", 4, "default")
                        .start()) {
            yard.enqueue("a");
            Found.Settled end = yard.end("a");
            assertFalse(end.json().contains("decision"), end.json());
            assertEquals("nuc", history(end).path(0).path("node").asText());
        }
    }

    @Test
    void attempts_before_a_redrive_stay_explained() throws Exception {
        try (Yard yard = new Yard(fixture).node("nuc", 4, "default").start()) {
            yard.nodes.when("nuc", n -> ScriptedForwarder.status(n <= 2 ? 500 : 200));
            yard.enqueue("a");
            assertEquals(Found.End.DEAD, yard.end("a").end());
            yard.parts.queue().redrive("a", yard.parts.ids().nonce());
            Yard.await("it is served", () -> yard.nodes.sentTo("a") == 3);
            Yard.await(
                    "it has ended well",
                    () ->
                            yard.parts.queue().find("a") instanceof Found.Settled settled
                                    && settled.end() == Found.End.SUCCEEDED);
            JsonNode history = history((Found.Settled) yard.parts.queue().find("a"));
            assertEquals(3, history.size(), history.toString());
            assertTrue(history.path(0).path("decision").isObject(), history.toString());
            assertEquals("operator", history.path(1).path("cause").asText());
            assertTrue(history.path(2).path("decision").isObject(), history.toString());
        }
    }

    @Test
    void decision_about_a_hundred_nodes_stays_within_its_room() throws Exception {
        try (Yard yard = new Yard(fixture)) {
            for (int i = 0; i < 100; i++) {
                yard.node("node-with-a-rather-long-name-" + i, 4, "default");
            }
            yard.start();
            yard.enqueue("a");
            JsonNode decision = history(yard.end("a")).path(0).path("decision");
            assertEquals(100, decision.path("of").asInt());
            assertEquals(17, decision.path("candidates").size());
            assertTrue(decision.toString().length() <= DecisionJson.MOST_BYTES);
        }
    }
}
