package io.yardmaster.dispatcher.logging;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

class JsonLinesTest {
    private final LoggerContext context = new LoggerContext();
    private final JsonLines lines = new JsonLines();
    private final LoggingEvent event = new LoggingEvent();

    private JsonNode written() throws Exception {
        lines.setContext(context);
        lines.start();
        event.setInstant(Instant.parse("2026-01-02T03:04:05.006Z"));
        event.setLevel(Level.WARN);
        event.setLoggerName("io.yardmaster.X");
        String line = new String(lines.encode(event), UTF_8);
        assertEquals(line.length() - 1, line.indexOf('\n'), "one line");
        return new ObjectMapper().readTree(line);
    }

    @Test
    void event_is_one_object_with_the_request_as_a_field() throws Exception {
        event.setMessage("attempt {} was\nabandoned \"here\"");
        event.setArgumentArray(new Object[] {2});
        event.addKeyValuePair(new KeyValuePair("request", "a-1"));
        event.addKeyValuePair(new KeyValuePair("attempt", 2));
        event.addKeyValuePair(new KeyValuePair("level", "mine"));
        JsonNode json = written();
        assertEquals("2026-01-02T03:04:05.006Z", json.path("ts").asText());
        assertEquals("WARN", json.path("level").asText());
        assertEquals("io.yardmaster.X", json.path("logger").asText());
        assertEquals("attempt 2 was\nabandoned \"here\"", json.path("message").asText());
        assertEquals("a-1", json.path("request").asText());
        assertEquals(2, json.path("attempt").asInt());
        assertEquals("mine", json.path("level_").asText(), "what is ours stays ours");
        assertFalse(json.has("error"));
    }

    @Test
    void stack_trace_is_a_field_and_no_lines_of_its_own() throws Exception {
        event.setMessage("failed");
        event.setThrowableProxy(
                new ch.qos.logback.classic.spi.ThrowableProxy(new IllegalStateException("x")));
        assertTrue(written().path("error").asText().contains("IllegalStateException: x"));
    }
}
