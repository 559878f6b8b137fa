package io.yardmaster.dispatcher.api;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.dispatcher.api.Api.Reply;
import java.io.IOException;
import java.net.Socket;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Nothing of what stands here may be accepted, and none of it may leave a trace in Redis.
class BadInputTest {
    private static final Api api = new Api("yardmaster:\n  max-body: 1000\n");

    @AfterAll
    static void stop() {
        api.close();
    }

    private static Arguments json(String json, String field) {
        return Arguments.of(json.getBytes(UTF_8), field);
    }

    private static byte[] bytes(String latin1) {
        return latin1.getBytes(ISO_8859_1);
    }

    static Stream<Arguments> requests() {
        return Stream.of(
                json("", "request"),
                json("{", "request"),
                json("{\"service\":\"a\"", "service"),
                json("{} {}", "request"),
                json("{}x", "request"),
                json("[]", "request"),
                json("null", "request"),
                json("5", "request"),
                json("\"text\"", "request"),
                json("{'service':'a'}", "request"),
                json("{\"service\":\"a\",}", "service"),
                json("{/*c*/}", "request"),
                json("{\"service\":\"a\",\"service\":\"b\"}", "service"),
                json("{\"body\":{\"a\":1,\"a\":2}}", "body.a"),
                json("{\"body\":" + "[".repeat(300) + "]".repeat(300) + "}", "body"),
                json("{\"maxRetries\":" + "9".repeat(2000) + "}", "maxRetries"),
                json("{\"maxRetries\":99999999999999999999}", "maxRetries"),
                json("{\"timeoutMs\":NaN}", "timeoutMs"),
                json("{\"timeoutMs\":Infinity}", "timeoutMs"),
                json("{\"timeoutMs\":1e400}", "timeoutMs"),
                json("{\"timeoutMs\":1.5}", "timeoutMs"),
                json("{\"timeoutMs\":1.0}", "timeoutMs"),
                json("{\"timeoutMs\":\"5\"}", "timeoutMs"),
                json("{\"timeoutMs\":0}", "timeoutMs"),
                json("{\"timeoutMs\":-1}", "timeoutMs"),
                json("{\"timeoutMs\":86400001}", "timeoutMs"),
                json("{\"timeoutMs\":null}", "timeoutMs"),
                json("{\"timeoutMs\":[1]}", "timeoutMs"),
                json("{\"timeoutMs\":007}", "timeoutMs"),
                json("{\"maxRetries\":101}", "maxRetries"),
                json("{\"maxRetries\":-1}", "maxRetries"),
                json("{\"maxRetries\":true}", "maxRetries"),
                json("{\"ttlMs\":0}", "ttlMs"),
                json("{\"ttlMs\":31536000001}", "ttlMs"),
                json("{\"delayMs\":-5}", "delayMs"),
                json("{\"delayMs\":31536000001}", "delayMs"),
                json("{\"delayMs\":5,\"notBefore\":\"2026-01-01T00:00:00Z\"}", "notBefore"),
                json("{\"notBefore\":\"tomorrow\"}", "notBefore"),
                json("{\"notBefore\":\"9999-01-01T00:00:00Z\"}", "notBefore"),
                json("{\"notBefore\":\"2026-13-01T00:00:00Z\"}", "notBefore"),
                json("{\"notBefore\":1700000000}", "notBefore"),
                json("{\"id\":\"\"}", "id"),
                json("{\"id\":\"" + "x".repeat(129) + "\"}", "id"),
                json("{\"id\":\"../etc\"}", "id"),
                json("{\"id\":\"{tag}\"}", "id"),
                json("{\"id\":\"a b\"}", "id"),
                json("{\"id\":\"a\\nb\"}", "id"),
                json("{\"id\":\"*\"}", "id"),
                json("{\"id\":\"\u0430\"}", "id"),
                json("{\"id\":5}", "id"),
                json("{\"service\":\"\"}", "service"),
                json("{\"service\":\"a:b\"}", "service"),
                json("{\"service\":\"" + "s".repeat(65) + "\"}", "service"),
                json("{\"priority\":\"HIGH\"}", "priority"),
                json("{\"priority\":\"urgent\"}", "priority"),
                json("{\"priority\":1}", "priority"),
                json("{\"method\":\"post\"}", "method"),
                json("{\"method\":\"CONNECT\"}", "method"),
                json("{\"path\":\"work\"}", "path"),
                json("{\"path\":\"/a b\"}", "path"),
                json("{\"path\":\"/a#b\"}", "path"),
                json("{\"path\":\"/a\\r\\nX: y\"}", "path"),
                json("{\"path\":\"http://evil/\"}", "path"),
                json("{\"path\":\"/" + "p".repeat(8192) + "\"}", "path"),
                json("{\"headers\":[]}", "headers"),
                json("{\"headers\":{\"X\":1}}", "headers.X"),
                json("{\"headers\":{\"X\":\"a\\r\\nEvil: 1\"}}", "headers.X"),
                json("{\"headers\":{\"X\":\"a\\u0000\"}}", "headers.X"),
                json("{\"headers\":{\"X\":\"\u00e9\"}}", "headers.X"),
                json("{\"headers\":{\"X Y\":\"a\"}}", "headers.X Y"),
                json("{\"headers\":{\"\":\"a\"}}", "headers."),
                json("{\"headers\":{\"Host\":\"evil\"}}", "headers.Host"),
                json("{\"headers\":{\"Connection\":\"X-Auth\"}}", "headers.Connection"),
                json("{\"headers\":{\"Content-Length\":\"999\"}}", "headers.Content-Length"),
                json(
                        "{\"headers\":{\"Transfer-Encoding\":\"chunked\"}}",
                        "headers.Transfer-Encoding"),
                json("{\"headers\":{\"x-request-id\":\"1\"}}", "headers.x-request-id"),
                json(
                        "{\"headers\":{\"X-Yardmaster-Attempt\":\"1\"}}",
                        "headers.X-Yardmaster-Attempt"),
                json("{\"headers\":{\"X\":[\"a\",1]}}", "headers.X"),
                json("{\"labels\":{\"a b\":\"c\"}}", "labels.a b"),
                json("{\"labels\":{\"a\":\"\u00e9\"}}", "labels.a"),
                json("{\"labels\":{\"a\":[\"b\"]}}", "labels.a"),
                json("{\"client\":\"\"}", "client"),
                json("{\"client\":\"a\u202eb\"}", "client"),
                json("{\"client\":\"a\u200bb\"}", "client"),
                json("{\"client\":\"" + "c".repeat(129) + "\"}", "client"),
                json("{\"clientIp\":\"localhost\"}", "clientIp"),
                json("{\"clientIp\":\"1.2.3\"}", "clientIp"),
                json("{\"clientIp\":\"1.2.3.256\"}", "clientIp"),
                json("{\"region\":\"\"}", "region"),
                json("{\"affinityKey\":\"" + "k".repeat(257) + "\"}", "affinityKey"),
                json("{\"callbackUrl\":\"ftp://a/\"}", "callbackUrl"),
                json("{\"callbackUrl\":\"http://u:p@a/\"}", "callbackUrl"),
                json("{\"callbackUrl\":\"http://169.254.169.254/latest\"}", "callbackUrl"),
                json("{\"callbackUrl\":\"/done\"}", "callbackUrl"),
                json("{\"body\":1,\"bodyText\":\"a\"}", "bodyText"),
                json("{\"bodyText\":5}", "bodyText"),
                json("{\"bodyText\":\"\\ud800\"}", "bodyText"),
                json("{\"bodyBase64\":\"a\"}", "bodyBase64"),
                json("{\"bodyBase64\":\"%%%%\"}", "bodyBase64"),
                json("{\"attempt\":9}", "attempt"),
                json("{\"nonce\":\"x\"}", "nonce"),
                json("{\"state\":\"dead\"}", "state"),
                json("{\"Service\":\"a\"}", "Service"),
                Arguments.of(bytes("\u00ef\u00bb\u00bf{}"), "request"),
                Arguments.of(bytes("{\"client\":\"\u00c0\u00af\"}"), "request"),
                Arguments.of(bytes("{\"client\":\"\u00ff\"}"), "request"),
                Arguments.of(bytes("{\u0000}"), "request"),
                Arguments.of(bytes("\u0000{\u0000}"), "request"));
    }

