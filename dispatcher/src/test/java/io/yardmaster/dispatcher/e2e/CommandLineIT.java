package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// The command line, each command a process of its own, against a replica.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CommandLineIT {
    private final RedisProcess redis = new RedisProcess();
    private final Node node = new Node("n1");
    private final Replica replica = Replica.serve("--redis", redis.uri());

    @BeforeAll
    void registerTheNode() {
        replica.register(node);
    }

    @AfterAll
    void leaveNothingRunning() {
        replica.close();
        node.close();
        redis.close();
    }

    private Program.Result yardmaster(int code, String... words) throws InterruptedException {
        List<String> all = new ArrayList<>(List.of(words));
        all.addAll(List.of("--url", replica.url()));
        Program.Result result = Program.run(all.toArray(String[]::new));
        assertEquals(code, result.code(), String.join(" ", words) + "\n" + result);
        return result;
    }

    @Test
    void a_request_is_enqueued_awaited_and_looked_at() throws Exception {
        Program.Result waited =
                yardmaster(0, "enqueue", "{\"image\":7}", "--id", "cli-1", "--wait");
        assertTrue(waited.out().contains("succeeded"), waited.out());
        assertTrue(
                node.ledger().stream().anyMatch(sent -> sent.body().equals("{\"image\":7}")),
                "" + node.ledger());
        JsonNode found = Replica.json(yardmaster(0, "get", "cli-1", "--json").out());
        assertEquals("succeeded", found.path("state").asText());
        assertEquals(1, found.path("attempts").asInt());
        Program.Result why = yardmaster(0, "why", "cli-1");
        assertTrue(
                why.out().contains("Attempt 1 went to n1: it was the only candidate."), why.out());
        assertTrue(why.out().contains("NODE  BACKLOG"), why.out());
        Program.Result missing = yardmaster(1, "get", "cli-none");
        assertTrue(missing.err().contains("cli-none"), missing.toString());
        assertEquals("", missing.out());
    }

    @Test
    void a_request_that_is_at_a_node_says_at_which() throws Exception {
        node.hold();
        yardmaster(0, "enqueue", "x", "--id", "cli-5");
        Await.until(
                "its node is told",
                () -> replica.request("cli-5").path("node").asText("").equals("n1"));
        Program.Result why = yardmaster(0, "why", "cli-5");
        node.release();
        assertTrue(why.out().startsWith("It is at node n1 since "), why.out());
        assertTrue(why.out().contains(", as attempt 1 of 2, sent by replica "), why.out());
        Await.until("it ends", () -> replica.state("cli-5").equals("succeeded"));
    }

    @Test
    void a_paused_queue_keeps_requests_that_can_be_explained_and_cancelled() throws Exception {
        yardmaster(0, "pause", "shop/low");
        replica.register(node);
        yardmaster(0, "enqueue", "x", "--id", "cli-2", "--service", "shop", "-p", "low");
        Program.Result why = yardmaster(0, "why", "cli-2");
        assertTrue(why.out().contains("pause"), why.out());
        JsonNode queues = Replica.json(yardmaster(0, "depth", "--json").out()).path("queues");
        boolean seen = false;
        for (JsonNode queue : queues) {
            if (queue.path("service").asText().equals("shop")
                    && queue.path("priority").asText().equals("low")) {
                seen = queue.path("depth").asInt() == 1 && queue.path("paused").asBoolean();
            }
        }
        assertTrue(seen, queues.toString());
        yardmaster(0, "cancel", "cli-2");
        assertEquals("cancelled", replica.state("cli-2"));
        yardmaster(0, "enqueue", "x", "--id", "cli-4", "--wait");
        yardmaster(1, "cancel", "cli-4");
        yardmaster(0, "resume", "shop/low");
    }

    @Test
    void what_was_given_up_is_listed_and_sent_again() throws Exception {
        node.answer(422);
        yardmaster(1, "enqueue", "x", "--id", "cli-3", "--wait");
        assertTrue(yardmaster(0, "dead", "list").out().contains("cli-3"));
        node.answer(200);
        yardmaster(0, "dead", "retry", "cli-3");
        Await.until("it is served", () -> replica.state("cli-3").equals("succeeded"));
    }

    @Test
    void nodes_are_listed() throws Exception {
        assertTrue(yardmaster(0, "nodes").out().contains("n1"));
    }

    @Test
    void a_dispatcher_that_is_not_there_is_exit_code_3() throws Exception {
        Program.Result result = Program.run("depth", "--url", "http://127.0.0.1:1");
        assertEquals(3, result.code(), result.toString());
        assertTrue(result.err().contains("127.0.0.1:1"), result.err());
        assertTrue(!result.err().contains("\tat "), result.err());
    }

    @Test
    void its_start_is_measured() throws Exception {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        long bare = Long.MAX_VALUE;
        long ours = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            long began = System.nanoTime();
            Process version =
                    new ProcessBuilder(java, "-version")
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            assertTrue(version.waitFor(Await.LONG.toSeconds(), TimeUnit.SECONDS));
            bare = Math.min(bare, System.nanoTime() - began);
            began = System.nanoTime();
            yardmaster(0, "depth", "--json");
            ours = Math.min(ours, System.nanoTime() - began);
        }
        System.out.printf(
                "yardmaster depth: %d ms, java -version: %d ms, ratio %.1f%n",
                ours / 1_000_000, bare / 1_000_000, (double) ours / bare);
    }
}
