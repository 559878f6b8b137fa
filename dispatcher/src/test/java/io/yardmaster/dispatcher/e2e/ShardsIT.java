package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.yardmaster.queue.ShardMap;
import io.yardmaster.redis.Redis;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Several shards on one Redis, and replicas that are restarted with more of them while traffic
/// flows.
class ShardsIT {
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final RedisProcess redis = open(new RedisProcess());
    private final Node[] nodes = {open(new Node("n1")), open(new Node("n2"))};

    private <T extends AutoCloseable> T open(T resource) {
        opened.add(resource);
        return resource;
    }

    @AfterEach
    void leaveNothingRunning() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    private Program launch(int shards, String... more) {
        List<String> arguments =
                new ArrayList<>(
                        List.of(
                                "--redis",
                                redis.uri(),
                                "--set",
                                "yardmaster.lease=2s",
                                "--set",
                                "yardmaster.rate-limit.producer.rate=0",
                                "--set",
                                "yardmaster.shards=" + shards));
        arguments.addAll(List.of(more));
        return open(Replica.launch(arguments.toArray(String[]::new)));
    }

    private static int inUse(Replica replica) {
        return Replica.json(replica.get("/health").body()).path("shardsInUse").asInt();
    }

    private long enqueuedAt(Redis connection, int shard) {
        return connection.call("yard_depth", "{yard:" + shard + "}").stream()
                .map(row -> (List<?>) row)
                .mapToLong(row -> (Long) row.get(17))
                .sum();
    }

    @Test
    void any_door_of_any_shard_leads_to_the_nodes_and_every_request_is_sent_once() {
        Program first = launch(3);
        Program second = launch(3);
        Replica one = Replica.await(first);
        Replica two = Replica.await(second);
        one.register(nodes);
        try (Redis producer = redis.connect()) {
            for (int i = 0; i < 60; i++) {
                (i % 2 == 0 ? one : two).enqueue("rest-" + i, "");
                String base = "{yard:" + i % 3 + "}";
                List<Object> answer =
                        producer.call("yard_enqueue", base, "ID", "call-" + i, "BODY", "x");
                assertEquals("queued", Redis.text((byte[]) answer.getFirst()));
                byte[] json = Redis.bytes("{\"id\":\"push-" + i + "\"}");
                producer.run(c -> c.rpush(Redis.bytes(base + ":in"), json));
            }
            Await.until(
                    "all have succeeded",
                    () -> one.total("succeeded") == 180,
                    () -> one.get("/v1/queues").body() + first.said());
            for (int shard = 0; shard < 3; shard++) {
                assertTrue(enqueuedAt(producer, shard) > 40, "requests at shard " + shard);
            }
        }
        Map<String, List<Node.Received>> sends = Node.byId(nodes);
        assertEquals(180, sends.size());
        sends.forEach((id, received) -> assertEquals(1, received.size(), id));
        for (String id : List.of("rest-7", "call-8", "push-9", "push-10")) {
            assertEquals("succeeded", two.state(id));
        }
        assertEquals(404, two.get("/v1/requests/nobody").statusCode());
    }

