package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.redis.Redis;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Two replicas on one Redis: together, and when one of them dies or stands still.
class ReplicasIT {
    private static final String[] PRIORITIES = {"critical", "high", "normal", "low"};

    private final List<AutoCloseable> opened = new ArrayList<>();
    private RedisProcess redis = open(new RedisProcess());
    private Node[] nodes = {open(new Node("n1")), open(new Node("n2")), open(new Node("n3"))};
    private Replica one;
    private Replica two;

    private <T extends AutoCloseable> T open(T resource) {
        opened.add(resource);
        return resource;
    }

    @BeforeEach
    void startTwoReplicas() {
        Program first = open(launch());
        Program second = open(launch());
        one = Replica.await(first);
        two = Replica.await(second);
        one.register(nodes);
    }

    private Program launch() {
        return Replica.launch("--redis", redis.uri(), "--set", "yardmaster.lease=2s");
    }

    @AfterEach
    void leaveNothingRunning() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    private void enqueue(Replica replica, String prefix, int count) {
        for (int i = 0; i < count; i++) {
            replica.enqueue(
                    prefix + i, ",\"maxRetries\":5,\"priority\":\"" + PRIORITIES[i % 4] + "\"");
        }
    }

    private void awaitAllSucceeded(Replica replica, int count) {
        Await.until(
                "all " + count + " succeeded",
                () -> replica.total("succeeded") >= count,
                () -> replica.get("/v1/queues").body() + "\n" + replica.program().said());
        assertEquals(count, replica.total("succeeded"), "somebody ended twice");
        assertEquals(count, replica.total("enqueued"));
        for (String figure : List.of("depth", "inFlight", "scheduled", "dead", "failed")) {
            assertEquals(0, replica.total(figure), figure);
        }
    }

    /// A second send has a cause on record: its attempt is a later one, and no more were sent than
    /// counted.
    private void everySendIsOnRecord(Replica replica, int count) {
        Map<String, List<Node.Received>> sends = Node.byId(nodes);
        assertEquals(count, sends.size(), "requests that reached a node");
        sends.forEach((id, received) -> {
            long different = received.stream().map(Node.Received::attempt).distinct().count();
            assertEquals(received.size(), different, "an attempt sent twice: " + received);
            if (received.size() > 1) {
                int attempts = replica.request(id).path("attempts").asInt();
                assertTrue(
                        received.size() <= attempts,
                        id + ": " + attempts + " attempts on record, sent " + received);
            }
        });
    }

    @Test
    void requests_through_every_door_of_two_replicas_are_each_sent_once() throws Exception {
        try (ExecutorService producers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> doors =
                    List.of(
                            producers.submit(() -> enqueue(one, "one-", 150)),
                            producers.submit(() -> batch(two, "two-", 150)),
                            producers.submit(() -> fcall("call-", 150)),
                            producers.submit(() -> push("push-", 150)));
            for (Future<?> door : doors) {
                door.get();
            }
        }
        awaitAllSucceeded(two, 600);
        assertEquals(600, Node.ledgerOf(nodes).size());
        everySendIsOnRecord(one, 600);
        for (String id : List.of("one-0", "two-1", "call-2", "push-3")) {
            assertEquals("succeeded", one.state(id));
            int number = Integer.parseInt(id.substring(id.indexOf('-') + 1));
            Node.Received received = Node.byId(nodes).getOrDefault(id, List.of()).getFirst();
            assertEquals(PRIORITIES[number % 4], received.priority());
        }
        double sent =
                one.metric("yardmaster_requests_total") + two.metric("yardmaster_requests_total");
        assertEquals(600, sent, "what the replicas counted");
    }

    private static void batch(Replica replica, String prefix, int count) {
        StringBuilder requests = new StringBuilder("[");
        for (int i = 0; i < count; i++) {
            requests.append(i == 0 ? "" : ",")
                    .append("{\"id\":\"" + prefix + i + "\",\"priority\":\"")
                    .append(PRIORITIES[i % 4] + "\"}");
        }
        var answer = replica.post("/v1/requests/batch", requests.append("]").toString());
        assertEquals(count, Replica.json(answer.body()).path("accepted").asInt(), answer.body());
    }

    private void fcall(String prefix, int count) {
        try (Redis producer = redis.connect()) {
            for (int i = 0; i < count; i++) {
                List<Object> answer =
                        producer.call(
                                "yard_enqueue",
                                "{yard:0}",
                                "BODY",
                                "x",
                                "PRIORITY",
                                PRIORITIES[i % 4],
                                "ID",
                                prefix + i);
                assertEquals("queued", Redis.text((byte[]) answer.getFirst()));
            }
        }
    }

    private void push(String prefix, int count) {
        try (Redis producer = redis.connect()) {
            for (int i = 0; i < count; i++) {
                byte[] json =
                        Redis.bytes(
                                "{\"id\":\"%s%d\",\"priority\":\"%s\"}"
                                        .formatted(prefix, i, PRIORITIES[i % 4]));
                producer.run(c -> c.rpush(Redis.bytes("{yard:0}:in"), json));
            }
        }
    }

    @Test
    void work_of_a_replica_that_is_killed_is_done_by_the_other() throws Exception {
        holdUntilBothAreBusy("k-", 120);
        one.program().signal("KILL");
        one.program().exitCode();
        enqueue(two, "later-", 40);
        release();
        awaitAllSucceeded(two, 160);
        everySendIsOnRecord(two, 160);
        assertTrue(two.metric("yardmaster_leases_lost_total") >= 1, "leases of the killed replica");
        assertTrue(
                Node.ledgerOf(nodes).stream().anyMatch(received -> received.attempt() > 1),
                "what the killed replica had sent was never sent again");
    }

    @Test
    void late_words_of_a_replica_that_stood_still_change_nothing() throws Exception {
        holdUntilBothAreBusy("s-", 120);
        one.program().signal("STOP");
        Await.until(
                "the leases of the stopped replica are over",
                () -> two.metric("yardmaster_leases_lost_total") >= 1);
        release();
        awaitAllSucceeded(two, 120);
        List<String> before = outcomes(120);

        one.program().signal("CONT");
        Await.until("it takes part again", () -> one.get("/health/readiness").statusCode() == 200);
        one.enqueue("after", "");
        awaitAllSucceeded(two, 121);
        Await.until("its attempts are over", () -> one.metric("yardmaster_node_in_flight") == 0);
        assertEquals(before, outcomes(120), "a late word changed an outcome");
        assertEquals(121, two.total("succeeded"), "somebody ended twice");
        everySendIsOnRecord(two, 121);
        boolean counted =
                one.metric("yardmaster_fenced_total") > 0
                        || one.program().said().contains("leases were lost or cancelled");
        assertTrue(counted, one.program().said());
    }

    private List<String> outcomes(int count) {
        List<String> outcomes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            outcomes.add(two.get("/v1/requests/s-" + i).body());
        }
        return outcomes;
    }

    private void holdUntilBothAreBusy(String prefix, int count) {
        for (Node node : nodes) {
            node.hold();
        }
        enqueue(one, prefix, count / 2);
        for (int i = count / 2; i < count; i++) {
            two.enqueue(prefix + i, ",\"maxRetries\":5");
        }
        Await.until(
                "both replicas have requests at nodes",
                () ->
                        one.metric("yardmaster_node_in_flight") > 0
                                && two.metric("yardmaster_node_in_flight") > 0,
                () -> one.get("/v1/nodes").body() + two.get("/v1/nodes").body());
    }

    private void release() {
        for (Node node : nodes) {
            node.release();
        }
    }
}