    @ParameterizedTest
    @MethodSource("requests")
    void it_is_refused_by_name_and_leaves_nothing(byte[] json, String field) {
        Map<String, String> before = api.content();
        Reply reply =
                api.call("POST", "/v1/requests", json, "Content-Type", "application/json").is(400);
        assertEquals("invalid-request", reply.problem());
        assertTrue(reply.fields().contains(field), reply.text());
        assertTrue(
                reply.json()
                        .path("errors")
                        .path(0)
                        .path("message")
                        .asText()
                        .contains("(expected: "),
                reply.text());
        assertEquals(before, api.content());
        if (json.length > 0) {
            Reply batch =
                    api.call(
                                    "POST",
                                    "/v1/requests/batch",
                                    new String(json, ISO_8859_1)
                                            .replace("\n", "")
                                            .getBytes(ISO_8859_1),
                                    "Content-Type",
                                    "application/x-ndjson")
                            .is(200);
            assertEquals(0, batch.json().path("accepted").asInt(), batch.text());
            assertEquals(before, api.content());
        }
    }

    static Stream<Arguments> calls() {
        String large = "{\"bodyText\":\"" + "x".repeat(1001) + "\"}";
        return Stream.of(
                call("POST", "/v1/requests", large, "application/json", 413, "too-large"),
                call("POST", "/v1/requests", "{}", "text/plain", 415, "unsupported-media-type"),
                call(
                        "POST",
                        "/v1/requests",
                        "a=b",
                        "application/x-www-form-urlencoded",
                        415,
                        "unsupported-media-type"),
                call(
                        "POST",
                        "/v1/requests/batch",
                        "{}",
                        "text/plain",
                        415,
                        "unsupported-media-type"),
                call(
                        "POST",
                        "/v1/requests/batch",
                        "{}",
                        "application/json",
                        400,
                        "invalid-request"),
                call(
                        "POST",
                        "/v1/requests/batch",
                        "[{},",
                        "application/json",
                        400,
                        "invalid-request"),
                call(
                        "POST",
                        "/v1/requests/batch",
                        "[{}]]",
                        "application/json",
                        400,
                        "invalid-request"),
                call(
                        "POST",
                        "/v1/requests/batch",
                        "[" + "{},".repeat(1000) + "{}]",
                        "application/json",
                        413,
                        "too-large"),
                call("PATCH", "/v1/requests", "{}", "application/json", 405, "method-not-allowed"),
                call("POST", "/v1/nothing", "{}", "application/json", 404, "not-found"),
                call("GET", "/nothing", "", "text/plain", 404, "not-found"),
                call("GET", "/v1/requests/a%20b", "", "text/plain", 400, "invalid-request"),
                call("DELETE", "/v1/requests/%7Ba%7D", "", "text/plain", 400, "invalid-request"),
                call(
                        "POST",
                        "/v1/services/a%3Ab/forward/x",
                        "x",
                        "text/plain",
                        400,
                        "invalid-request"),
                call(
                        "POST",
                        "/v1/services/a/forward/x",
                        "x".repeat(1001),
                        "text/plain",
                        413,
                        "too-large"),
                call("POST", "/v1/queues/a/urgent/pause", "", "text/plain", 400, "invalid-request"),
                call("DELETE", "/v1/queues/a%20b/low", "", "text/plain", 400, "invalid-request"),
                call("GET", "/v1/dead?limit=0", "", "text/plain", 400, "invalid-request"),
                call("GET", "/v1/dead?limit=x", "", "text/plain", 400, "invalid-request"),
                call("GET", "/v1/dead?limit=1001", "", "text/plain", 400, "invalid-request"),
                call("GET", "/v1/dead?cursor=%21", "", "text/plain", 400, "invalid-request"),
                call("GET", "/v1/dead?priority=no", "", "text/plain", 400, "invalid-request"),
                call(
                        "PUT",
                        "/v1/nodes/a",
                        "{\"url\":\"file:///etc\"}",
                        "application/json",
                        400,
                        "invalid-request"),
                call(
                        "PUT",
                        "/v1/nodes/a",
                        "{\"url\":\"http://169.254.169.254/\"}",
                        "application/json",
                        400,
                        "invalid-request"),
                call(
                        "PUT",
                        "/v1/nodes/a",
                        "{\"url\":\"http://a\",\"nope\":1}",
                        "application/json",
                        400,
                        "invalid-request"),
                call(
                        "PUT",
                        "/v1/nodes/a%20b",
                        "{\"url\":\"http://a\"}",
                        "application/json",
                        400,
                        "invalid-request"),
                call("PUT", "/v1/nodes/a", "{", "application/json", 400, "invalid-request"),
                call(
                        "PUT",
                        "/v1/nodes/a",
                        "{\"url\":\"http://a\"}",
                        "text/plain",
                        415,
                        "unsupported-media-type"),
                call(
                        "POST",
                        "/v1/nodes/a/report",
                        "{\"cpu\":1.1}",
                        "application/json",
                        400,
                        "invalid-request"),
                call(
                        "POST",
                        "/v1/nodes/a/report",
                        "{\"cpu\":NaN}",
                        "application/json",
                        400,
                        "invalid-request"),
                call(
                        "POST",
                        "/v1/nodes/a/report",
                        "{\"cpu\":0.1}",
                        "application/json",
                        404,
                        "not-found"),
                call("POST", "/v1/nodes/a/drain", "", "application/json", 404, "not-found"),
                call("DELETE", "/v1/nodes/a", "", "application/json", 404, "not-found"),
                call(
                        "PUT",
                        "/v1/services/a",
                        "{\"strategy\":\"best\"}",
                        "application/json",
                        400,
                        "invalid-request"),
                call("PUT", "/v1/services/a%20b", "{}", "application/json", 400, "invalid-request"),
                call("DELETE", "/v1/services/a", "", "application/json", 404, "not-found"),
                call("POST", "/v1/dead/nobody/retry", "", "application/json", 404, "not-found"),
                call("DELETE", "/v1/dead/nobody", "", "application/json", 404, "not-found"));
    }