    @Test
    void shards_are_added_while_traffic_flows_and_nothing_is_lost_or_taken_twice()
            throws Exception {
        Program first = launch(1);
        Program second = launch(1);
        Traffic traffic = open(new Traffic(Replica.await(first), Replica.await(second)));
        Replica any = traffic.replicas().getFirst();
        any.register(nodes);
        for (int i = 0; i < 20; i++) {
            any.enqueue("later-" + i, ",\"delayMs\":3600000");
            any.enqueue("dies-" + i, ",\"service\":\"nowhere\",\"ttlMs\":1");
        }
        traffic.start();
        traffic.awaitAccepted(300);

        Replica grown = traffic.restart(0, () -> launch(4));
        int before = traffic.accepted();
        traffic.awaitAccepted(before + 200);
        assertEquals(1, inUse(grown), "while the other replica knows one shard");
        grown = traffic.restart(1, () -> launch(4));
        Replica last = grown;
        Await.until("all four are in use", () -> inUse(last) == 4);
        traffic.awaitAccepted(traffic.accepted() + 400);
        traffic.stop();

        Set<String> accepted = traffic.acceptedIds();
        Await.until(
                "all have succeeded",
                () -> last.total("succeeded") >= accepted.size(),
                () -> last.get("/v1/queues").body() + last.program().said());
        assertEquals(accepted.size(), last.total("succeeded"), "somebody ended twice");
        assertEquals(accepted.size() + 40, last.total("enqueued"), "somebody was accepted twice");
        Map<String, List<Node.Received>> sends = Node.byId(nodes);
        assertEquals(accepted, Set.copyOf(sends.keySet()), "accepted and sent");
        assertEquals(
                Map.of(),
                sends.entrySet().stream()
                        .filter(each -> each.getValue().size() > 1)
                        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)),
                "sent twice");
        oldOnesStayKnown(last, accepted);
        try (Redis connection = redis.connect()) {
            Map<Integer, Long> spread = new TreeMap<>();
            for (int shard = 0; shard < 4; shard++) {
                spread.put(shard, enqueuedAt(connection, shard));
            }
            System.out.println(
                    "grown from 1 to 4 shards under load: "
                            + accepted.size()
                            + " accepted, all sent once, by shard "
                            + spread
                            + ", "
                            + traffic.replayed()
                            + " answered as replays, longest gap between two accepted "
                            + traffic.longestGapMs()
                            + " ms");
            assertTrue(spread.values().stream().allMatch(count -> count > 0), spread.toString());
        }
    }

    private void oldOnesStayKnown(Replica replica, Set<String> accepted) {
        ShardMap grown = ShardMap.of(1, 4);
        int moved = 0;
        for (int i = 0; i < 20; i++) {
            String id = "later-" + i;
            moved += grown.earlierHomes(id).isEmpty() ? 0 : 1;
            assertEquals("scheduled", replica.state(id));
            HttpResponse<String> again =
                    replica.post(
                            "/v1/requests",
                            "{\"id\":\"" + id + "\",\"delayMs\":3600000,\"body\":{\"n\":1}}");
            assertEquals(202, again.statusCode(), again.body());
            assertEquals("true", again.headers().firstValue("Idempotent-Replayed").orElse(""));
            HttpResponse<String> other =
                    replica.post("/v1/requests", "{\"id\":\"" + id + "\",\"body\":2}");
            assertEquals(409, other.statusCode(), other.body());
            JsonNode cancelled =
                    Replica.json(replica.send("DELETE", "/v1/requests/" + id, "").body());
            assertEquals("cancelled", cancelled.path("state").asText());
            assertTrue(!replica.state("dies-" + i).isEmpty());
        }
        assertTrue(moved > 10, "ids whose home has changed: " + moved);
        accepted.stream().limit(50).forEach(id -> assertEquals("succeeded", replica.state(id), id));
    }

    @Test
    void fewer_shards_than_hold_requests_are_refused_in_one_line() throws Exception {
        Replica three = Replica.await(launch(3));
        for (int i = 0; i < 9; i++) {
            three.enqueue("waits-" + i, "");
        }
        three.program().signal("TERM");
        assertEquals(0, three.program().exitCode());
        Program one = launch(1);
        assertEquals(1, one.exitCode());
        assertTrue(
                one.err()
                        .matches(
                                "(?s).*yardmaster serve: yardmaster.shards: 1 \\(expected: 3 or more, \\d"
                                        + " requests are in \\{yard:[12]}\\)\\s*"),
                one.said());
        Replica again = Replica.await(launch(3));
        again.register(nodes);
        Await.until("they are served", () -> again.total("succeeded") == 9);
    }
}
