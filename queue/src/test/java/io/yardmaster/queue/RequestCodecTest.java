package io.yardmaster.queue;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestCodecTest {
    private static byte[] record(Request request, String history) {
        byte[] content = RequestCodec.content(request);
        byte[] past = history.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(RequestCodec.HEADER_LENGTH + content.length + past.length)
                .put((byte) 1)
                .put((byte) 'l')
                .put((byte) 0)
                .put((byte) 2)
                .putShort((short) 40_000)
                .putShort((short) 3)
                .putShort((short) 0x019a)
                .putInt(0x89abcdef)
                .putShort((short) 0)
                .putInt(7)
                .put("nonce001".getBytes(StandardCharsets.UTF_8))
                .putInt(content.length)
                .put(content)
                .put(past)
                .array();
    }

    private static String text(SplittableRandom random, int longest) {
        StringBuilder text = new StringBuilder();
        int length = 1 + random.nextInt(longest);
        for (int i = 0; i < length; i++) {
            text.appendCodePoint(random.nextInt(10) == 0 ? 0x1F600 : 'a' + random.nextInt(26));
        }
        return text.toString();
    }

    private static <T> Optional<T> maybe(SplittableRandom random, Supplier<T> value) {
        return random.nextBoolean() ? Optional.of(value.get()) : Optional.empty();
    }

    private static Request random(SplittableRandom random) {
        List<Request.Header> headers = new ArrayList<>();
        Map<String, String> labels = new HashMap<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            headers.add(new Request.Header(text(random, 9), text(random, 300)));
            labels.put(text(random, 3), text(random, 9));
        }
        byte[] body = new byte[random.nextInt(2000)];
        random.nextBytes(body);
        return new Request(
                "id-" + random.nextInt(),
                new QueueName("s".repeat(1 + random.nextInt(64)), Priority.of(random.nextInt(4))),
                random.nextBoolean() ? "POST" : "DELETE",
                "/" + text(random, 500),
                headers,
                body,
                maybe(random, () -> Duration.ofMillis(1 + random.nextInt(86_400_000))),
                random.nextBoolean() ? OptionalInt.of(random.nextInt(101)) : OptionalInt.empty(),
                new Request.Routing(
                        maybe(random, () -> text(random, 200)),
                        maybe(random, () -> text(random, 90)),
                        maybe(random, () -> "192.0.2.7"),
                        maybe(random, () -> text(random, 20)),
                        labels,
                        maybe(random, () -> "http://" + text(random, 20))));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void every_request_comes_back_as_it_was(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 500; i++) {
            Request request = random(random);
            byte[] record = record(request, "{\"attempt\":1}\n{\"attempt\":2}\n");
            StoredRequest stored = RequestCodec.decode(request.id(), record);
            Request back = stored.request();
            String which = "seed " + seed + " request " + i;
            assertArrayEquals(request.body(), back.body(), which);
            assertEquals(bodiless(request, request.body()), bodiless(back, request.body()), which);
            assertEquals(List.of("{\"attempt\":1}", "{\"attempt\":2}"), stored.history());
            assertArrayEquals(RequestCodec.content(request), RequestCodec.content(back), which);
        }
    }

    private static Request bodiless(Request request, byte[] body) {
        return new Request(
                request.id(),
                request.queue(),
                request.method(),
                request.path(),
                request.headers(),
                body,
                request.timeout(),
                request.maxRetries(),
                request.routing());
    }

    @Test
    void header_is_read_unsigned() {
        Request request = Request.of("a", Yard.NORMAL, "/", new byte[0]);
        StoredRequest stored = RequestCodec.decode("a", record(request, ""));
        assertEquals(StoredRequest.State.LEASED, stored.state());
        assertEquals(
                "40000 3 2",
                stored.attempts() + " " + stored.forgiven() + " " + stored.lostLeases());
        assertEquals(0x019a_89ab_cdefL, stored.enqueuedAt().toEpochMilli());
        assertTrue(stored.expires());
        assertEquals("nonce001", stored.nonce());
        assertEquals(List.of(), stored.history());
    }

    @Test
    void damaged_record_is_refused_and_never_misread() {
        SplittableRandom random = new SplittableRandom(4);
        for (int i = 0; i < 300; i++) {
            byte[] whole = record(random(random), "");
            byte[] cut = Arrays.copyOf(whole, random.nextInt(whole.length));
            assertThrows(IllegalArgumentException.class, () -> RequestCodec.decode("a", cut));
        }
        for (int i = 0; i < 3000; i++) {
            byte[] bent = record(random(random), "");
            bent[random.nextInt(Math.min(bent.length, 120))] ^= (byte) (1 + random.nextInt(255));
            try {
                RequestCodec.decode("a", bent);
            } catch (IllegalArgumentException e) {
                assertTrue(String.valueOf(e.getMessage()).contains("expected"), e.getMessage());
            }
        }
    }

    @Test
    void fingerprint_goes_by_the_content_alone() {
        Request request = Request.of("a", Yard.NORMAL, "/", new byte[] {1});
        Request other = Request.of("a", Yard.NORMAL, "/", new byte[] {2});
        int length = RequestCodec.content(request).length;
        String print = fingerprint(record(request, ""), length);
        assertEquals(print, fingerprint(record(request, "{}\n"), length));
        assertNotEquals(print, fingerprint(record(other, ""), length));
        assertTrue(print.matches("[0-9a-f]{40}"), print);
    }

    private static String fingerprint(byte[] record, int length) {
        return new String(RequestCodec.fingerprint(record, length), StandardCharsets.UTF_8);
    }
}
