package io.yardmaster.dispatcher.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.yardmaster.dispatcher.api.Api.Reply;
import io.yardmaster.queue.Lease;
import io.yardmaster.queue.Settlement;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class OperationsTest {
    private static final Api api = new Api("");

    @AfterAll
    static void stop() {
        api.close();
    }

    private static JsonNode queue(String service, String priority) {
        for (JsonNode queue : api.get("/v1/queues").is(200).json().path("queues")) {
            if (queue.path("service").asText().equals(service)
                    && queue.path("priority").asText().equals(priority)) {
                return queue;
            }
        }
        return com.fasterxml.jackson.databind.node.MissingNode.getInstance();
    }

    @Test
    void queues_are_paused_resumed_and_emptied() {
        api.put("/v1/services/q", "{\"priorities\":{\"low\":{\"weight\":3,\"timeoutMs\":7}}}")
                .is(201);
        String id =
                api.post("/v1/requests", "{\"service\":\"q\",\"priority\":\"low\"}")
                        .is(202)
                        .json()
                        .path("id")
                        .asText();
        assertEquals(
                true,
                api.post("/v1/queues/q/low/pause", "").is(200).json().path("paused").asBoolean());
        JsonNode paused = queue("q", "low");
        assertEquals(1, paused.path("depth").asInt());
        assertTrue(paused.path("paused").asBoolean());
        assertEquals(3, paused.path("weight").asDouble());
        assertEquals(7, paused.path("timeoutMs").asInt());
        assertEquals(0, paused.path("maxRetries").asInt());
        assertEquals(
                "paused", api.get("/v1/requests/" + id + "/why").json().path("reason").asText());
        api.post("/v1/queues/q/low/resume", "").is(200);
        JsonNode why = api.get("/v1/requests/" + id + "/why").json();
        assertEquals("no-node", why.path("reason").asText());
        assertTrue(why.path("nodes").isArray(), why.toString());
        assertEquals("{\"purged\":1}", api.delete("/v1/queues/q/low").is(200).text());
        assertEquals("{\"purged\":0}", api.delete("/v1/queues/q/low").is(200).text());
    }

    private static String die(String service, String priority) {
        String id =
                api.post(
                                "/v1/requests",
                                "{\"service\":\""
                                        + service
                                        + "\",\"priority\":\""
                                        + priority
                                        + "\"}")
                        .is(202)
                        .json()
                        .path("id")
                        .asText();
        Lease lease = api.take(service, priority);
        api.settle(
                lease,
                new Settlement.Dead(
                        Api.outcome(
                                lease, "\"error\":{\"reason\":\"status\",\"message\":\"500\"},")));
        return id;
    }

    @Test
    void the_dead_are_listed_page_by_page_and_sent_again() {
        for (String priority : new String[] {"high", "high", "low", "low", "low"}) {
            die("d", priority);
        }
        java.util.Set<String> seen = new java.util.HashSet<>();
        String cursor = "";
        int pages = 0;
        do {
            Reply page = api.get("/v1/dead?service=d&limit=2" + cursor).is(200);
            for (JsonNode dead : page.json().path("dead")) {
                assertTrue(seen.add(dead.path("id").asText()));
                assertEquals("500", dead.path("error").asText());
                assertEquals("nuc", dead.path("node").asText());
            }
            pages++;
            cursor =
                    page.json().path("cursor").isNull()
                            ? ""
                            : "&cursor=" + page.json().path("cursor").asText();
        } while (!cursor.isEmpty());
        assertEquals(5, seen.size());
        assertEquals(3, pages);
        assertEquals(
                "{\"retried\":2}",
                api.post("/v1/dead/retry?service=d&priority=high", "").is(200).text());
        String one =
                api.get("/v1/dead?service=d&limit=1")
                        .json()
                        .path("dead")
                        .path(0)
                        .path("id")
                        .asText();
        assertEquals("dead", api.get("/v1/requests/" + one).json().path("state").asText());
        api.post("/v1/dead/" + one + "/retry", "").is(200);
        assertEquals("conflict", api.post("/v1/dead/" + one + "/retry", "").is(409).problem());
        assertEquals("queued", api.get("/v1/requests/" + one).json().path("state").asText());
        String other =
                api.get("/v1/dead?service=d&limit=1")
                        .json()
                        .path("dead")
                        .path(0)
                        .path("id")
                        .asText();
        api.delete("/v1/dead/" + other).is(204);
        assertEquals(1, api.get("/v1/dead?service=d").json().path("dead").size());
    }

    @Test
    void nodes_are_registered_reported_drained_and_removed() {
        String json =
                "{\"url\":\"http://127.0.0.1:9000\",\"services\":[\"default\"],\"weight\":2,\"region\":\"eu\"}";
        Reply created = api.put("/v1/nodes/nuc", json).is(201);
        assertEquals("/v1/nodes/nuc", created.header("Location"));
        api.put("/v1/nodes/nuc", json).is(200);
        assertTrue(api.get("/v1/nodes/nuc").is(200).json().path("report").isNull());
        api.post(
                        "/v1/nodes/nuc/report",
                        "{\"cpu\":0.4,\"memory\":0.5,\"io\":0.1,\"cores\":4,\"connections\":3}")
                .is(204);
        JsonNode node = api.get("/v1/nodes").is(200).json().path("nodes").path(0);
        assertEquals("nuc", node.path("id").asText());
        assertEquals("unknown", node.path("state").asText());
        assertEquals(0.4, node.path("report").path("cpu").asDouble());
        assertTrue(node.path("report").path("ageMs").isNumber());
        assertTrue(node.path("healthScore").isNumber());
        api.post("/v1/nodes/nuc/drain", "").is(200);
        assertEquals("draining", api.get("/v1/nodes/nuc").json().path("state").asText());
        api.post("/v1/nodes/nuc/resume", "").is(200);
        assertEquals("unknown", api.get("/v1/nodes/nuc").json().path("state").asText());
        assertEquals(
                "default",
                api.get("/v1/services").json().path("services").path(0).path("name").asText());
        api.delete("/v1/nodes/nuc").is(204);
        api.get("/v1/nodes/nuc").is(404);
    }

    @Test
    void services_are_set_and_forgotten() {
        api.put("/v1/services/s", "{\"strategy\":\"round_robin\",\"sticky\":\"cookie\"}").is(201);
        JsonNode service = api.get("/v1/services/s").is(200).json();
        assertEquals("s", service.path("name").asText());
        assertEquals("round_robin", service.path("strategy").asText());
        assertEquals("cookie", service.path("sticky").asText());
        api.delete("/v1/services/s").is(204);
        api.get("/v1/services/s").is(404);
    }

    @Test
    void health_says_what_an_operator_asks_first() {
        JsonNode health = api.get("/health").is(200).json();
        assertEquals("UP", health.path("status").asText());
        assertEquals("relaxed", health.path("durability").asText());
        assertEquals("redis://***@127.0.0.1:1", health.path("redis").asText());
        assertEquals("UP", api.get("/health/liveness").is(200).json().path("status").asText());
        assertEquals("UP", api.get("/health/readiness").is(200).json().path("status").asText());
        assertTrue(api.get("/prometheus").is(200).header("Content-Type").startsWith("text/plain"));
    }

    @Test
    void whatever_a_caller_accepts_the_answer_is_the_same() {
        for (String path :
                List.of("/health", "/health/readiness", "/prometheus", "/v1/audit", "/v1/doctor")) {
            for (String accept : List.of("text/html", "image/png", "application/json")) {
                api.get(path, "Accept", accept).is(200);
            }
        }
        api.get("/", "Accept", "application/json").is(200);
        assertEquals(
                1,
                api.get("/v1/audit")
                        .json()
                        .path("shards")
                        .path(0)
                        .path("repairs")
                        .path("ticket-missing")
                        .asInt());
    }

    @Test
    void options_tell_the_methods_and_nothing_else() {
        Reply options = api.call("OPTIONS", "/v1/requests/x", new byte[0]).is(204);
        assertTrue(options.header("Allow").contains("DELETE"), options.header("Allow"));
        assertEquals("", options.text());
    }

    @Test
    void a_misspelt_filter_does_not_send_all_of_the_dead() {
        String id = die("spelt", "low");
        assertEquals(
                Set.of("servcie"), api.post("/v1/dead/retry?servcie=none", "").is(400).fields());
        api.get("/v1/dead?priority=low&priority=high").is(400);
        assertEquals("dead", api.get("/v1/requests/" + id).json().path("state").asText());
    }

    @Test
    void pages_are_served_with_their_types_and_validators() {
        Reply page = api.get("/").is(200);
        assertEquals(
                "text/html; charset=utf-8",
                page.header("Content-Type").toLowerCase(java.util.Locale.ROOT));
        assertEquals(ProtectiveHeaders.POLICY, page.header("Content-Security-Policy"));
        assertEquals("no-cache", page.header("Cache-Control"));
        api.get("/", "If-None-Match", page.header("ETag")).is(304);
        api.get("/..%2fapplication.yml").is(404);
        api.get("/application.yml").is(404);
    }

    @Test
    void why_asks_redis_twice_however_much_waits() {
        for (int page = 0; page < 2; page++) {
            StringBuilder lines = new StringBuilder();
            for (int i = 0; i < 1000; i++) {
                lines.append("{\"service\":\"full\",\"id\":\"w%d\"}\n".formatted(page * 1000 + i));
            }
            api.call(
                            "POST",
                            "/v1/requests/batch",
                            lines.toString().getBytes(UTF_8),
                            "Content-Type",
                            "application/x-ndjson")
                    .is(200);
        }
        for (String id : List.of("w0", "w1500", "w1999")) {
            api.called.clear();
            JsonNode why = api.get("/v1/requests/" + id + "/why").is(200).json();
            assertEquals("queued", why.path("state").asText());
            assertEquals(List.of("yard_find", "yard_why"), List.copyOf(api.called));
        }
    }
}