    private static Arguments call(
            String method, String path, String body, String type, int status, String slug) {
        return Arguments.of(method, path, body, type, status, slug);
    }

    @ParameterizedTest
    @MethodSource("calls")
    void a_wrong_call_is_a_problem_and_leaves_nothing(
            String method, String path, String body, String type, int status, String slug) {
        Map<String, String> before = api.content();
        Reply reply = api.call(method, path, body.getBytes(UTF_8), "Content-Type", type).is(status);
        assertEquals(slug, reply.problem());
        assertEquals("nosniff", reply.header("X-Content-Type-Options"));
        assertEquals("no-store", reply.header("Cache-Control"));
        if (status == 405) {
            assertTrue(reply.header("Allow").contains("POST"), reply.header("Allow"));
        }
        assertEquals(before, api.content());
    }

    static Stream<Arguments> headers() {
        return Stream.of(
                Arguments.of("Idempotency-Key", "\"\"", 400),
                Arguments.of("Idempotency-Key", "k".repeat(256), 400),
                Arguments.of("Content-Encoding", "gzip", 415),
                Arguments.of("Sec-Fetch-Site", "cross-site", 403),
                Arguments.of("Origin", "http://evil.example", 403),
                Arguments.of("Origin", "null", 403));
    }

    @ParameterizedTest
    @MethodSource("headers")
    void a_wrong_header_is_refused_and_leaves_nothing(String name, String value, int status) {
        Map<String, String> before = api.content();
        assertFalse(api.post("/v1/requests", "{}", name, value).is(status).problem().isEmpty());
        assertEquals(before, api.content());
    }

