package io.yardmaster.dispatcher.dispatch;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import io.yardmaster.dispatcher.dispatch.Forwarder.Answer;
import io.yardmaster.nodes.Decision;
import io.yardmaster.queue.QueueName;
import io.yardmaster.queue.Request;
import io.yardmaster.queue.StoredRequest;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Writes what is kept of attempts and ends: one line of JSON each, times in ms since 1970.
final class OutcomeJson {
    /// Its buffers are kept for the next ones: by default each virtual thread would make its own.
    private static final JsonFactory JSON =
            JsonFactory.builder().recyclerPool(JsonRecyclerPools.newBoundedPool(64)).build();

    private static final int LONGEST_MESSAGE = 500;
    private static final int LONGEST_PATH = 200;

    private static final Comparator<Request.Header> BY_NAME =
            Comparator.comparing(Request.Header::name, String.CASE_INSENSITIVE_ORDER);

    private OutcomeJson() {}

    /// One attempt that ended.
    ///
    /// @param tookMs from send to the end of the answer
    /// @param decision why it went to that node, when that was sampled
    record Attempt(
            int number,
            String node,
            long atMs,
            long tookMs,
            Answer answer,
            String cause,
            Optional<Decision> decision) {}

    /// Later attempts of one request are kept without their decisions: all of them together must
    /// stay small.
    private static final int MOST_DECISIONS = 10;

    private interface Body {
        void write(JsonGenerator json) throws IOException;
    }

    private static String object(Body body) {
        StringWriter text = new StringWriter(512);
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            body.write(json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    static String attempt(Attempt attempt) {
        return object(json -> fields(json, attempt));
    }

    private static void fields(JsonGenerator json, Attempt attempt) throws IOException {
        json.writeNumberField("attempt", attempt.number());
        json.writeStringField("node", attempt.node());
        json.writeNumberField("at", attempt.atMs());
        json.writeNumberField("ms", attempt.tookMs());
        if (attempt.answer() instanceof Answer.Responded responded) {
            json.writeNumberField("status", responded.status());
        }
        json.writeStringField("cause", attempt.cause());
        if (!(attempt.answer() instanceof Answer.Responded)) {
            json.writeStringField("error", message(attempt.answer()));
        }
        if (attempt.decision().isPresent() && attempt.number() <= MOST_DECISIONS) {
            json.writeFieldName("decision");
            DecisionJson.write(json, attempt.decision().get());
        }
    }

    /// A decision by itself, as it stands in an attempt's line.
    static String decision(Decision decision) {
        StringWriter text = new StringWriter(512);
        try (JsonGenerator json = JSON.createGenerator(text)) {
            DecisionJson.write(json, decision);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    /// @param reason of a request that is given up, null when it succeeded
    static String outcome(StoredRequest stored, Attempt last, @Nullable String reason, long nowMs) {
        QueueName queue = stored.request().queue();
        return object(json -> {
            json.writeStringField("service", queue.service());
            json.writeStringField("priority", queue.priority().text());
            json.writeNumberField("attempts", stored.attempts());
            json.writeStringField("node", last.node());
            json.writeNumberField("enqueuedAt", stored.enqueuedAt().toEpochMilli());
            json.writeNumberField("settledAt", nowMs);
            // Lists read no more than the beginning: what they show stands before the response.
            json.writeStringField("method", stored.request().method());
            json.writeStringField("path", shortened(stored.request().path()));
            if (reason != null) {
                json.writeObjectFieldStart("error");
                json.writeStringField("reason", reason);
                json.writeStringField("message", message(last.answer()));
                json.writeEndObject();
            }
            if (last.answer() instanceof Answer.Responded responded) {
                response(json, responded);
            }
            json.writeArrayFieldStart("history");
            for (String line : stored.history()) {
                json.writeRawValue(line);
            }
            json.writeStartObject();
            fields(json, last);
            json.writeEndObject();
            json.writeEndArray();
        });
    }

    private static String shortened(String path) {
        return path.length() <= LONGEST_PATH ? path : path.substring(0, LONGEST_PATH) + "…";
    }

    private static void response(JsonGenerator json, Answer.Responded responded)
            throws IOException {
        json.writeObjectFieldStart("response");
        json.writeNumberField("status", responded.status());
        json.writeObjectFieldStart("headers");
        headers(json, responded.headers());
        json.writeEndObject();
        String text = text(responded.body());
        if (text != null) {
            json.writeStringField("body", text);
        } else {
            json.writeBinaryField("bodyBase64", responded.body());
        }
        json.writeBooleanField("truncated", responded.truncated());
        json.writeEndObject();
    }

    /// By name, in any spelling; the first one stands for all.
    private static void headers(JsonGenerator json, List<Request.Header> headers)
            throws IOException {
        List<Request.Header> sorted = new ArrayList<>(headers);
        sorted.sort(BY_NAME); // leaves those of one name in their order
        for (int next = 0; next < sorted.size(); ) {
            int first = next++;
            Request.Header header = sorted.get(first);
            while (next < sorted.size()
                    && sorted.get(next).name().equalsIgnoreCase(header.name())) {
                next++;
            }
            json.writeFieldName(header.name());
            if (next - first == 1) {
                json.writeString(header.value());
            } else {
                // Not joined by commas: that breaks several Set-Cookie.
                json.writeStartArray();
                for (Request.Header each : sorted.subList(first, next)) {
                    json.writeString(each.value());
                }
                json.writeEndArray();
            }
        }
    }

    /// Null when the bytes are no UTF-8. A string is made in a quarter of a decoder's time, and
    /// holds U+FFFD in place of what is none; only then the decoder has to tell.
    private static @Nullable String text(byte[] body) {
        String text = new String(body, UTF_8);
        return text.indexOf('\ufffd') < 0 ? text : strictly(body);
    }

    private static @Nullable String strictly(byte[] body) {
        try {
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    static String message(Answer answer) {
        String message =
                switch (answer) {
                    case Answer.Responded responded -> "the node answered " + responded.status();
                    case Answer.Unreachable(String why) -> "no connection: " + why;
                    case Answer.Unsendable(String why) -> "it cannot be sent: " + why;
                    case Answer.Withheld() -> "it was not to be sent any more";
                    case Answer.TimedOut() -> "no whole answer in time";
                    case Answer.Broken(String why) -> "the connection broke: " + why;
                };
        return message.length() <= LONGEST_MESSAGE
                ? message
                : message.substring(0, LONGEST_MESSAGE);
    }
}
