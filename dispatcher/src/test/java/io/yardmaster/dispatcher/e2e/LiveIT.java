package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.yardmaster.dispatcher.api.SseReader;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What operators watch, on two replicas: events once everywhere, streams that outlive Redis'
/// outages, and a history that outlives the replicas.
@Tag("long")
class LiveIT {
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final RedisProcess redis = open(new RedisProcess());

    private <T extends AutoCloseable> T open(T resource) {
        opened.add(resource);
        return resource;
    }

    private Replica serve(String name) {
        return open(Replica.serve("--redis", redis.uri(), "--replica-id", name));
    }

    private SseReader watch(Replica replica, String path) {
        return open(new SseReader(replica.url() + path).begun());
    }

    @AfterEach
    void leaveNothingRunning() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    private static List<String> told(SseReader events) {
        return events.received().stream()
                .filter(each -> !each.type().equals("figures"))
                .map(each -> each.type() + " by " + each.data().path("source").asText())
                .toList();
    }

    @Test
    void what_happens_at_one_replica_is_told_once_to_those_who_watch_another() throws Exception {
        Replica one = serve("one");
        SseReader atOne = watch(one, "/v1/events");
        Replica two = serve("two");
        SseReader atTwo = watch(two, "/v1/events");
        Node sick = open(new Node("n1"));
        sick.answer(500);
        one.register(sick);
        two.post("/v1/queues/default/low/pause", "");
        one.post("/v1/queues/default/low/resume", "");
        one.post("/v1/requests", "{\"id\":\"doomed\",\"priority\":\"low\"}");
        atTwo.await("the death", each -> each.type().equals("request_dead"));
        Await.until(
                "the health is known, once",
                () ->
                        told(atTwo).stream().filter(each -> each.startsWith("node_health")).count()
                                == 1,
                () -> told(atTwo).toString());
        one.send("DELETE", "/v1/nodes/n1", "");
        SseReader.Received last =
                atTwo.await("the removal", each -> each.type().equals("node_removed"));
        atOne.await("the same", each -> each.id().equals(last.id()));
        assertEquals(
                List.of(
                        "node_registered by one",
                        "queue_paused by two",
                        "queue_resumed by one",
                        "node_removed by one"),
                told(atTwo).stream()
                        .filter(each ->
                                each.startsWith("node_reg")
                                        || each.startsWith("queue_")
                                        || each.startsWith("node_rem"))
                        .toList());
        List<String> ids = atTwo.received().stream().map(SseReader.Received::id).toList();
        assertEquals(ids.stream().distinct().toList(), ids);
        List<String> both = atOne.received().stream().map(SseReader.Received::id).toList();
        assertTrue(both.containsAll(ids), both + " has all of " + ids);

        two.program().signal("TERM");
        assertEquals(0, two.program().exitCode(), two.program().said());
        Await.until("its streams ended", atTwo::ended);
        atOne.await(
                "that it ended",
                each ->
                        each.type().equals("replica_ended")
                                && each.data().path("event_data").path("orderly").asBoolean());
    }

    @Test
    void streams_go_on_by_themselves_when_redis_is_back() throws Exception {
        Replica replica = serve("one");
        SseReader stream = watch(replica, "/v1/stream?topics=overview,events");
        stream.await("an overview", each -> each.name().equals("overview"));
        redis.kill();
        stream.await("the trouble", each -> each.name().equals("trouble"));
        assertEquals(503, replica.get("/v1/overview").statusCode());
        assertEquals(503, replica.get("/v1/history?series=inFlight").statusCode());
        assertEquals(503, replica.get("/v1/events?format=json").statusCode());
        redis.restart();
        int before = stream.named("overview").size();
        Await.until("overviews again", () -> stream.named("overview").size() > before);
        Await.until(
                "events again",
                () -> {
                    replica.send("DELETE", "/v1/queues/again/low", "");
                    return stream.received().stream()
                            .anyMatch(each -> each.type().equals("queue_purged"));
                });
        assertEquals(200, replica.get("/v1/overview").statusCode());
        assertEquals(false, stream.ended());
    }

    @Test
    void charts_survive_the_restart_of_every_replica() throws Exception {
        Replica before = serve("before");
        before.enqueue("r1", ",\"service\":\"kept\"");
        Await.until("a step is written", () -> measured(before) > 0);
        before.program().signal("TERM");
        assertEquals(0, before.program().exitCode());
        Replica after = serve("after");
        long kept = measured(after);
        assertTrue(kept > 0);
        Await.until("it goes on", () -> measured(after) > kept);
    }

    /// How many steps of the queue are known.
    private static long measured(Replica replica) {
        JsonNode chart =
                Replica.json(replica.get("/v1/history?series=depth:kept/normal&points=100").body());
        long steps = 0;
        for (JsonNode value : chart.path("series").path("depth:kept/normal")) {
            steps += value.isNull() ? 0 : 1;
        }
        return steps;
    }
}
