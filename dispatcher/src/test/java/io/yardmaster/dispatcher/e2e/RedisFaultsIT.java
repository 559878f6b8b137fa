package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.yardmaster.redis.RedisServer;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Redis in trouble under a real replica: what producers and operators are told, how quickly, and
/// that nobody has to restart anything.
class RedisFaultsIT {
    private static final String[] FSYNC = {"--appendonly", "yes", "--appendfsync", "always"};

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final Node node = open(new Node("n1"));

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

    private static HttpResponse<String> offer(Replica replica, String id) {
        return replica.post("/v1/requests", "{\"id\":\"" + id + "\"}");
    }

    private static void served(Replica replica, String id) {
        long began = System.nanoTime();
        Await.until(
                id + " is accepted",
                () -> offer(replica, id).statusCode() == 202,
                () -> replica.program().said());
        System.out.println("accepted again after " + ms(began) + " ms");
        Await.until(
                id + " is served",
                () -> replica.state(id).equals("succeeded"),
                () -> replica.program().said());
    }

    private static long ms(long began) {
        return (System.nanoTime() - began) / 1_000_000;
    }

    private static JsonNode health(Replica replica) {
        return Replica.json(replica.get("/health").body());
    }

    @Test
    void hundred_callers_of_a_frozen_redis_are_answered_at_once_and_threads_do_not_pile_up()
            throws Exception {
        RedisServer redis = open(RedisServer.start(FSYNC));
        Replica replica = open(Replica.serve("--redis", redis.uri()));
        replica.register(node);
        served(replica, "before");
        redis.freeze();
        long frozen = System.nanoTime();
        assertEquals(503, offer(replica, "first").statusCode());
        System.out.println("first 503 " + ms(frozen) + " ms after Redis froze");

        ConcurrentLinkedQueue<Long> times = new ConcurrentLinkedQueue<>();
        for (int round = 0; round < 3; round++) {
            List<Thread> callers = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                String id = "r" + round + "-" + i;
                callers.add(
                        Thread.ofVirtual()
                                .start(() -> {
                                    long began = System.nanoTime();
                                    HttpResponse<String> answer = offer(replica, id);
                                    times.add(ms(began));
                                    assertEquals(503, answer.statusCode());
                                    assertTrue(
                                            answer.headers().firstValue("Retry-After").isPresent());
                                }));
            }
            for (Thread each : callers) {
                each.join();
            }
        }
        List<Long> sorted = times.stream().sorted().toList();
        System.out.println(
                "300 callers: p50 "
                        + sorted.get(150)
                        + " ms, p95 "
                        + sorted.get(285)
                        + " ms, slowest "
                        + sorted.getLast()
                        + " ms");
        assertEquals(300, sorted.size());
        // one try at a time may wait for its second; with it those of its batch
        assertTrue(sorted.get(150) < 900, "most callers waited: " + sorted);
        redis.thaw();
        served(replica, "after");
    }

    @Test
    void embedded_redis_that_dies_alone_is_started_again_with_its_data() throws Exception {
        Path data = Files.createTempDirectory("yardmaster-e2e-revive");
        Replica replica = open(Replica.serve("--data-dir", data.toString()));
        node.hold();
        replica.register(node);
        for (int i = 0; i < 20; i++) {
            replica.enqueue("r" + i, ",\"maxRetries\":3");
        }
        Await.until("some are at the node", () -> !node.ledger().isEmpty());
        ProcessHandle redis = redisServer(data).orElseThrow();
        long killed = System.nanoTime();
        assertTrue(redis.destroyForcibly());
        node.release();
        served(replica, "after");
        System.out.println(
                "served again " + ms(killed) + " ms after the embedded Redis was killed");
        for (int i = 0; i < 20; i++) {
            String id = "r" + i;
            Await.until(
                    id + " succeeded",
                    () -> replica.state(id).equals("succeeded"),
                    () -> replica.request(id) + "\n" + replica.program().said());
        }
        assertEquals(
                1,
                replica.program()
                        .err()
                        .lines()
                        .filter(line -> line.contains("has died, starting it again"))
                        .count(),
                replica.program().err());
        replica.program().signal("TERM");
        assertEquals(0, replica.program().exitCode(), replica.program().said());
        assertTrue(redisServer(data).isEmpty(), "the second server was left behind");
    }

    private static Optional<ProcessHandle> redisServer(Path data) throws IOException {
        Path pid = data.resolve("redis.pid");
        if (!Files.exists(pid)) {
            return Optional.empty();
        }
        return ProcessHandle.of(Long.parseLong(Files.readString(pid).strip()))
                .filter(ProcessHandle::isAlive);
    }

    @Test
    void redis_that_starts_later_than_the_replica_is_waited_for() throws Exception {
        RedisServer redis = open(RedisServer.start(FSYNC));
        redis.kill();
        Program program = open(Replica.launch("--redis", redis.uri()));
        Await.until(
                "it says what it waits for",
                () -> program.err().contains("waiting for it, up to 30 s"),
                program::said);
        redis.restart(FSYNC);
        Replica replica = open(Replica.await(program));
        replica.register(node);
        served(replica, "r");
        assertEquals(1, program.err().lines().filter(l -> l.contains("waiting for it")).count());
    }

    @Test
    void redis_that_never_comes_ends_the_start_with_one_clear_line() throws Exception {
        Program.Result result =
                Program.run(
                        "serve",
                        "--port",
                        "0",
                        "--redis",
                        "redis://user:secret@127.0.0.1:1",
                        "--set",
                        "yardmaster.redis.start-wait=2s");
        assertEquals(1, result.code(), result.err());
        String last = result.err().lines().toList().getLast();
        assertTrue(
                last.startsWith("yardmaster serve: connecting to redis://***@127.0.0.1:1:"), last);
        assertTrue(!result.err().contains("secret"), result.err());
    }

    @Test
    void wrong_password_ends_the_start_at_once() throws Exception {
        RedisServer redis = open(RedisServer.start("--requirepass", "right"));
        long began = System.nanoTime();
        Program.Result result =
                Program.run(
                        "serve",
                        "--port",
                        "0",
                        "--redis",
                        "redis://:guess@127.0.0.1:" + redis.port());
        System.out.println("refused after " + ms(began) + " ms: " + result.err());
        assertEquals(1, result.code(), result.err());
        assertTrue(result.err().contains("WRONGPASS"), result.err());
    }

    @Test
    void policy_that_evicts_found_later_refuses_enqueues_until_it_is_mended() {
        RedisServer redis = open(RedisServer.start(FSYNC));
        Replica replica = open(Replica.serve("--redis", redis.uri()));
        replica.register(node);
        served(replica, "before");
        assertEquals("fsync", health(replica).path("durability").asText());
        redis.kill();
        redis.restart(
                "--appendonly",
                "yes",
                "--appendfsync",
                "everysec",
                "--maxmemory-policy",
                "allkeys-lru");
        Await.until(
                "it is refused",
                () -> health(replica).path("enqueueRefused").asText().contains("allkeys-lru"),
                () -> replica.program().said());
        HttpResponse<String> refused = offer(replica, "during");
        assertEquals(503, refused.statusCode());
        assertTrue(refused.headers().firstValue("Retry-After").isPresent());
        redis.ask("CONFIG", "SET", "maxmemory-policy", "noeviction");
        served(replica, "after");
        assertEquals("relaxed", health(replica).path("durability").asText());
        assertEquals(
                "everysec", health(replica).path("redisSettings").path("appendfsync").asText());
    }

    @Test
    void replicated_mode_answers_when_the_copy_is_there_and_refuses_when_it_cannot_be() {
        RedisServer master = open(RedisServer.start(FSYNC));
        RedisServer copy = open(RedisServer.start());
        copy.ask("REPLICAOF", "127.0.0.1", Integer.toString(master.port()));
        Await.until(
                "the copy follows",
                () -> copy.ask("INFO", "replication").contains("master_link_status:up"));
        Replica replica =
                open(
                        Replica.serve(
                                "--redis",
                                master.uri(),
                                "--set",
                                "yardmaster.redis.wait-replicas=1",
                                "--set",
                                "yardmaster.redis.wait-timeout=500ms"));
        assertEquals("replicated", health(replica).path("durability").asText());
        assertEquals(1, health(replica).path("redisSettings").path("waitReplicas").asInt());
        HttpResponse<String> accepted = offer(replica, "r1");
        assertEquals(202, accepted.statusCode());
        assertEquals("replicated", Replica.json(accepted.body()).path("durability").asText());
        assertEquals(":1", copy.ask("EXISTS", "{yard:0}:r:r1"));

        copy.freeze();
        long began = System.nanoTime();
        HttpResponse<String> unknown = offer(replica, "r2");
        System.out.println("without its copy refused after " + ms(began) + " ms");
        assertEquals(503, unknown.statusCode());
        assertTrue(unknown.headers().firstValue("Retry-After").isPresent());
        // what is there already goes on: only enqueues wait for copies
        replica.register(node);
        Await.until("r1 is served", () -> replica.state("r1").equals("succeeded"));
        copy.thaw();
        served(replica, "r2");
    }

    @Test
    void name_of_redis_that_points_elsewhere_is_followed() throws Exception {
        // a name server's change, as the JDK's own hosts file
        Path hosts = Files.createTempFile("yardmaster-e2e", ".hosts");
        Files.writeString(hosts, "127.0.0.1 redis.home\n");
        RedisServer old = open(RedisServer.start(FSYNC));
        Program program =
                open(
                        Replica.launch(
                                List.of("env", "JAVA_TOOL_OPTIONS=-Djdk.net.hosts.file=" + hosts),
                                "--redis",
                                "redis://redis.home:" + old.port()));
        Replica replica = open(Replica.await(program));
        replica.register(node);
        served(replica, "before");

        RedisServer fresh = open(RedisServer.startAt("127.0.0.7", old.port(), FSYNC));
        Files.writeString(hosts, "127.0.0.7 redis.home\n");
        old.kill();
        long began = System.nanoTime();
        Await.until(
                "the new one is asked",
                () -> replica.get("/health/readiness").statusCode() == 200,
                program::said);
        System.out.println("followed the name after " + ms(began) + " ms");
        replica.register(node);
        served(replica, "after");
        assertEquals(":0", fresh.ask("EXISTS", "{yard:0}:r:before"));
        Files.delete(hosts);
    }
}
