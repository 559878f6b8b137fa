package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// Every reason that a request can wait for, as a real replica tells it. Each test has a service
/// and nodes of its own.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WhyIT {
    private static final int MOST_IN_FLIGHT = 4;
    private static final int TOKENS_OF_A_NODE = 20;

    private final RedisProcess redis = new RedisProcess();
    private final Replica replica = serve("r1");
    private final List<Node> nodes = new ArrayList<>();

    private Replica serve(String name) {
        return Replica.serve(
                "--redis",
                redis.uri(),
                "--replica-id",
                name,
                "--set",
                "yardmaster.max-in-flight=" + MOST_IN_FLIGHT,
                "--set",
                "yardmaster.rate-limit.node.rate=" + TOKENS_OF_A_NODE,
                "--set",
                "yardmaster.rate-limit.node.window=1h",
                "--set",
                "yardmaster.rate-limit.node.burst-multiplier=1",
                "--set",
                "yardmaster.retry.base=1h",
                "--set",
                "yardmaster.retry.max=1h",
                "--set",
                "yardmaster.retry.jitter=none");
    }

    @AfterAll
    void leaveNothingRunning() {
        replica.close();
        redis.close();
    }

    @AfterEach
    void letGo() {
        nodes.forEach(Node::release);
        Await.until("nothing is in flight", () -> replica.total("inFlight") == 0);
        nodes.forEach(node -> {
            replica.send("DELETE", "/v1/nodes/" + node.id(), "");
            node.close();
        });
        nodes.clear();
    }

    /// @param more fields of its registration
    private Node node(String id, String service, String more) {
        Node node = new Node(id);
        nodes.add(node);
        ok(
                replica.send(
                        "PUT",
                        "/v1/nodes/" + id,
                        "{\"url\":\"%s\",\"services\":[\"%s\"]%s}"
                                .formatted(node.url(), service, more)));
        return node;
    }

    private void service(String name, String settings) {
        ok(replica.send("PUT", "/v1/services/" + name, settings));
    }

    private static void ok(HttpResponse<String> answer) {
        assertTrue(answer.statusCode() < 300, answer.statusCode() + " " + answer.body());
    }

    private void enqueue(String id, String service, String more) {
        replica.enqueue(id, ",\"service\":\"" + service + "\"" + more);
    }

    private JsonNode why(String id) {
        HttpResponse<String> answer = replica.get("/v1/requests/" + id + "/why");
        assertEquals(200, answer.statusCode(), answer.body());
        return Replica.json(answer.body());
    }

    /// The answer, as soon as this is the main reason. The next one may be another: what no node
    /// takes now is in flight for a moment again and again.
    private JsonNode why(String id, String reason) {
        AtomicReference<JsonNode> answer = new AtomicReference<>(why(id));
        Await.until(
                id + " waits for " + reason,
                () -> {
                    answer.set(why(id));
                    return answer.get().path("reason").asText().equals(reason);
                },
                () -> answer.get().toString());
        JsonNode why = answer.get();
        assertTrue(why.path("sentence").asText().endsWith("."), why.toString());
        assertTrue(why.path("waitedMs").isIntegralNumber(), why.toString());
        return why;
    }

    private static JsonNode also(JsonNode why, String reason) {
        for (JsonNode each : why.path("also")) {
            if (each.path("reason").asText().equals(reason)) {
                return each;
            }
        }
        throw new AssertionError("no " + reason + " in " + why);
    }

    /// The id of the first request that waits for this reason. New settings of a service take a
    /// moment to reach the replica, and those before it are served meanwhile.
    private String enqueueUntil(String prefix, String service, String more, String reason) {
        List<String> ids = new ArrayList<>();
        Await.until(
                "a request of " + service + " waits for " + reason,
                () -> {
                    ids.add(prefix + ids.size());
                    enqueue(ids.getLast(), service, more);
                    for (int i = 0; i < 5; i++) {
                        String now = why(ids.getLast()).path("reason").asText();
                        if (now.equals(reason)) {
                            return true;
                        }
                        Thread.sleep(20);
                    }
                    return false;
                },
                () -> ids.isEmpty() ? "" : why(ids.getLast()).toString());
        return ids.getLast();
    }

    private void awaitAt(Node node, int requests) {
        Await.until(
                requests + " requests are at " + node.id(),
                () -> node.ledger().size() == requests,
                () -> node.ledger().toString());
    }

    @Test
    void paused_queue_without_nodes_tells_both_and_who_is_before() {
        ok(replica.post("/v1/queues/asleep/normal/pause", ""));
        enqueue("p1", "asleep", "");
        enqueue("p2", "asleep", "");
        JsonNode why = why("p2", "paused");
        assertTrue(why.path("pausedAtMs").asLong() > 0, why.toString());
        assertTrue(why.path("pausedForMs").isIntegralNumber(), why.toString());
        assertTrue(also(why, "no-node").path("sentence").asText().contains("registered"));
        assertEquals(1, also(why, "behind").path("before").asInt());
        assertTrue(also(why, "behind").path("exact").asBoolean());
    }

    @Test
    void node_without_the_labels_is_told_with_what_it_lacks() {
        node("plain", "seeing", ",\"labels\":{\"arch\":\"arm\"}");
        Node away = node("away", "seeing", ",\"labels\":{\"gpu\":\"true\",\"arch\":\"x86\"}");
        ok(replica.post("/v1/nodes/" + away.id() + "/drain", ""));
        enqueue("n1", "seeing", ",\"labels\":{\"gpu\":\"true\",\"arch\":\"x86\"}");
        JsonNode why = why("n1", "no-node");
        assertEquals("draining", why.path("nodes").path(0).path("why").asText(), why.toString());
        JsonNode plain = why.path("nodes").path(1);
        assertEquals("{\"arch\":\"x86\",\"gpu\":\"true\"}", plain.path("missingLabels").toString());
        ok(replica.post("/v1/nodes/" + away.id() + "/resume", ""));
        Await.until("it is served", () -> replica.state("n1").equals("succeeded"));
    }

    @Test
    void node_that_fails_its_health_checks_is_told_unhealthy() {
        ok(
                replica.send(
                        "PUT",
                        "/v1/nodes/gone",
                        """
                        {"url":"http://127.0.0.1:1","services":["ill"],"health":{"type":"tcp",\
                        "intervalMs":1000,"fall":1}}\
                        """));
        enqueue("u1", "ill", ",\"delayMs\":1500");
        JsonNode why = why("u1", "no-node");
        assertTrue(why.toString().contains("unhealthy"), why.toString());
        ok(replica.send("DELETE", "/v1/nodes/gone", ""));
    }

    @Test
    void rate_limit_of_the_service_tells_when_the_next_may_go() {
        node("fast", "metered", "");
        service(
                "metered",
                "{\"rateLimit\":{\"rate\":1,\"windowMs\":3600000,\"burstMultiplier\":1}}");
        String last = enqueueUntil("l", "metered", "", "rate-limit");
        enqueue(last + "-next", "metered", "");
        JsonNode why = why(last + "-next", "rate-limit");
        assertEquals("service", why.path("scope").asText());
        long retryAfter = why.path("retryAfterMs").asLong();
        assertTrue(retryAfter > 0 && retryAfter <= 3_600_000, why.toString());
        assertTrue(also(why, "behind").path("before").asInt() > 0, why.toString());
    }

    @Test
    void rate_limit_of_the_nodes_is_told_by_node() {
        node("drip", "dripping", "");
        for (int i = 0; i < TOKENS_OF_A_NODE; i++) {
            String id = "d" + i;
            enqueue(id, "dripping", "");
            Await.until("it is served", () -> replica.state(id).equals("succeeded"));
        }
        enqueue("d", "dripping", "");
        JsonNode why = why("d", "rate-limit");
        assertEquals("node", why.path("scope").asText(), why.toString());
        assertEquals("drip", why.path("nodes").path(0).asText());
        assertTrue(why.path("retryAfterMs").asLong() <= 3_600_000, why.toString());
    }

    @Test
    void taken_slots_are_told_by_node_with_what_bounds_them() {
        Node one = node("one", "narrow", ",\"maxConnections\":1");
        one.hold();
        enqueue("c1", "narrow", "");
        awaitAt(one, 1);
        enqueue("c2", "narrow", "");
        JsonNode why = why("c2", "concurrency");
        assertEquals(
                "[{\"node\":\"one\",\"inFlight\":1,\"limit\":1,\"limitBy\":\"configured\"}]",
                why.path("nodes").toString());
        one.release();
        Await.until("it is served", () -> replica.state("c2").equals("succeeded"));
    }

    @Test
    void slots_that_are_kept_for_urgent_ones_are_no_use_to_a_low_one() {
        Node two = node("two", "keeping", ",\"maxConnections\":2");
        two.hold();
        enqueue("k1", "keeping", ",\"priority\":\"low\"");
        awaitAt(two, 1);
        enqueue("k2", "keeping", ",\"priority\":\"low\"");
        JsonNode why = why("k2", "concurrency");
        assertEquals(1, why.path("freeSlots").asInt(), why.toString());
        assertEquals(1, why.path("keptForMoreUrgent").asInt(), why.toString());
    }

    @Test
    void open_breaker_tells_when_it_is_tried_next() {
        Node bad = node("bad", "brittle", ",\"labels\":{\"gpu\":\"true\"}");
        node("other", "brittle", "");
        bad.answer(500);
        service(
                "brittle",
                "{\"breaker\":{\"errorThreshold\":0.5,\"minRequests\":1,\"resetTimeoutMs\":600000}}");
        String wanted = ",\"maxRetries\":0,\"labels\":{\"gpu\":\"true\"}";
        JsonNode why = why(enqueueUntil("b", "brittle", wanted, "breaker"), "breaker");
        JsonNode node = why.path("nodes").path(0);
        assertEquals("bad", node.path("node").asText());
        assertEquals("open", node.path("state").asText());
        long next = node.path("nextTrialMs").asLong();
        assertTrue(next > 0 && next <= 900_000, why.toString());
    }

    @Test
    void replica_with_its_most_in_flight_says_so() {
        Node wide = node("wide", "crowded", "");
        wide.hold();
        for (int i = 0; i < MOST_IN_FLIGHT; i++) {
            enqueue("m" + i, "crowded", "");
        }
        awaitAt(wide, MOST_IN_FLIGHT);
        enqueue("m", "crowded", "");
        JsonNode why = why("m", "max-in-flight");
        assertEquals("r1", why.path("replica").asText());
        assertEquals(MOST_IN_FLIGHT, why.path("inFlight").asInt());
        assertEquals(MOST_IN_FLIGHT, why.path("limit").asInt());
    }

    @Test
    void usual_node_of_a_key_that_cannot_serve_is_told_beside_the_reason() {
        Node here = node("here", "sticking", ",\"maxConnections\":1");
        node("there", "sticking", "");
        service("sticking", "{\"sticky\":\"key\"}");
        ok(replica.post("/v1/nodes/there/drain", ""));
        here.hold();
        enqueue("s", "sticking", "");
        awaitAt(here, 1);
        for (int i = 0; i < 12; i++) {
            enqueue("s" + i, "sticking", ",\"affinityKey\":\"user-" + i + "\"");
        }
        Await.until(
                "one of them belongs to the node that is drained",
                () -> {
                    for (int i = 0; i < 12; i++) {
                        JsonNode why = why("s" + i);
                        if (why.toString().contains("\"node\":\"there\",\"by\":\"key\"")) {
                            return why.path("reason").asText().equals("concurrency")
                                    && also(why, "sticky").path("why").asText().equals("draining");
                        }
                    }
                    return false;
                },
                () -> why("s0").toString());
        here.release();
        ok(replica.send("DELETE", "/v1/queues/sticking/normal", ""));
    }

    @Test
    void delayed_request_tells_when_it_is_due_and_what_will_hold_it_then() {
        ok(replica.post("/v1/queues/later/normal/pause", ""));
        enqueue("t1", "later", ",\"delayMs\":3600000");
        JsonNode why = why("t1", "delayed");
        long due = why.path("dueInMs").asLong();
        assertTrue(due > 3_000_000 && due <= 3_600_000, why.toString());
        assertTrue(why.path("dueAtMs").asLong() > why.path("dueInMs").asLong());
        also(why, "paused");
        also(why, "no-node");
    }

    @Test
    void failed_attempt_tells_which_retry_is_due_when_and_where_it_was() {
        Node sour = node("sour", "retrying", "");
        sour.answer(500);
        enqueue("r1", "retrying", ",\"maxRetries\":2");
        JsonNode why = why("r1", "retry");
        assertEquals(2, why.path("attempt").asInt());
        assertEquals(3, why.path("maxAttempts").asInt());
        assertTrue(why.path("dueInMs").asLong() <= 3_600_000, why.toString());
        assertEquals("sour", why.path("attempts").path(0).path("node").asText());
        ok(replica.send("DELETE", "/v1/requests/r1", ""));
    }

    @Test
    void attempt_under_way_is_told_by_every_replica() {
        Node slow = node("slow", "elsewhere", "");
        slow.hold();
        enqueue("f1", "elsewhere", ",\"timeoutMs\":600000");
        awaitAt(slow, 1);
        JsonNode here = why("f1", "in-flight");
        assertEquals("slow", here.path("node").asText());
        assertEquals("r1", here.path("replica").asText());
        assertEquals(1, here.path("attempt").asInt());
        long sentAt = here.path("sentAtMs").asLong();
        assertEquals(600_000, here.path("deadlineMs").asLong() - sentAt);
        assertTrue(here.path("leaseLeftMs").asLong() > 0, here.toString());
        try (Replica other = serve("r2")) {
            Await.until(
                    "the other replica knows",
                    () -> {
                        JsonNode there = Replica.json(other.get("/v1/requests/f1/why").body());
                        return there.path("node").asText().equals("slow")
                                && there.path("replica").asText().equals("r1")
                                && Math.abs(there.path("sentAtMs").asLong() - sentAt) < 1000
                                && there.path("attempts")
                                        .path(0)
                                        .path("sentence")
                                        .asText()
                                        .startsWith("Attempt 1 went to slow");
                    },
                    () -> other.get("/v1/requests/f1/why").body());
        }
    }

    @Test
    void settled_request_tells_each_attempt_and_the_terms_of_its_choice() {
        node("good", "done", "");
        enqueue("e1", "done", "");
        Await.until("it is served", () -> replica.state("e1").equals("succeeded"));
        JsonNode why = why("e1");
        assertEquals("settled", why.path("reason").asText());
        JsonNode attempt = why.path("attempts").path(0);
        assertEquals("good", attempt.path("node").asText());
        assertTrue(Instant.parse(attempt.path("at").asText()).toEpochMilli() > 0);
        JsonNode decision = attempt.path("decision");
        assertTrue(decision.path("candidates").path(0).path("terms").has("cost"), why.toString());
        assertEquals(404, replica.get("/v1/requests/nobody/why").statusCode());
    }
}
