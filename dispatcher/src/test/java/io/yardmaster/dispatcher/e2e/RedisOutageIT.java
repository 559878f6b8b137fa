package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Redis stands still, or dies and comes back: producers are told at once, and nobody has to
/// restart anything.
class RedisOutageIT {
    /// Far above the command timeout of 1 s and its repetitions; a hang would be the client's 60 s.
    private static final long QUICK_MS = 15_000;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final RedisProcess redis = open(new RedisProcess());
    private final Node node = open(new Node("n1"));
    private Replica replica = open(Replica.serve("--redis", redis.uri()));

    private <T extends AutoCloseable> T open(T resource) {
        opened.add(resource);
        return resource;
    }

    @BeforeEach
    void holdSomeAtTheNode() {
        node.hold();
        replica.register(node);
        for (int i = 0; i < 20; i++) {
            replica.enqueue("before-" + i, ",\"maxRetries\":3");
        }
        Await.until("some are at the node", () -> !node.ledger().isEmpty());
    }

    @AfterEach
    void leaveNothingRunning() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    @Test
    void redis_that_stands_still_is_told_at_once_and_is_no_reason_to_restart() {
        redis.freeze();
        refusesQuickly();
        node.release();
        redis.thaw();
        recovers();
    }

    @Test
    void redis_that_is_killed_and_comes_back_with_its_data_is_no_reason_to_restart()
            throws Exception {
        redis.kill();
        refusesQuickly();
        node.release();
        redis.restart();
        recovers();
    }

    private void refusesQuickly() {
        long began = System.nanoTime();
        HttpResponse<String> answer = replica.post("/v1/requests", "{\"id\":\"during\"}");
        long took = (System.nanoTime() - began) / 1_000_000;
        System.out.println("refused after " + took + " ms");
        assertEquals(503, answer.statusCode(), answer.body());
        assertTrue(
                Replica.json(answer.body()).path("type").asText().endsWith("redis-unavailable"),
                answer.body());
        assertTrue(answer.headers().firstValue("Retry-After").isPresent());
        assertTrue(took < QUICK_MS, "it took " + took + " ms");
        assertEquals(503, replica.get("/health/readiness").statusCode());
        assertEquals(200, replica.get("/health/liveness").statusCode());
    }

    private void recovers() {
        Await.until(
                "it is ready again",
                () -> replica.get("/health/readiness").statusCode() == 200,
                () -> replica.program().said());
        replica.enqueue("after", "");
        for (int i = 0; i < 20; i++) {
            String id = "before-" + i;
            Await.until(
                    id + " succeeded",
                    () -> replica.state(id).equals("succeeded"),
                    () -> replica.request(id) + "\n" + replica.program().said());
        }
        Await.until("new ones too", () -> replica.state("after").equals("succeeded"));
        Await.until("nothing is left", () -> replica.total("inFlight") == 0);
        Node.byId(node)
                .forEach((id, sends) ->
                        assertEquals(
                                sends.size(),
                                sends.stream().map(Node.Received::attempt).distinct().count(),
                                "an attempt was sent twice: " + sends));
    }
}
