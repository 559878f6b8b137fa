package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.dispatcher.e2e.Producers.Kind;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Two replicas behind the real nginx and the real HAProxy; one of the two dies, or is told to end.
@Tag("long")
class FrontIT {
    @TempDir Path directory;
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final Node[] nodes = {open(new Node("n1")), open(new Node("n2"))};

    /// Two replicas behind one proxy.
    private record House(Replica one, Replica two, Front front) {}

    private <T extends AutoCloseable> T open(T resource) {
        opened.add(resource);
        return resource;
    }

    private House start(String program) throws Exception {
        RedisProcess redis = open(new RedisProcess());
        List<Program> starting = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            starting.add(
                    open(
                            Replica.launch(
                                    "--redis",
                                    redis.uri(),
                                    "--set",
                                    "yardmaster.lease=5s",
                                    "--set",
                                    "yardmaster.redis.timeout=5s",
                                    "--set",
                                    "yardmaster.rate-limit.producer.rate=0")));
        }
        Replica one = Replica.await(starting.get(0));
        Replica two = Replica.await(starting.get(1));
        one.register(nodes);
        Front front = open(Front.start(program, directory, port(one), port(two)));
        return new House(one, two, front);
    }

    private static int port(Replica replica) {
        return URI.create(replica.url()).getPort();
    }

    @AfterEach
    void leaveNothingRunning() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"nginx, KILL", "nginx, TERM", "haproxy, KILL", "haproxy, TERM"})
    void a_replica_that_ends_behind_a_proxy_loses_nothing_and_doubles_nothing(
            String program, String signal) throws Exception {
        House house = start(program);
        Replica two = house.two();
        Front front = house.front();
        Producers producers = open(new Producers(front.url(), 4));
        Await.until("there is load", () -> producers.accepted() > 300, front::said);
        long at = System.nanoTime();
        int before = producers.accepted();
        house.one().program().signal(signal);
        house.one().program().exitCode();
        Await.until("load goes on", () -> producers.accepted() > before + 300, front::said);
        producers.close();
        System.out.printf(
                "%s, %s: without service %d ms; %s%s%n",
                program,
                signal,
                producers.longestGapMillis(at),
                producers.figures(),
                producers.someFailures());

        Await.until(
                "everything ends",
                () -> two.total("succeeded") == two.total("enqueued"),
                () -> two.get("/v1/queues").body());
        Map<String, List<Node.Received>> sends = Node.byId(nodes);
        Set<String> lost = new HashSet<>(producers.ids());
        lost.removeAll(sends.keySet());
        assertEquals(Set.of(), lost, "accepted and never sent");
        long enqueued = two.total("enqueued");
        // A call without a name that failed may have been accepted, and nobody was told.
        long unknown = enqueued - producers.accepted();
        assertTrue(
                unknown >= 0 && unknown <= producers.failed(Kind.BARE),
                enqueued + " enqueued, " + producers.figures());
        Set<String> bodies = new HashSet<>();
        for (List<Node.Received> received : sends.values()) {
            assertTrue(
                    bodies.add(received.getFirst().body()),
                    "one call became two requests: " + received);
            assertEquals(
                    received.size(),
                    received.stream().map(Node.Received::attempt).distinct().count(),
                    "an attempt was sent twice: " + received);
        }
        List<List<Node.Received>> again =
                sends.values().stream().filter(received -> received.size() > 1).toList();
        System.out.printf("lost 0, doubled 0; sent again %d: %s%n", again.size(), again);
        again.forEach(received -> onRecord(two, received));
    }

    /// A second send has a cause on record: each attempt is one, and the first ended somehow.
    private static void onRecord(Replica two, List<Node.Received> received) {
        var request = two.request(received.getFirst().id());
        assertTrue(request.path("attempts").asInt() >= received.size(), request + "" + received);
        assertTrue(request.path("history").size() >= received.size(), request + "" + received);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nginx", "haproxy"})
    void a_producer_that_waits_for_the_end_gets_it_through_the_proxy(String program)
            throws Exception {
        String url = start(program).front().url();
        var answer = post(url, "/v1/requests", "{\"id\":\"w\",\"body\":1}", "Prefer", "wait=20");
        assertEquals(200, answer.statusCode(), answer.body());
        assertEquals("succeeded", Replica.json(answer.body()).path("state").asText());
        var raw = post(url, "/v1/services/default/forward/x", "hello", "Prefer", "wait=20");
        assertEquals(200, raw.statusCode(), raw.body());
        assertEquals("{\"served\":true}", raw.body());
        var again = post(url, "/v1/services/default/forward/x", "k", "Idempotency-Key", "same");
        assertEquals(202, again.statusCode(), again.body());
        var repeated = post(url, "/v1/services/default/forward/x", "k", "Idempotency-Key", "same");
        assertEquals("true", repeated.headers().firstValue("Idempotent-Replayed").orElse(""));
    }

    @Test
    void haproxy_asks_for_readiness_and_leaves_a_replica_alone_that_is_not_ready()
            throws Exception {
        House house = start("haproxy");
        String url = house.front().url();
        house.one().program().signal("STOP");
        try {
            int good = 0;
            for (int i = 0; i < 200 && good < 20; i++) {
                try {
                    good =
                            post(url, "/v1/requests", "{}", "Idempotency-Key", "s" + i).statusCode()
                                            == 202
                                    ? good + 1
                                    : 0;
                } catch (java.io.IOException e) {
                    good = 0;
                }
            }
            assertEquals(20, good, "in a row");
        } finally {
            house.one().program().signal("CONT");
        }
    }

    private static java.net.http.HttpResponse<String> post(
            String url, String path, String body, String... headers) throws Exception {
        try (var client = java.net.http.HttpClient.newHttpClient()) {
            return client.send(
                    java.net.http.HttpRequest.newBuilder(URI.create(url + path))
                            .timeout(java.time.Duration.ofSeconds(30))
                            .header("Content-Type", "application/json")
                            .headers(headers)
                            .POST(java.net.http.HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    java.net.http.HttpResponse.BodyHandlers.ofString());
        }
    }
}
