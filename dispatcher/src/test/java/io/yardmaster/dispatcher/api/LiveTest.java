package io.yardmaster.dispatcher.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.yardmaster.dispatcher.api.Api.Reply;
import io.yardmaster.dispatcher.e2e.Await;
import io.yardmaster.queue.Lease;
import io.yardmaster.queue.Settlement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/// Overview, events, streams and history over HTTP.
class LiveTest {
    private static final Api api = new Api("");

    @AfterAll
    static void stop() {
        api.close();
    }

    private static SseReader open(String path, String... headers) {
        return new SseReader(api.server.getURL() + path, headers).begun();
    }

    private static JsonNode queue(JsonNode overview, String service) {
        for (JsonNode queue : overview.path("queues")) {
            if (queue.path("service").asText().equals(service)) {
                return queue;
            }
        }
        return com.fasterxml.jackson.databind.node.MissingNode.getInstance();
    }

    @Test
    void the_overview_says_what_the_queues_say() {
        String id =
                api.post("/v1/requests", "{\"service\":\"o\",\"priority\":\"high\"}")
                        .is(202)
                        .json()
                        .path("id")
                        .asText();
        Await.until(
                "the overview has it",
                () ->
                        queue(api.get("/v1/overview").is(200).json(), "o").path("depth").asInt()
                                == 1);
        JsonNode overview = api.get("/v1/overview").is(200).json();
        JsonNode queue = queue(overview, "o");
        JsonNode same = queue(api.get("/v1/queues").json(), "o");
        same.fieldNames()
                .forEachRemaining(field -> {
                    if (!field.equals("oldestMs")) {
                        assertEquals(same.path(field), queue.path(field), field);
                    }
                });
        assertEquals(30, queue.path("spark").size());
        assertTrue(queue.has("emptyInMs"));
        assertTrue(overview.path("atMs").isIntegralNumber());
        assertTrue(overview.path("wait").isNull() || overview.path("wait").has("p95Ms"));
        Set<String> subjects = new TreeSet<>();
        overview.path("attention").forEach(each -> subjects.add(each.path("subject").asText()));
        assertTrue(subjects.contains("service o"), subjects.toString());
        assertTrue(subjects.contains("redis"), subjects.toString());
        for (String field :
                List.of(
                        "waiting",
                        "inFlight",
                        "scheduled",
                        "dead",
                        "oldestMs",
                        "enqueuedPerMinute",
                        "succeededPerMinute",
                        "failedPerMinute",
                        "retriedPerMinute")) {
            assertTrue(overview.path("totals").path(field).isIntegralNumber(), field);
        }
        api.delete("/v1/requests/" + id);
    }

    @Test
    void what_was_enqueued_and_settled_is_in_the_last_minute() {
        // The replica must have looked once before, or the counters are no news.
        api.get("/v1/overview").is(200);
        for (int i = 0; i < 3; i++) {
            api.post("/v1/requests", "{\"service\":\"m\"}").is(202);
        }
        for (int i = 0; i < 2; i++) {
            Lease lease = api.await("m", "normal");
            api.waits.sending(lease, "nuc", java.time.Duration.ofMillis(40));
            api.settle(lease, new Settlement.Succeeded(Api.outcome(lease, "")));
        }
        Await.until(
                "the minute shows it",
                () -> {
                    JsonNode overview = api.get("/v1/overview").json();
                    JsonNode queue = queue(overview, "m");
                    return queue.path("enqueuedPerMinute").asInt() == 3
                            && queue.path("succeededPerMinute").asInt() == 2
                            && Math.abs(overview.path("wait").path("p50Ms").asInt() - 40) <= 2;
                },
                () -> api.get("/v1/overview").text());
    }

