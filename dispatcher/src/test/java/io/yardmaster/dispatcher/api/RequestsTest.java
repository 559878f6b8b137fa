package io.yardmaster.dispatcher.api;

import static io.yardmaster.dispatcher.api.Api.outcome;
import static io.yardmaster.dispatcher.api.Api.response;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.yardmaster.dispatcher.api.Api.Reply;
import io.yardmaster.queue.Lease;
import io.yardmaster.queue.Request;
import io.yardmaster.queue.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RequestsTest {
    private static final Api api =
            new Api("yardmaster:\n  max-body: 1000\n  queues:\n    max-size: 3\n");

    @AfterAll
    static void stop() {
        api.close();
    }

    @BeforeEach
    void empty() {
        for (JsonNode queue : api.get("/v1/queues").json().path("queues")) {
            api.delete(
                    "/v1/queues/"
                            + queue.path("service").asText()
                            + "/"
                            + queue.path("priority").asText());
        }
    }

    @Test
    void a_request_is_accepted_with_its_address_and_found_there() {
        Reply reply =
                api.post("/v1/requests", "{\"priority\":\"high\",\"body\":{\"a\": 1}}").is(202);
        String id = reply.json().path("id").asText();
        assertEquals("/v1/requests/" + id, reply.header("Location"));
        assertEquals("queued", reply.json().path("state").asText());
        assertEquals("default", reply.json().path("service").asText());
        assertEquals("high", reply.json().path("priority").asText());
        assertEquals("relaxed", reply.json().path("durability").asText());
        assertEquals("", reply.header("Preference-Applied"));

        JsonNode found = api.get("/v1/requests/" + id).is(200).json();
        assertEquals("queued", found.path("state").asText());
        assertEquals(1, found.path("position").asInt());
        assertEquals(0, found.path("attempts").asInt());
        assertTrue(Instant.parse(found.path("enqueuedAt").asText()).isAfter(Instant.EPOCH));
        assertEquals("{\"a\": 1}", new String(api.take("default", "high").request().body(), UTF_8));
        assertEquals("in-flight", api.get("/v1/requests/" + id).json().path("state").asText());
    }

    @Test
    void an_end_is_told_with_times_of_rfc_3339() {
        String id = api.post("/v1/requests", "{}").is(202).json().path("id").asText();
        Lease lease = api.take("default", "normal");
        api.settle(lease, new Settlement.Succeeded(outcome(lease, response(200, "done"))));
        JsonNode end = api.get("/v1/requests/" + id).is(200).json();
        assertEquals("succeeded", end.path("state").asText());
        assertEquals("2023-11-14T22:13:21Z", end.path("settledAt").asText());
        assertEquals("done", end.path("response").path("body").asText());
        assertEquals("2023-11-14T22:13:20.500Z", end.path("history").path(0).path("at").asText());
        assertEquals("conflict", api.delete("/v1/requests/" + id).is(409).problem());
        assertEquals(
                "settled", api.get("/v1/requests/" + id + "/why").json().path("reason").asText());
    }

    @Test
    void whoever_waits_gets_the_outcome() throws Exception {
        CompletableFuture<Reply> waiting =
                CompletableFuture.supplyAsync(
                        () -> api.post("/v1/requests", "{\"service\":\"w\"}", "Prefer", "wait=15"));
        Lease lease = api.await("w", "normal");
        api.settle(lease, new Settlement.Succeeded(outcome(lease, response(201, "x"))));
        Reply reply = waiting.get(20, java.util.concurrent.TimeUnit.SECONDS).is(200);
        assertEquals("wait=15", reply.header("Preference-Applied"));
        assertEquals("succeeded", reply.json().path("state").asText());
        assertEquals(201, reply.json().path("response").path("status").asInt());
    }

    @Test
    void waiting_in_vain_ends_with_202() {
        Reply reply =
                api.post("/v1/requests", "{\"service\":\"v\"}", "Prefer", "respond-async, wait=1")
                        .is(202);
        assertEquals("wait=1", reply.header("Preference-Applied"));
        assertEquals("queued", reply.json().path("state").asText());
    }

    @Test
    void the_same_id_again_is_answered_as_before_and_with_other_content_refused() {
        api.post("/v1/requests", "{\"id\":\"same\",\"bodyText\":\"a\"}").is(202);
        Reply again = api.post("/v1/requests", "{\"id\":\"same\",\"bodyText\":\"a\"}").is(202);
        assertEquals("true", again.header("Idempotent-Replayed"));
        assertEquals("same", again.json().path("id").asText());
        assertEquals(
                "conflict",
                api.post("/v1/requests", "{\"id\":\"same\",\"bodyText\":\"b\"}").is(409).problem());
        Reply first = api.post("/v1/requests", "{}", "Idempotency-Key", "\"k-1\"").is(202);
        Reply second = api.post("/v1/requests", "{}", "Idempotency-Key", "k-1").is(202);
        assertEquals("", first.header("Idempotent-Replayed"));
        assertEquals("true", second.header("Idempotent-Replayed"));
        assertEquals(first.json(), second.json());
        api.post("/v1/requests", "{\"path\":\"/x\"}", "Idempotency-Key", "k-1").is(409);
    }

    @Test
    void a_full_queue_answers_503_and_keeps_nothing() {
        for (int i = 0; i < 3; i++) {
            api.post("/v1/requests", "{\"service\":\"full\"}").is(202);
        }
        var before = api.content();
        Reply reply = api.post("/v1/requests", "{\"service\":\"full\"}").is(503);
        assertEquals("queue-full", reply.problem());
        assertEquals("1", reply.header("Retry-After"));
        assertEquals(withoutClock(before), withoutClock(api.content()));
    }

    private static Object withoutClock(java.util.Map<String, String> content) {
        content.remove("{yard:0}:clock");
        return content;
    }

    @Test
    void a_cancelled_request_stays_cancelled() {
        String id =
                api.post("/v1/requests", "{\"delayMs\":60000}").is(202).json().path("id").asText();
        JsonNode scheduled = api.get("/v1/requests/" + id).json();
        assertEquals("scheduled", scheduled.path("state").asText());
        assertTrue(Instant.parse(scheduled.path("dueAt").asText()).isAfter(Instant.now()));
        JsonNode why = api.get("/v1/requests/" + id + "/why").is(200).json();
        assertEquals("delayed", why.path("reason").asText());
        assertFalse(why.path("sentence").asText().isEmpty());
        Reply cancelled = api.delete("/v1/requests/" + id).is(200);
        assertEquals("{\"id\":\"" + id + "\",\"state\":\"cancelled\"}", cancelled.text());
        assertEquals("cancelled", api.get("/v1/requests/" + id).json().path("state").asText());
        assertTrue(api.get("/v1/requests/" + id).json().path("dueAt").isNull());
        api.delete("/v1/requests/" + id).is(409);
        assertEquals("not-found", api.delete("/v1/requests/nobody").is(404).problem());
        assertEquals("not-found", api.get("/v1/requests/nobody").is(404).problem());
        assertEquals("not-found", api.get("/v1/requests/nobody/why").is(404).problem());
    }

    @Test
    void a_retry_is_told_while_it_waits() {
        String id = api.post("/v1/requests", "{}").is(202).json().path("id").asText();
        api.settle(
                api.take("default", "normal"),
                new Settlement.Retry(
                        Duration.ofMinutes(1),
                        "{\"attempt\":1,\"node\":\"nuc\",\"at\":0,\"status\":500}"));
        JsonNode live = api.get("/v1/requests/" + id).json();
        assertEquals("1970-01-01T00:00:00Z", live.path("history").path(0).path("at").asText());
        assertEquals(
                "retry", api.get("/v1/requests/" + id + "/why").json().path("reason").asText());
    }

    private static final String DECISION =
            "\"decision\":{\"strategy\":\"adaptive\",\"of\":3,\"terms\":[\"speed\",\"cost\"],"
                    + "\"candidates\":[[\"nuc-1\",2,1.2],[\"pi-4\",1,3.3],[\"nas\",1,null]],"
                    + "\"out\":[[\"draining\",1,\"desk\"],[\"refused\",6,\"a\",\"b\"]]}";

    private static String line(int attempt, String node, String more) {
        return "{\"attempt\":%d,\"node\":\"%s\",\"at\":0,\"ms\":5,\"cause\":\"status\"%s}"
                .formatted(attempt, node, more);
    }

    private static String ended(String... lines) {
        return "{\"service\":\"default\",\"attempts\":2,\"node\":\"nas\",\"history\":["
                + String.join(",", lines)
                + "]}";
    }

    @Test
    void why_of_an_ended_request_tells_how_each_node_was_chosen_and_its_history_stays_lean() {
        String id = api.post("/v1/requests", "{}").is(202).json().path("id").asText();
        Lease lease = api.take("default", "normal");
        api.settle(
                lease,
                new Settlement.Succeeded(
                        ended(line(1, "nuc-1", "," + DECISION), line(2, "nas", ""))));
        JsonNode why = api.get("/v1/requests/" + id + "/why").is(200).json();
        assertEquals("succeeded", why.path("state").asText());
        assertEquals(
                "It waits for nothing: it has ended as succeeded."
                        + " Attempt 2 went to nas; the decision was not sampled.",
                why.path("sentence").asText());
        JsonNode first = why.path("attempts").path(0);
        assertEquals(
                "Attempt 1 went to nuc-1: cost 1.2, least of 3 candidates (pi-4 3.3, nas ∞);"
                        + " desk was left out: draining;"
                        + " a, b, 4 more were left out: refused by its breaker or rate limit.",
                first.path("sentence").asText());
        assertEquals("1970-01-01T00:00:00Z", first.path("at").asText());
        JsonNode decision = first.path("decision");
        assertEquals("adaptive", decision.path("strategy").asText());
        assertEquals(3, decision.path("candidateCount").asInt());
        assertEquals(
                "{\"node\":\"nuc-1\",\"chosen\":true,\"terms\":{\"speed\":2,\"cost\":1.2}}",
                decision.path("candidates").path(0).toString());
        assertEquals(
                "{\"reason\":\"draining\",\"count\":1,\"nodes\":[\"desk\"]}",
                decision.path("leftOut").path(0).toString());
        assertTrue(why.path("attempts").path(1).path("decision").isNull(), why.toString());

        JsonNode plain = api.get("/v1/requests/" + id).json();
        assertEquals(2, plain.path("history").size());
        assertFalse(plain.toString().contains("decision"), plain.toString());
    }

    @Test
    void why_tells_a_share_by_the_name_of_its_strategy_and_what_else_decided() {
        String id = api.post("/v1/requests", "{}").is(202).json().path("id").asText();
        String shared =
                ",\"decision\":{\"strategy\":\"random\",\"note\":\"only backup nodes could serve\","
                        + "\"of\":9,\"terms\":[\"share\"],\"candidates\":[[\"a\",1],[\"b\",2],"
                        + "[\"c\",2],[\"d\",1]],\"out\":[]}";
        String dearer =
                ",\"decision\":{\"strategy\":\"adaptive\",\"of\":2,\"terms\":[\"cost\"],"
                        + "\"candidates\":[[\"a\",1.04],[\"b\",1]],\"out\":[]}";
        api.settle(
                api.take("default", "normal"),
                new Settlement.Succeeded(ended(line(1, "a", shared), line(2, "a", dearer))));
        JsonNode attempts = api.get("/v1/requests/" + id + "/why").json().path("attempts");
        assertEquals(
                "Attempt 1 went to a by random: share 1 among 9 candidates (b 2, c 2, d 1, …);"
                        + " only backup nodes could serve.",
                attempts.path(0).path("sentence").asText());
        assertEquals(
                "Attempt 2 went to a: cost 1.04, one of 2 candidates (b 1).",
                attempts.path(1).path("sentence").asText());
    }

    @Test
    void why_of_a_request_that_waits_for_its_retry_tells_its_attempts() {
        String id = api.post("/v1/requests", "{}").is(202).json().path("id").asText();
        api.settle(
                api.take("default", "normal"),
                new Settlement.Retry(Duration.ofMinutes(1), line(1, "nuc-1", "," + DECISION)));
        JsonNode why = api.get("/v1/requests/" + id + "/why").json();
        assertEquals("retry", why.path("reason").asText());
        assertEquals(1, why.path("attempts").size());
        assertTrue(why.path("sentence").asText().contains("Attempt 1 went to nuc-1: cost"));
        JsonNode live = api.get("/v1/requests/" + id).json();
        assertFalse(live.toString().contains("decision"), live.toString());
    }

    @Test
    void decision_that_cannot_be_read_counts_as_not_sampled() {
        for (String damaged : new String[] {"7", "[]", "{\"candidates\":[]}", "{\"terms\":1}"}) {
            String id = api.post("/v1/requests", "{}").is(202).json().path("id").asText();
            api.settle(
                    api.take("default", "normal"),
                    new Settlement.Succeeded(
                            ended(
                                    line(1, "nuc", ",\"decision\":" + damaged),
                                    "{\"attempt\":2,\"cause\":\"lease-lost\"}")));
            JsonNode attempts = api.get("/v1/requests/" + id + "/why").is(200).json();
            assertEquals(
                    "Attempt 1 went to nuc; the decision was not sampled.",
                    attempts.path("attempts").path(0).path("sentence").asText());
            assertEquals(
                    "Attempt 2 ended without a word of its replica; its node is not on record.",
                    attempts.path("attempts").path(1).path("sentence").asText());
        }
    }

    @Test
    void a_batch_takes_the_good_and_refuses_the_bad_in_order() {
        Reply reply =
                api.post(
                                "/v1/requests/batch",
                                "[{\"id\":\"b1\",\"body\":[1, 2]}, {\"nope\":1},5,{\"id\":\"b2\"} ]")
                        .is(200);
        assertEquals(2, reply.json().path("accepted").asInt());
        assertEquals(2, reply.json().path("rejected").asInt());
        JsonNode results = reply.json().path("results");
        assertEquals("b1", results.path(0).path("id").asText());
        assertEquals(
                "nope",
                results.path(1).path("error").path("errors").path(0).path("field").asText());
        assertEquals(400, results.path(2).path("error").path("status").asInt());
        assertEquals("queued", results.path(3).path("state").asText());
        assertEquals("[1, 2]", new String(api.take("default", "normal").request().body(), UTF_8));
    }

    @Test
    void a_batch_of_lines_goes_on_after_a_broken_one() {
        Reply reply =
                api.call(
                                "POST",
                                "/v1/requests/batch",
                                "{\"id\":\"l1\"}\r\n\n{\"id\":\n{\"id\":\"l2\"}".getBytes(UTF_8),
                                "Content-Type",
                                "application/x-ndjson")
                        .is(200);
        assertEquals(2, reply.json().path("accepted").asInt());
        assertEquals(1, reply.json().path("rejected").asInt());
        assertEquals("l2", reply.json().path("results").path(2).path("id").asText());
    }

    @Test
    void the_raw_form_enqueues_what_comes_as_it_is() {
        Reply reply =
                api.call(
                                "PUT",
                                "/v1/services/raw/forward/a%20b/c?x=%2F&y",
                                new byte[] {0, -1, 7},
                                "Content-Type",
                                "application/x-www-form-urlencoded",
                                "X-A",
                                "1",
                                "X-A",
                                "2",
                                "Priority",
                                "u=1, i",
                                "X-Request-ID",
                                "forged",
                                "Idempotency-Key",
                                "raw-1")
                        .is(202);
        Request request = api.take("raw", "critical").request();
        assertEquals(reply.json().path("id").asText(), request.id());
        assertEquals("PUT /a%20b/c?x=%2F&y", request.method() + " " + request.path());
        org.junit.jupiter.api.Assertions.assertArrayEquals(new byte[] {0, -1, 7}, request.body());
        var names =
                request.headers().stream()
                        .map(h -> h.name().toLowerCase(java.util.Locale.ROOT))
                        .toList();
        assertEquals(2, names.stream().filter("x-a"::equals).count());
        assertTrue(names.contains("content-type"));
        for (String gone :
                java.util.List.of(
                        "host",
                        "connection",
                        "x-request-id",
                        "idempotency-key",
                        "content-length",
                        "upgrade",
                        "http2-settings")) {
            assertFalse(names.contains(gone), gone + " in " + names);
        }
    }

    @Test
    void every_method_has_the_raw_form() {
        for (String method : RequestDraft.METHODS) {
            Reply reply =
                    api.call(
                                    method,
                                    "/v1/services/m/forward/p",
                                    new byte[0],
                                    "X-Yardmaster-Priority",
                                    "low")
                            .is(202);
            assertFalse(reply.header("X-Yardmaster-Id").isEmpty());
            assertEquals(method, api.take("m", "low").request().method());
        }
        api.get("/v1/services/m/forward").is(202);
        assertEquals("/", api.take("m", "normal").request().path());
    }

    @Test
    void the_raw_form_hands_back_the_nodes_answer() throws Exception {
        for (String[] end :
                new String[][] {
                    {response(299, "héllo"), "299"},
                    {"\"error\":{\"reason\":\"timeout\",\"message\":\"late\"},", "504"},
                    {"\"error\":{\"reason\":\"broken-connection\",\"message\":\"cut\"},", "502"}
                }) {
            CompletableFuture<Reply> waiting =
                    CompletableFuture.supplyAsync(
                            () -> api.get("/v1/services/ra/forward/x", "Prefer", "wait=15"));
            Lease lease = api.await("ra", "normal");
            assertEquals("GET", lease.request().method());
            api.settle(
                    lease,
                    end[1].equals("299")
                            ? new Settlement.Succeeded(outcome(lease, end[0]))
                            : new Settlement.Dead(outcome(lease, end[0])));
            Reply reply =
                    waiting.get(20, java.util.concurrent.TimeUnit.SECONDS)
                            .is(Integer.parseInt(end[1]));
            assertEquals(lease.id(), reply.header("X-Yardmaster-Id"));
            assertEquals("nuc", reply.header("X-Yardmaster-Node"));
            assertEquals("1", reply.header("X-Yardmaster-Attempts"));
            if (reply.status() == 299) {
                assertEquals("héllo", reply.text());
                assertEquals("text/x", reply.header("Content-Type"));
                assertEquals("1", reply.header("X-N"));
                assertTrue(reply.header("Content-Security-Policy").startsWith("sandbox"));
            } else {
                assertFalse(reply.problem().isEmpty());
            }
        }
    }
}
