package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a replica writes at its most talkative while all sorts of things go wrong.
class LogIT {
    private static final String PASSWORD = "redispassw0rd";
    private static final String API_KEY = "apikey-of-an-operator";
    private static final String HEADER = "headerSecret";
    private static final String BODY = "bodySecret";
    private static final String QUERY = "querySecret";
    private static final List<String> SECRETS =
            List.of(PASSWORD, API_KEY, HEADER, BODY, QUERY, "wrong-key-guess");

    private final RedisProcess redis = new RedisProcess();
    private final Node good = new Node("good");
    private final Node bad = new Node("bad");

    @BeforeEach
    void locked() throws IOException {
        assertTrue(
                RedisProcess.ask(port(), "CONFIG SET requirepass " + PASSWORD).startsWith("+OK"));
        bad.answer(500);
    }

    private int port() {
        return Integer.parseInt(redis.uri().substring(redis.uri().lastIndexOf(':') + 1));
    }

    @AfterEach
    void leaveNothingRunning() {
        good.close();
        bad.close();
        redis.close();
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(
                            MessageDigest.getInstance("SHA-256")
                                    .digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private Program serve(String format) throws IOException {
        Path config = Files.createTempFile("yardmaster-log", ".yml");
        Files.writeString(
                config,
                """
                yardmaster:
                  log:
                    format: %s
                  retry:
                    base: 10ms
                  security:
                    keys:
                      - {name: op, role: operator, sha256: %s}
                """
                        .formatted(format, sha256(API_KEY)));
        return Program.start(
                Map.of("YARDMASTER_LOG_LEVEL", "TRACE"),
                List.of(),
                "serve",
                "--port",
                "0",
                "--config",
                config.toString(),
                "--redis",
                redis.uri().replace("redis://", "redis://:" + PASSWORD + "@"));
    }

    private static String[] headers(String... more) {
        String[] all = java.util.Arrays.copyOf(more, more.length + 2);
        all[more.length] = "Authorization";
        all[more.length + 1] = "Bearer " + API_KEY;
        return all;
    }

    private void traffic(Replica replica) {
        for (Node node : List.of(good, bad)) {
            replica.send(
                    "PUT",
                    "/v1/nodes/" + node.id(),
                    "{\"url\":\"%s\",\"services\":[\"%s\"]}".formatted(node.url(), node.id()),
                    headers());
        }
        replica.send(
                "PUT",
                "/v1/nodes/gone",
                "{\"url\":\"http://127.0.0.1:1\",\"services\":[\"gone\"]}",
                headers());
        String request =
                "{\"id\":\"%s\",\"service\":\"%s\",\"path\":\"/x?token="
                        + QUERY
                        + "\","
                        + "\"headers\":{\"X-Token\":\""
                        + HEADER
                        + "\"},\"body\":{\"p\":\""
                        + BODY
                        + "\"}%s}";
        String callback = ",\"callbackUrl\":\"http://127.0.0.1:1/?t=" + QUERY + "\"";
        replica.post("/v1/requests", request.formatted("a", "good", callback), headers());
        replica.post("/v1/requests", request.formatted("b", "bad", callback), headers());
        replica.post("/v1/requests", request.formatted("c", "gone", ""), headers());
        replica.post("/v1/requests", request.formatted("a", "good", ",\"ttlMs\":5"), headers());
        replica.post("/v1/requests", "{\"" + BODY + "\":", headers());
        replica.post("/v1/requests", "{\"" + BODY + "\":1}", headers());
        replica.get("/v1/queues", "Authorization", "Bearer wrong-key-guess");
        replica.post(
                "/v1/services/good/forward/y?t=" + QUERY,
                BODY,
                headers("X-Token", HEADER, "Prefer", "wait=30"));
        for (String id : List.of("a", "b")) {
            Await.until(
                    id + " has ended",
                    () -> {
                        String state =
                                Replica.json(replica.get("/v1/requests/" + id, headers()).body())
                                        .path("state")
                                        .asText();
                        return state.equals("succeeded") || state.equals("dead");
                    });
        }
        replica.send("DELETE", "/v1/requests/c", "", headers());
    }

    @ParameterizedTest
    @ValueSource(strings = {"text", "json"})
    void nothing_of_a_request_and_no_secret_is_ever_written(String format) throws Exception {
        try (Replica replica = Replica.await(serve(format))) {
            Program program = replica.program();
            traffic(replica);
            Await.until(
                    "the callback that nobody takes is told",
                    () -> program.err().contains("did not take the callback"),
                    program::err);
            redis.kill();
            Await.until(
                    "Redis is missed",
                    () ->
                            replica.post("/v1/requests", "{\"body\":\"" + BODY + "\"}", headers())
                                            .statusCode()
                                    == 503);
            Await.until(
                    "that is said", () -> program.err().contains("goes on trying"), program::err);
            String said = program.out() + program.err();
            SECRETS.forEach(secret -> assertFalse(said.contains(secret), secret + " in\n" + said));
            if (format.equals("json")) {
                program.err().lines().filter(line -> !line.isBlank()).forEach(LogIT::checkJson);
            }
            assertTrue(
                    program.err()
                            .lines()
                            .anyMatch(line ->
                                    line.contains("did not take the callback")
                                            && (line.contains("\"request\":\"a\"")
                                                    || line.contains("request=a")
                                                    || line.contains("\"request\":\"b\"")
                                                    || line.contains("request=b"))),
                    program.err());
        }
    }

    private static void checkJson(String line) {
        JsonNode json = Replica.json(line);
        for (String field : List.of("ts", "level", "logger", "message")) {
            assertTrue(json.path(field).isTextual(), line);
        }
        assertEquals(24, json.path("ts").asText().length(), line);
        assertFalse(json.path("message").asText().contains("\n"), line);
    }
}
