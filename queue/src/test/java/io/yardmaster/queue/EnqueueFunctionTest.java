package io.yardmaster.queue;

import static io.yardmaster.queue.Yard.members;
import static io.yardmaster.redis.Redis.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.redis.Redis;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class EnqueueFunctionTest {
    private static Yard yard;

    @BeforeAll
    static void open() {
        yard = new Yard();
    }

    @AfterAll
    static void close() {
        yard.close();
    }

    @BeforeEach
    void clear() {
        yard.clear();
    }

    private static String enqueue(Object... options) {
        return yard.call("yard_enqueue", options);
    }

    private static Request stored(String id) {
        return ((Found.Live) yard.queue.find(id)).stored().request();
    }

    @Test
    void body_alone_is_a_whole_request() {
        assertEquals("[queued a]", enqueue("ID", "a", "BODY", "hello"));
        yard.is(
                "counts default:normal {enqueued=1}",
                "queue default:normal [a.0]",
                "request a queued attempts=0");
        assertEquals("[duplicate a]", yard.twice(() -> enqueue("ID", "a", "BODY", "hello")));
        assertEquals("[conflict a]", yard.twice(() -> enqueue("ID", "a", "BODY", "other")));
        Request request = stored("a");
        assertEquals("POST / hello", request.method() + " " + request.path() + " hello");
        assertEquals(OptionalInt.empty(), request.maxRetries());
    }

    @Test
    void body_of_any_bytes_reaches_the_node_unchanged() {
        byte[] body = new byte[512];
        for (int i = 0; i < body.length; i++) {
            body[i] = (byte) i;
        }
        assertEquals("[queued a]", enqueue("BODY", body, "ID", "a"));
        assertArrayEquals(body, yard.taken("nonce001").request().body());
        assertEquals("[queued b]", enqueue("ID", "b"));
        assertEquals(0, stored("b").body().length);
    }

    @Test
    void every_option_reaches_the_node() {
        assertEquals(
                "[queued a]",
                enqueue(
                        "body",
                        "x",
                        "SERVICE",
                        "thumbs",
                        "PRIORITY",
                        "high",
                        "METHOD",
                        "PUT",
                        "PATH",
                        "/a?b=c",
                        "HEADER",
                        "X-A",
                        "1",
                        "HEADER",
                        "X-A",
                        "2",
                        "ID",
                        "a",
                        "TIMEOUT",
                        "2000",
                        "RETRIES",
                        "0",
                        "TTL",
                        "60000",
                        "AFFINITY",
                        "user 7",
                        "CLIENT",
                        "alarm",
                        "CLIENTIP",
                        "192.0.2.7",
                        "REGION",
                        "eu",
                        "LABEL",
                        "gpu",
                        "true"));
        Request request = stored("a");
        assertEquals("thumbs:high", request.queue().toString());
        assertEquals("PUT /a?b=c", request.method() + " " + request.path());
        assertEquals(
                List.of(new Request.Header("X-A", "1"), new Request.Header("X-A", "2")),
                request.headers());
        assertEquals(Optional.of(Duration.ofSeconds(2)), request.timeout());
        assertEquals(OptionalInt.of(0), request.maxRetries());
        assertEquals(
                new Request.Routing(
                        Optional.of("user 7"),
                        Optional.of("alarm"),
                        Optional.of("192.0.2.7"),
                        Optional.of("eu"),
                        Map.of("gpu", "true"),
                        Optional.empty()),
                request.routing());
        yard.is(
                "counts thumbs:high {enqueued=1}",
                "queue thumbs:high [a.0]",
                "request a queued attempts=0 expires");
    }

    @Test
    void delayed_request_waits_among_the_later_ones() {
        assertEquals("[queued a]", enqueue("ID", "a", "DELAY", 4000));
        yard.is(
                "counts default:normal {enqueued=1, scheduled=1}",
                "later a.0",
                "request a scheduled attempts=0");
        yard.pass(Duration.ofSeconds(5));
        assertEquals(1, yard.queue.promote(1));
    }

    @Test
    void request_without_an_id_gets_one_of_its_own_each_time() {
        String first = enqueue("BODY", "x");
        String second = enqueue("BODY", "x");
        assertTrue(first.matches("\\[queued r[0-9a-f]+-1]"), first);
        assertTrue(second.matches("\\[queued r[0-9a-f]+-2]"), second);
        assertNotEquals(first, second);
        assertEquals(2, yard.take("nonce001", 9).size());
    }

    @Test
    void refused_request_does_not_even_use_up_a_number() {
        yard.redis.call("yard_configure", Yard.BASE, "max-size", 1);
        enqueue("BODY", "x");
        Map<String, String> before = yard.fixture.content();
        assertEquals("[full ]", enqueue("BODY", "x"));
        assertEquals("[invalid option: COLOUR", enqueue("COLOUR", "red").substring(0, 23));
        assertEquals(before, yard.fixture.content());
    }

    @Test
    void garbage_in_the_counter_of_ids_is_an_answer_and_changes_nothing() {
        yard.redis.run(c -> c.set(Yard.key("ids"), bytes("garbage")));
        Map<String, String> before = yard.fixture.content();
        assertEquals("[corrupt {yard:0}:ids]", enqueue("BODY", "x"));
        assertEquals(before, yard.fixture.content());
        assertEquals("[queued a]", enqueue("BODY", "x", "ID", "a"));
    }

    static Stream<Arguments> refused() {
        String text = "x".repeat(10_000);
        return Stream.of(
                refusal("SERVICE: a b (expected: [A-Za-z0-9._-]{1,64})", "SERVICE", "a b"),
                refusal("SERVICE:  (expected: [A-Za-z0-9._-]{1,64})", "SERVICE", ""),
                refusal("SERVICE: " + "s".repeat(65) + " (", "SERVICE", "s".repeat(65)),
                refusal("PRIORITY: urgent (expected: critical", "PRIORITY", "urgent"),
                refusal("METHOD: get (expected: GET", "METHOD", "get"),
                refusal("METHOD: CONNECT (expected: GET", "METHOD", "CONNECT"),
                refusal("PATH: 4 bytes (expected: /", "PATH", "work"),
                refusal("PATH: 4 bytes (expected: /", "PATH", "/a b"),
                refusal("PATH: 3 bytes (expected: /", "PATH", "/a\n"),
                refusal("PATH: 4 bytes (expected: /", "PATH", "/a#b"),
                refusal("PATH: 10001 bytes (expected: /", "PATH", "/" + text),
                refusal("ID: 0 bytes", "ID", ""),
                refusal("ID: 3 bytes", "ID", "a|b"),
                refusal("ID: 129 bytes", "ID", "i".repeat(129)),
                refusal("TIMEOUT: 0 (expected: 1 to 86400000)", "TIMEOUT", "0"),
                refusal("TIMEOUT: 86400001 (", "TIMEOUT", "86400001"),
                refusal("TIMEOUT: 1e3 (", "TIMEOUT", "1e3"),
                refusal("RETRIES: -1 (expected: 0 to 100)", "RETRIES", "-1"),
                refusal("RETRIES: 101 (", "RETRIES", "101"),
                refusal("DELAY: 1.5 (expected: 0 to 31536000000)", "DELAY", "1.5"),
                refusal("DELAY: nan (", "DELAY", "nan"),
                refusal("DELAY:  (", "DELAY", ""),
                refusal("TTL: 0 (expected: 1 to 31536000000)", "TTL", "0"),
                refusal("TTL: 31536000001 (", "TTL", "31536000001"),
                refusal("AFFINITY: 0 bytes", "AFFINITY", ""),
                refusal("AFFINITY: 257 bytes", "AFFINITY", "a".repeat(257)),
                refusal("CLIENT: 3 bytes", "CLIENT", "a\nb"),
                refusal("CLIENTIP: 46 bytes", "CLIENTIP", "1".repeat(46)),
                refusal("REGION: 65 bytes", "REGION", "r".repeat(65)),
                refusal("HEADER: name of 3 bytes", "HEADER", "a b", "v"),
                refusal("HEADER: name of 0 bytes", "HEADER", "", "v"),
                refusal("HEADER: name of 10000 bytes", "HEADER", text, "v"),
                refusal("HEADER X: 3 bytes", "HEADER", "X", "a\r\n"),
                refusal("HEADER X: 3 bytes", "HEADER", "X", "a\0b"),
                refusal("HEADER X: 10000 bytes", "HEADER", "X", text),
                refusal("HEADER: (expected: a name and a value)", "HEADER", "X"),
                refusal("HEADER: X100 (expected: at most 100 headers)", many("HEADER", 101)),
                refusal("LABEL: (expected: name and value of", "LABEL", "a b", "v"),
                refusal("LABEL: (expected: name and value of", "LABEL", "a", "v".repeat(65)),
                refusal("LABEL a: given twice", "LABEL", "a", "1", "LABEL", "a", "2"),
                refusal("LABEL: X32 (expected: at most 32 labels)", many("LABEL", 33)),
                refusal("LABEL: (expected: a name and a value)", "LABEL"),
                refusal("BODY: 11 bytes (expected: at most 10)", "BODY", "hello world"),
                refusal("BODY: (expected: a value)", "BODY"),
                refusal("BODY: given twice (expected: once)", "BODY", "a", "BODY", "b"),
                refusal("option: COLOUR (expected: BODY, SERVICE", "COLOUR", "red"));
    }

    private static Object[] many(String option, int times) {
        List<String> options = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            options.addAll(List.of(option, "X" + i, "v"));
        }
        return options.toArray();
    }

    private static Arguments refusal(String reason, Object... options) {
        return Arguments.of(reason, options);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("refused")
    void wrong_option_is_refused_by_name_and_leaves_nothing_behind(
            String reason, Object[] options) {
        yard.redis.call("yard_configure", Yard.BASE, "max-body", 10);
        String before = yard.redis.run(c -> c.dbsize()).toString();
        String answer = enqueue(options);
        assertTrue(answer.startsWith("[invalid " + reason), answer);
        assertEquals(before, yard.redis.run(c -> c.dbsize()).toString());
    }

    @Test
    void key_of_another_shape_is_refused() {
        assertEquals(
                "[invalid KEYS[1]: yard (expected: {yard:0})]",
                Yard.plain(yard.redis.call("yard_enqueue", "yard", "BODY", "x")));
        yard.is();
    }

    @Test
    void full_queue_and_busy_client_are_answers() {
        yard.redis.call(
                "yard_configure",
                Yard.BASE,
                "max-size",
                3,
                "producer-rate",
                1,
                "producer-burst",
                1);
        assertEquals("[queued a]", enqueue("ID", "a", "CLIENT", "c"));
        String limited = enqueue("ID", "b", "CLIENT", "c");
        assertTrue(limited.matches("\\[limited \\d{3,4}]"), limited);
        assertEquals("[queued c]", enqueue("ID", "c"));
        assertEquals("[queued d]", enqueue("ID", "d"));
        assertEquals("[full ]", enqueue("ID", "e"));
        yard.is(
                "bucket producer:c 0",
                "config {max-size=3, producer-burst=1, producer-rate=1}",
                "counts default:normal {enqueued=3}",
                "queue default:normal [a.0, c.0, d.0]",
                "request a queued attempts=0",
                "request c queued attempts=0",
                "request d queued attempts=0");
    }

    @Test
    void same_request_over_rest_and_redis_is_one() {
        Request rest =
                new Request(
                        "a",
                        new QueueName("thumbs", Priority.LOW),
                        "PATCH",
                        "/x",
                        List.of(new Request.Header("B", "1"), new Request.Header("A", "2")),
                        bytes("body"),
                        Optional.of(Duration.ofSeconds(70)),
                        OptionalInt.of(7),
                        new Request.Routing(
                                Optional.of("k"),
                                Optional.of("ü"),
                                Optional.of("::1"),
                                Optional.of("eu"),
                                Map.of("z", "1", "B", "2", "a", "3", "a.b", "4", "A", ""),
                                Optional.empty()));
        Object[] options = {
            "ID",
            "a",
            "LABEL",
            "z",
            "1",
            "LABEL",
            "a",
            "3",
            "LABEL",
            "B",
            "2",
            "LABEL",
            "a.b",
            "4",
            "LABEL",
            "A",
            "",
            "REGION",
            "eu",
            "CLIENTIP",
            "::1",
            "CLIENT",
            "ü",
            "AFFINITY",
            "k",
            "RETRIES",
            7,
            "TIMEOUT",
            70_000,
            "HEADER",
            "B",
            "1",
            "HEADER",
            "A",
            "2",
            "PATH",
            "/x",
            "METHOD",
            "PATCH",
            "PRIORITY",
            "low",
            "SERVICE",
            "thumbs",
            "BODY",
            "body"
        };
        assertEquals(List.of(new Admission.Queued("a")), yard.queue.offer(List.of(Offer.of(rest))));
        assertEquals("[duplicate a]", yard.twice(() -> enqueue(options)));
        yard.clear();
        assertEquals("[queued a]", enqueue(options));
        assertEquals(
                List.of(new Admission.Duplicate("a")), yard.queue.offer(List.of(Offer.of(rest))));
    }

    @Test
    void depth_can_be_read_by_a_connection_that_may_not_write() {
        enqueue("ID", "a", "SERVICE", "thumbs", "PRIORITY", "high");
        yard.twice(() -> depthReadOnly().replaceAll("oldestMs \\d+", "oldestMs T"));
        String depth = depthReadOnly();
        assertTrue(
                depth.startsWith(
                        "[[service thumbs priority high depth 1 inFlight 0 scheduled 0 dead 0 oldestMs "),
                depth);
        assertTrue(
                depth.endsWith(
                        " paused 0 enqueued 1 succeeded 0 failed 0 cancelled 0 expired 0 retried 0]]"),
                depth);
    }

    private static String depthReadOnly() {
        List<Object> reply =
                yard.redis.run(c ->
                        c.fcallReadOnly(
                                "yard_depth",
                                io.lettuce.core.ScriptOutputType.MULTI,
                                new byte[][] {bytes(Yard.BASE)}));
        return Yard.plain(reply);
    }

    @Test
    void request_of_any_door_is_taken_in_one_line() {
        enqueue("ID", "a");
        yard.offered("b");
        assertEquals("a.1|nonce001 b.1|nonce001", members(yard.take("nonce001", 9)));
        assertEquals("", Redis.text(stored("a").body()));
    }
}
