package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `yardmaster doctor` against real processes.
class DoctorIT {
    @TempDir Path directory;
    private final List<AutoCloseable> opened = new ArrayList<>();

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

    private static Program.Result doctor(Map<String, String> env, String... more)
            throws InterruptedException {
        List<String> words = new ArrayList<>(List.of("doctor"));
        words.addAll(List.of(more));
        try (Program program = Program.start(env, List.of(), words.toArray(String[]::new))) {
            return program.result();
        }
    }

    private static JsonNode finding(JsonNode page, String check) {
        for (JsonNode finding : page.path("findings")) {
            if (finding.path("check").asText().equals(check)) {
                return finding;
            }
        }
        throw new AssertionError("no " + check + " in " + page);
    }

    @Test
    void a_fresh_installation_with_a_node_has_no_failing_line() throws Exception {
        Replica replica = open(Replica.serve("--data-dir", directory.toString()));
        Node node = open(new Node("n1"));
        replica.register(node);
        Await.until(
                "two replies agree on the roster",
                () ->
                        finding(Replica.json(replica.get("/v1/doctor").body()), "replicas")
                                .path("found")
                                .asText()
                                .contains("version [0.1.0]"));
        Program.Result result = doctor(Map.of(), "--url", replica.url());
        System.out.println(result.out());
        assertEquals(0, result.code(), result.toString());
        assertTrue(result.out().contains("ok    persistence"), result.out());
        assertTrue(result.out().contains("ok    memory"), result.out());
        JsonNode page = Replica.json(doctor(Map.of(), "--url", replica.url(), "--json").out());
        assertEquals("ok", finding(page, "this-clock").path("level").asText());
        assertEquals("ok", finding(page, "redis-door").path("level").asText());
        assertFalse(page.path("status").asText().equals("fail"), page.toString());
    }

    @Test
    void redis_that_stands_still_is_a_finding_and_comes_quickly() throws Exception {
        RedisProcess redis = open(new RedisProcess());
        Replica replica = open(Replica.serve("--redis", redis.uri()));
        redis.freeze();
        try {
            long began = System.nanoTime();
            var answer = replica.get("/v1/doctor");
            long ms = (System.nanoTime() - began) / 1_000_000;
            System.out.println("doctor without Redis: " + ms + " ms");
            assertEquals(200, answer.statusCode());
            JsonNode page = Replica.json(answer.body());
            assertEquals("fail", page.path("status").asText());
            assertEquals("fail", finding(page, "redis").path("level").asText(), page.toString());
            assertTrue(ms < 15_000, ms + " ms");
            assertEquals(1, doctor(Map.of(), "--url", replica.url()).code());
        } finally {
            redis.thaw();
        }
        Await.until(
                "it is well again",
                () ->
                        finding(Replica.json(replica.get("/v1/doctor").body()), "redis")
                                .path("level")
                                .asText()
                                .equals("ok"));
    }

    @Test
    void a_reader_may_look_and_a_producer_may_not() throws Exception {
        RedisProcess redis = open(new RedisProcess());
        StringBuilder yaml = new StringBuilder("yardmaster:\n  security:\n    keys:\n");
        for (String role : List.of("reader", "producer")) {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest((role + "-4711").getBytes(StandardCharsets.UTF_8));
            yaml.append("      - {name: " + role + ", role: " + role + ", sha256: ")
                    .append(HexFormat.of().formatHex(digest) + "}\n");
        }
        Path config = Files.writeString(directory.resolve("keys.yml"), yaml);
        Replica replica =
                open(Replica.serve("--redis", redis.uri(), "--config", config.toString()));
        String url = replica.url();
        assertEquals(0, doctor(Map.of("YARDMASTER_KEY", "reader-4711"), "--url", url).code());
        assertEquals(1, doctor(Map.of("YARDMASTER_KEY", "producer-4711"), "--url", url).code());
        assertEquals(1, doctor(Map.of(), "--url", url).code());
    }

    @Test
    void without_a_dispatcher_it_says_what_can_be_seen_from_here() throws Exception {
        RedisProcess redis = open(new RedisProcess());
        Map<String, String> env = Map.of("YARDMASTER_REDIS_URI", redis.uri());
        Program.Result result = doctor(env, "--url", "http://127.0.0.1:1");
        assertEquals(3, result.code(), result.toString());
        assertTrue(result.out().contains("fail  dispatcher"), result.out());
        assertTrue(result.out().contains("ok    redis"), result.out());
        redis.kill();
        JsonNode page = Replica.json(doctor(env, "--url", "http://127.0.0.1:1", "--json").out());
        assertEquals("fail", finding(page, "redis").path("level").asText());
        assertEquals("fail", page.path("status").asText());
    }
}
