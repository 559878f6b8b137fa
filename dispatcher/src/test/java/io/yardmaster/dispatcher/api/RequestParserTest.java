package io.yardmaster.dispatcher.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.yardmaster.queue.Offer;
import io.yardmaster.queue.Priority;
import io.yardmaster.queue.Request;
import io.yardmaster.queue.Request.Header;
import io.yardmaster.queue.RequestIds;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestParserTest {
    private static final InstantSource CLOCK =
            InstantSource.fixed(Instant.parse("2026-03-01T12:00:00Z"));
    private final RequestParser parser =
            new RequestParser(1000, new RequestIds(CLOCK, new Random(1)), CLOCK, Destinations.ANY);

    private Offer good(String json) {
        return good(json, Origin.REDIS);
    }

    private Offer good(String json, Origin origin) {
        return assertInstanceOf(Parsed.Good.class, parser.parse(json.getBytes(UTF_8), origin))
                .offer();
    }

    private List<String> fields(byte[] json) {
        return assertInstanceOf(Parsed.Bad.class, parser.parse(json, Origin.REDIS))
                .errors()
                .stream()
                .map(FieldError::field)
                .toList();
    }

    @Test
    void an_empty_object_is_a_request_to_the_default_service() {
        Request request = good("{}").request();
        assertEquals("default", request.queue().service());
        assertEquals(Priority.NORMAL, request.queue().priority());
        assertEquals("POST /", request.method() + " " + request.path());
        assertEquals(0, request.body().length);
        assertEquals(List.of(), request.headers());
    }

    @Test
    void everything_that_is_named_arrives() {
        Offer offer =
                good(
                        """
                        {"service":"s","priority":"high","method":"PUT","path":"/w?a=1",
                         "headers":{"X-A":"b","X-L":["1","2"]},"bodyText":"hällo","id":"own:1",
                         "timeoutMs":2000,"maxRetries":2,"delayMs":500,"ttlMs":60000,
                         "affinityKey":"user-7","client":"panel","clientIp":"2001:db8::7",
                         "region":"eu","labels":{"gpu":"true"},"callbackUrl":"http://10.0.0.1/done"}
                        """);
        Request request = offer.request();
        assertEquals("own:1", request.id());
        assertEquals("s:high", request.queue().toString());
        assertEquals(
                List.of(
                        new Header("X-A", "b"),
                        new Header("X-L", "1"),
                        new Header("X-L", "2"),
                        new Header("Content-Type", "text/plain; charset=utf-8")),
                request.headers());
        assertEquals("hällo", new String(request.body(), UTF_8));
        assertEquals(Optional.of(Duration.ofSeconds(2)), request.timeout());
        assertEquals(2, request.maxRetries().orElseThrow());
        assertEquals(Duration.ofMillis(500), offer.delay());
        assertEquals(Duration.ofMinutes(1), offer.timeToLive());
        assertEquals(Map.of("gpu", "true"), request.routing().labels());
        assertEquals("panel", offer.producer());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{ \"b\" : [1, 2.50,\n -0.0, 1e400], \"a\":{} }",
                "[]",
                "[ ]",
                "\"te\\u0078t \\ud83d\\ude00 ü\"",
                "-12.50",
                "0",
                "12345678901234567890",
                "true",
                "false",
                "null",
                "{\"a\":\"}\\\"\"}"
            })
    void a_body_keeps_its_bytes(String body) {
        for (String json :
                List.of(
                        "{\"body\":" + body + "}",
                        "{\"body\" : " + body + " , \"service\":\"a\"}",
                        "\n{\"path\":\"/ü\",\n\"body\":\t" + body + "\n}  ".replace("ü", "u"))) {
            String fixed = json.replace("/ü", "/u");
            assertEquals(body, new String(good(fixed).request().body(), UTF_8));
            assertEquals(
                    List.of(new Header("Content-Type", "application/json")),
                    good(fixed).request().headers());
        }
    }

    @Test
    void bytes_travel_as_base64_and_a_content_type_of_the_producer_wins() {
        Request request =
                good("{\"bodyBase64\":\"AP8=\",\"headers\":{\"content-type\":\"x/y\"}}").request();
        assertArrayEquals(new byte[] {0, -1}, request.body());
        assertEquals(List.of(new Header("content-type", "x/y")), request.headers());
    }

    @Test
    void a_time_that_is_over_means_at_once() {
        assertEquals(Duration.ZERO, good("{\"notBefore\":\"2020-01-01T00:00:00Z\"}").delay());
        assertEquals(
                Duration.ofHours(1), good("{\"notBefore\":\"2026-03-01T14:00:00+01:00\"}").delay());
    }

    @Test
    void all_faults_are_told_at_once() {
        assertEquals(
                List.of("service", "nope", "timeoutMs", "priority"),
                fields(
                        "{\"service\":\"a b\",\"nope\":{\"x\":[1]},\"timeoutMs\":\"5\",\"priority\":\"HIGH\"}"
                                .getBytes(UTF_8)));
    }

    @Test
    void the_same_idempotency_key_of_the_same_producer_gives_the_same_id() {
        String quoted = good("{}", keyed("panel", "\"abc\"")).request().id();
        assertEquals(quoted, good("{}", keyed("panel", "abc")).request().id());
        assertNotEquals(quoted, good("{}", keyed("other", "abc")).request().id());
        assertEquals(23, quoted.length());
        assertEquals("own", good("{\"id\":\"own\"}", keyed("panel", "abc")).request().id());
    }

    private static Origin keyed(String key, String idempotencyKey) {
        return new Origin(
                Optional.of(key), "", Optional.of(idempotencyKey), false, Optional.empty());
    }

    @Test
    void a_body_above_the_bound_is_too_large() {
        String json = "{\"bodyText\":\"" + "x".repeat(1001) + "\"}";
        Parsed.Bad bad =
                assertInstanceOf(
                        Parsed.Bad.class, parser.parse(json.getBytes(UTF_8), Origin.REDIS));
        assertEquals(413, bad.status());
        assertEquals("bodyText: 1001 bytes (expected: at most 1000 bytes)", bad.line());
    }

    @Test
    void bytes_that_are_no_utf8_text_are_refused() {
        assertEquals(
                List.of("request"),
                fields("{}".getBytes(java.nio.charset.StandardCharsets.UTF_16)));
        assertEquals(
                List.of("request"),
                fields("{}".getBytes(java.nio.charset.StandardCharsets.UTF_16LE)));
        assertEquals(
                List.of("request"),
                fields(new byte[] {(byte) 0xef, (byte) 0xbb, (byte) 0xbf, '{', '}'}));
        assertEquals(
                List.of("request"),
                fields(new byte[] {'{', '"', (byte) 0xc0, (byte) 0xaf, '"', ':', '1', '}'}));
        assertEquals(List.of("request"), fields(new byte[0]));
    }
}