    @Test
    void a_stream_brings_overview_nodes_and_events() {
        try (SseReader stream = open("/v1/stream")) {
            assertEquals(200, stream.status());
            assertEquals("text/event-stream", stream.header("Content-Type"));
            assertEquals("no", stream.header("X-Accel-Buffering"));
            assertEquals("no-store", stream.header("Cache-Control"));
            assertEquals("", stream.header("Content-Encoding"));
            stream.await("an overview", each -> each.name().equals("overview"));
            stream.await("the nodes", each -> each.name().equals("nodes"));
            api.put("/v1/nodes/streamed", "{\"url\":\"http://127.0.0.1:9000\"}").is(201);
            SseReader.Received event =
                    stream.await(
                            "the event",
                            each ->
                                    each.name().equals("event")
                                            && each.data()
                                                    .path("event_data")
                                                    .path("node")
                                                    .asText()
                                                    .equals("streamed"));
            assertEquals("node_registered", event.type());
            assertEquals("test", event.data().path("source").asText(""), "the replica's name");
            assertTrue(event.id().matches("\\d+-\\d+"));
            stream.await(
                    "nodes with it",
                    each ->
                            each.name().equals("nodes")
                                    && each.data().path("nodes").toString().contains("streamed"));
        }
    }

    @Test
    void topics_that_nobody_asked_for_are_not_sent() throws InterruptedException {
        try (SseReader stream = open("/v1/stream?topics=events")) {
            Thread.sleep(1_500); // the overview would have come at once, and again after 1 s
            assertEquals(List.of(), stream.named("overview"));
            assertEquals(List.of(), stream.named("nodes"));
        }
    }

    private static List<String> typesOf(List<SseReader.Received> events, String service) {
        return events.stream()
                .filter(each ->
                        each.data().path("event_data").path("service").asText().equals(service))
                .map(SseReader.Received::type)
                .toList();
    }

    @Test
    void operators_actions_are_told_once_each() {
        try (SseReader events = open("/v1/events")) {
            api.put("/v1/services/act", "{\"strategy\":\"round_robin\"}").is(201);
            api.put("/v1/services/act", "{\"strategy\":\"round_robin\"}").is(200);
            api.put("/v1/services/act", "{\"strategy\":\"round_robin\",\"sticky\":\"ip\"}").is(200);
            api.post("/v1/queues/act/low/pause", "").is(200);
            api.post("/v1/queues/act/low/pause", "").is(200);
            api.post("/v1/queues/act/low/resume", "").is(200);
            api.delete("/v1/queues/act/low").is(200);
            api.delete("/v1/services/act").is(204);
            events.await(
                    "the last",
                    each ->
                            each.type().equals("service_changed")
                                    && each.data().path("event_data").path("removed").asBoolean());
            assertEquals(
                    List.of(
                            "strategy_changed",
                            "service_changed",
                            "queue_paused",
                            "queue_resumed",
                            "queue_purged",
                            "strategy_changed",
                            "service_changed"),
                    typesOf(events.received(), "act"));
            api.put("/v1/nodes/act", "{\"url\":\"http://127.0.0.1:9000\"}").is(201);
            api.post("/v1/nodes/act/drain", "").is(200);
            api.post("/v1/nodes/act/drain", "").is(200);
            api.post("/v1/nodes/act/resume", "").is(200);
            api.delete("/v1/nodes/act").is(204);
            events.await("the removal", each -> each.type().equals("node_removed"));
            assertEquals(
                    List.of("node_registered", "node_drained", "node_resumed", "node_removed"),
                    events.received().stream()
                            .filter(each ->
                                    each.data()
                                            .path("event_data")
                                            .path("node")
                                            .asText()
                                            .equals("act"))
                            .map(SseReader.Received::type)
                            .toList());
            for (SseReader.Received each : events.received()) {
                assertEquals("", each.name(), "so that onmessage hears it");
                assertEquals(
                        Set.of("event_type", "event_data", "timestamp", "source"),
                        fields(each.data()));
            }
        }
    }

    private static Set<String> fields(JsonNode json) {
        Set<String> fields = new TreeSet<>();
        json.fieldNames().forEachRemaining(fields::add);
        return fields;
    }