    @Test
    void a_get_of_the_raw_form_from_another_site_is_refused() {
        api.get("/v1/services/a/forward/x", "Sec-Fetch-Site", "cross-site").is(403);
        api.get("/v1/queues", "Sec-Fetch-Site", "cross-site").is(200);
    }

    static Stream<String> wire() {
        String post = "POST /v1/requests HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
        return Stream.of(
                post + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                post + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",
                post + "Content-Length: -1\r\n\r\n{}",
                post + "Content-Length: +2\r\n\r\n{}",
                post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
                post + "X : y\r\nContent-Length: 2\r\n\r\n{}",
                post + "X: " + "y".repeat(70_000) + "\r\nContent-Length: 2\r\n\r\n{}",
                "POST /" + "p".repeat(20_000) + " HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
                post + "Content-Length: 999999999\r\n\r\n");
    }

    @ParameterizedTest
    @MethodSource("wire")
    void broken_http_is_refused_on_the_wire(String text) throws IOException {
        Map<String, String> before = api.content();
        try (Socket socket = new Socket(api.server.getHost(), api.server.getPort())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(text.getBytes(ISO_8859_1));
            socket.getOutputStream().flush();
            byte[] answer = new byte[12];
            int read = socket.getInputStream().readNBytes(answer, 0, answer.length);
            if (read > 0) {
                String line = new String(answer, ISO_8859_1);
                assertTrue(line.matches("HTTP/1\\.[01] 4(00|13|14|31)"), line);
            }
        }
        assertEquals(before, api.content());
        api.get("/health").is(200);
    }
}
