package io.yardmaster.dispatcher.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/// Answers of JSON, written here and not by the framework, so that they are the same bytes whatever
/// it is configured to.
final class Answers {
    private static final JsonMapper MAPPER =
            JsonMapper.builder(JsonFactory.builder().recyclerPool(JsonBytes.BUFFERS).build())
                    .build();

    private Answers() {}

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    /// Of strings, numbers, booleans, and lists and maps of such.
    static JsonNode tree(Object plain) {
        return MAPPER.valueToTree(plain);
    }

    static byte[] bytes(JsonNode json) {
        try {
            return MAPPER.writeValueAsBytes(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain values can always be written", e);
        }
    }

    /// Reads what we wrote ourselves; an empty object when somebody damaged it.
    static ObjectNode read(String json) {
        try {
            return MAPPER.readTree(json) instanceof ObjectNode object ? object : object();
        } catch (JsonProcessingException e) {
            return object();
        }
    }

    static MutableHttpResponse<byte[]> json(HttpStatus status, JsonNode json) {
        return HttpResponse.<byte[]>status(status)
                .contentType(MediaType.APPLICATION_JSON_TYPE)
                .body(bytes(json));
    }

    /// Writes JSON as it goes: for answers that are frequent or long, because a tree costs more
    /// than what it is a tree of.
    interface Writing {
        void to(JsonGenerator out) throws IOException;
    }

    static MutableHttpResponse<byte[]> json(HttpStatus status, Writing writing) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        try (JsonGenerator out = MAPPER.createGenerator(bytes)) {
            writing.to(out);
        } catch (IOException e) {
            throw new UncheckedIOException("writing an answer", e);
        }
        return HttpResponse.<byte[]>status(status)
                .contentType(MediaType.APPLICATION_JSON_TYPE)
                .body(bytes.toByteArray());
    }

    static MutableHttpResponse<byte[]> ok(JsonNode json) {
        return json(HttpStatus.OK, json);
    }

    static MutableHttpResponse<byte[]> noContent() {
        return HttpResponse.noContent();
    }
}