    @Test
    void a_client_that_comes_back_gets_what_it_missed_and_nothing_twice() {
        String seen;
        try (SseReader events = open("/v1/events")) {
            api.post("/v1/queues/gap/low/pause", "").is(200);
            seen =
                    events.await(
                                    "the pause",
                                    each ->
                                            typesOf(List.of(each), "gap")
                                                    .equals(List.of("queue_paused")))
                            .id();
        }
        api.post("/v1/queues/gap/low/resume", "").is(200);
        api.post("/v1/queues/gap/low/pause", "").is(200);
        Await.until(
                "they are in the log",
                () -> api.get("/v1/events?format=json").text().split("gap", -1).length == 4);
        try (SseReader events = open("/v1/events", "Last-Event-ID", seen)) {
            api.delete("/v1/queues/gap/low").is(200);
            events.await("the purge", each -> each.type().equals("queue_purged"));
            assertEquals(
                    List.of("queue_resumed", "queue_paused", "queue_purged"),
                    typesOf(events.received(), "gap"));
        }
    }

    @Test
    void the_log_is_read_page_by_page() {
        for (int i = 0; i < 5; i++) {
            api.delete("/v1/queues/page" + i + "/low").is(200);
        }
        Await.until(
                "they are in the log",
                () -> api.get("/v1/events?format=json&limit=200").text().contains("page4"));
        List<String> services = new ArrayList<>();
        String before = "";
        do {
            JsonNode page = api.get("/v1/events?format=json&limit=2" + before).is(200).json();
            page.path("events")
                    .forEach(event ->
                            services.add(event.path("event_data").path("service").asText()));
            before = page.path("before").isNull() ? "" : "&before=" + page.path("before").asText();
        } while (!before.isEmpty());
        services.removeIf(each -> !each.startsWith("page"));
        assertEquals(List.of("page4", "page3", "page2", "page1", "page0"), services);
    }

    @Test
    void bad_questions_are_answered_by_name() {
        assertEquals(Set.of("topics"), bad("/v1/stream?topics=overview,queues"));
        assertEquals(Set.of("format"), bad("/v1/events?format=xml"));
        assertEquals(Set.of("limit"), bad("/v1/events?format=json&limit=0"));
        assertEquals(Set.of("before"), bad("/v1/events?format=json&before=x"));
        assertEquals(
                Set.of("Last-Event-ID"),
                api.get("/v1/events", "Last-Event-ID", "yesterday").is(400).fields());
        assertEquals(Set.of("series"), bad("/v1/history"));
        assertEquals(Set.of("series"), bad("/v1/history?series=rate.enqueued,x"));
        assertEquals(Set.of("points"), bad("/v1/history?series=inFlight&points=2001"));
        assertEquals(Set.of("fromMs"), bad("/v1/history?series=inFlight&fromMs=9&toMs=9"));
        assertEquals(Set.of("toMs"), bad("/v1/history?series=inFlight&toMs=-1"));
    }

    private static Set<String> bad(String path) {
        Reply reply = api.get(path).is(400);
        assertEquals("invalid-request", reply.problem());
        return reply.fields();
    }

    @Test
    void the_history_is_written_as_time_goes_by() {
        api.post("/v1/requests", "{\"service\":\"hist\"}").is(202);
        Await.until(
                "a step is written",
                () -> {
                    JsonNode chart =
                            api.get("/v1/history?series=depth:hist/normal,wait.p50&points=6")
                                    .is(200)
                                    .json();
                    for (JsonNode value : chart.path("series").path("depth:hist/normal")) {
                        if (value.asDouble() == 1) {
                            return chart.path("series").has("wait.p50");
                        }
                    }
                    return false;
                });
    }

    @Test
    void more_streams_than_are_served_are_refused_and_places_come_back() {
        List<SseReader> open = new ArrayList<>();
        try {
            List<Reply> refused = new ArrayList<>();
            for (int i = 0; i <= Streams.MOST; i++) {
                SseReader one = new SseReader(api.server.getURL() + "/v1/stream?topics=events");
                open.add(one);
                if (one.status() == 503) {
                    refused.add(api.get("/v1/events"));
                    break;
                }
            }
            assertEquals(1, refused.size());
            assertEquals("too-many-streams", refused.getFirst().is(503).problem());
            assertFalse(refused.getFirst().header("Retry-After").isEmpty());
        } finally {
            open.forEach(SseReader::close);
        }
        Await.until(
                "there is room again",
                () -> {
                    try (SseReader again = new SseReader(api.server.getURL() + "/v1/events")) {
                        return again.status() == 200;
                    }
                });
    }
}
