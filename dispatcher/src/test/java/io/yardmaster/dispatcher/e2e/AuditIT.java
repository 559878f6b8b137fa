package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.yardmaster.redis.Redis;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Careless hands in the Redis of a running replica: it mends what can be mended, says what it
/// found, and goes on without a restart.
class AuditIT {
    private static final int WAITING = 20;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final RedisProcess server = open(new RedisProcess());
    private final Node node = open(new Node("n1"));
    private final Replica replica =
            open(
                    Replica.serve(
                            "--redis", server.uri(), "--set", "yardmaster.audit.interval=500ms"));
    private final Redis redis = open(server.connect());

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

    private static byte[] key(String name) {
        return Redis.bytes("{yard:0}:" + name);
    }

    private long listed() {
        return redis.run(c -> c.llen(key("q:default:normal")));
    }

    private void mended(String what, Runnable damage, Callable<Boolean> whole) {
        long began = System.nanoTime();
        damage.run();
        Await.until(what + " is mended", whole, () -> replica.program().said());
        System.out.println(
                what + ": mended after " + (System.nanoTime() - began) / 1_000_000 + " ms");
    }

    @Test
    void what_careless_hands_do_is_mended_and_told() {
        replica.register(node);
        assertEquals(200, replica.post("/v1/queues/default/normal/pause", "").statusCode());
        for (int i = 0; i < WAITING; i++) {
            replica.enqueue("w" + i, ",\"maxRetries\":2");
        }
        replica.enqueue("later", ",\"delayMs\":600000,\"service\":\"other\"");
        Await.until("a pass is over", () -> passes() > 0);

        mended(
                "DEL of a list",
                () -> redis.run(c -> c.del(key("q:default:normal"))),
                () -> listed() == WAITING);
        mended(
                "SET over a list",
                () -> redis.run(c -> c.set(key("q:default:normal"), Redis.bytes("oops"))),
                () ->
                        redis.run(c -> c.type(key("q:default:normal"))).equals("list")
                                && listed() == WAITING);
        mended(
                "DEL of queues and config",
                () -> redis.run(c -> c.del(key("queues"), key("config"))),
                () ->
                        redis.run(c -> c.scard(key("queues"))) == 2
                                && redis.run(
                                        c -> c.hexists(key("config"), Redis.bytes("max-size"))));
        mended(
                "DEL of later",
                () -> redis.run(c -> c.del(key("later"))),
                () -> List.of("succeeded", "in-flight", "queued").contains(replica.state("later")));
        mended(
                "DEL of the counters and the pause",
                () -> redis.run(c -> c.del(key("n:default:normal"))),
                () -> redis.run(c -> c.hexists(key("n:default:normal"), Redis.bytes("paused"))));
        mended(
                "DEL of a request",
                () -> redis.run(c -> c.del(key("r:w7"))),
                () -> depth() == WAITING - 1);
        assertEquals("queued", replica.state("w3"));

        assertEquals(200, replica.post("/v1/queues/default/normal/resume", "").statusCode());
        for (int i = 0; i < WAITING; i++) {
            String id = "w" + i;
            if (i != 7) {
                Await.until(
                        id + " succeeded",
                        () -> replica.state(id).equals("succeeded"),
                        () -> replica.request(id) + "\n" + replica.program().said());
            }
        }
        Map<String, List<Node.Received>> sends = Node.byId(node);
        assertEquals(
                WAITING - 1L, sends.keySet().stream().filter(id -> id.startsWith("w")).count());
        sends.forEach((id, each) -> assertEquals(1, each.size(), id + ": " + each));
        String said = replica.program().said();
        assertTrue(said.contains("audit of {yard:0}: wrong-type (1)"), said);
        String figures = replica.get("/prometheus").body();
        assertTrue(
                figures.contains("yardmaster_audit_repairs_total{kind=\"ticket-missing\"}"),
                figures);
        assertTrue(figures.contains("yardmaster_audit_pass_seconds{shard=\"0\"}"), figures);
    }

    @Test
    void a_flushed_redis_is_told_and_served_on() {
        replica.register(node);
        replica.enqueue("before", "");
        Await.until("it succeeded", () -> replica.state("before").equals("succeeded"));
        Await.until("a pass is over", () -> passes() > 0);
        mended(
                "FLUSHALL",
                () -> redis.run(c -> c.flushall()),
                () -> redis.run(c -> c.hexists(key("config"), Redis.bytes("max-size"))));
        Await.until("it is told", () -> replica.program().said().contains("flushed (1)"));
        replica.register(node);
        replica.enqueue("after", "");
        Await.until(
                "new ones succeed",
                () -> replica.state("after").equals("succeeded"),
                () -> replica.program().said());
    }

    private long passes() {
        JsonNode shards = Replica.json(replica.get("/v1/audit").body()).path("shards");
        return shards.path(0).path("pass").asLong();
    }

    private long depth() {
        for (JsonNode queue : Replica.json(replica.get("/v1/queues").body()).path("queues")) {
            if (queue.path("service").asText().equals("default")) {
                return queue.path("depth").asLong();
            }
        }
        return -1;
    }
}
