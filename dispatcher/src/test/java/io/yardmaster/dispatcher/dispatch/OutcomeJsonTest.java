package io.yardmaster.dispatcher.dispatch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.yardmaster.queue.Priority;
import io.yardmaster.queue.QueueName;
import io.yardmaster.queue.Request;
import io.yardmaster.queue.Request.Header;
import io.yardmaster.queue.StoredRequest;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// What is kept of an answer.
final class OutcomeJsonTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final StoredRequest STORED =
            new StoredRequest(
                    Request.of("id", new QueueName("default", Priority.NORMAL), "/", new byte[0]),
                    StoredRequest.State.LEASED,
                    1,
                    0,
                    0,
                    Instant.ofEpochMilli(1),
                    false,
                    "a1b2c3d4",
                    List.of(),
                    new byte[0],
                    0);

    private static String outcome(List<Header> headers, byte[] body) {
        var answer = new Forwarder.Answer.Responded(200, headers, body, false);
        return OutcomeJson.outcome(
                STORED,
                new OutcomeJson.Attempt(1, "nuc", 2, 3, answer, "success", Optional.empty()),
                null,
                4);
    }

    private static String line(String response) {
        return "{\"service\":\"default\",\"priority\":\"normal\",\"attempts\":1,\"node\":\"nuc\","
                + "\"enqueuedAt\":1,\"settledAt\":4,\"method\":\"POST\",\"path\":\"/\","
                + "\"response\":"
                + response
                + ",\"history\":[{\"attempt\":1,\"node\":\"nuc\",\"at\":2,\"ms\":3,\"status\":200,"
                + "\"cause\":\"success\"}]}";
    }

    @Test
    void headers_stand_by_name_and_those_of_one_name_together() {
        List<Header> headers =
                List.of(
                        new Header("set-cookie", "b=2"),
                        new Header("Date", "now"),
                        new Header("Set-Cookie", "a=1"),
                        new Header("age", "0"));
        assertEquals(
                line(
                        "{\"status\":200,\"headers\":{\"age\":\"0\",\"Date\":\"now\","
                                + "\"set-cookie\":[\"b=2\",\"a=1\"]},\"body\":\"ok\","
                                + "\"truncated\":false}"),
                outcome(headers, "ok".getBytes(UTF_8)));
    }

    @Test
    void headers_stand_as_in_a_map_of_names() throws JsonProcessingException {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 20_000; i++) {
            List<Header> headers = new ArrayList<>();
            for (int left = random.nextInt(random.nextBoolean() ? 6 : 60); left > 0; left--) {
                headers.add(new Header(name(random), "\"" + left));
            }
            String expected = JSON.writeValueAsString(response(headers));
            assertEquals(line(expected), outcome(headers, new byte[0]));
        }
    }

    private static String name(SplittableRandom random) {
        StringBuilder name = new StringBuilder();
        for (int left = random.nextInt(4); left >= 0; left--) {
            name.append("aAbBkK-_\u00e4\u00c4\u00ff".charAt(random.nextInt(11)));
        }
        return name.toString();
    }

    private static Map<String, Object> response(List<Header> headers) {
        Map<String, List<String>> byName = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        headers.forEach(header ->
                byName.computeIfAbsent(header.name(), _ -> new ArrayList<>()).add(header.value()));
        Map<String, Object> fields = new LinkedHashMap<>();
        byName.forEach((name, values) ->
                fields.put(name, values.size() == 1 ? values.getFirst() : values));
        Map<String, Object> response = new LinkedHashMap<>();
        response.put("status", 200);
        response.put("headers", fields);
        response.put("body", "");
        response.put("truncated", false);
        return response;
    }

    @Test
    void body_is_text_when_it_is_utf_8_and_base64_otherwise() {
        SplittableRandom random = new SplittableRandom(2);
        for (int i = 0; i < 100_000; i++) {
            byte[] body = body(random);
            String kept;
            try {
                kept = "\"body\":\"" + UTF_8.newDecoder().decode(ByteBuffer.wrap(body)) + "\"";
            } catch (CharacterCodingException _) {
                kept = "\"bodyBase64\":\"" + Base64.getEncoder().encodeToString(body) + "\"";
            }
            assertEquals(
                    line("{\"status\":200,\"headers\":{}," + kept + ",\"truncated\":false}"),
                    outcome(List.of(), body));
        }
    }

    /// Text of 1 to 4 bytes a character, the one that stands for broken ones too, or broken in one
    /// byte.
    private static byte[] body(SplittableRandom random) {
        StringBuilder text = new StringBuilder();
        for (int left = random.nextInt(8); left > 0; left--) {
            text.append(
                    List.of("a", "\u00e9", "\u20ac", "\ufffd", "\ud83d\ude82")
                            .get(random.nextInt(5)));
        }
        byte[] body = text.toString().getBytes(UTF_8);
        if (body.length > 0 && random.nextBoolean()) {
            body[random.nextInt(body.length)] = (byte) random.nextInt(0x7f, 0x100);
        }
        return body;
    }
}
