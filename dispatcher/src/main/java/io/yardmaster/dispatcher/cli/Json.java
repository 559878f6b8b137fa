package io.yardmaster.dispatcher.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A JSON value as the commands read it: whatever is missing or of another kind than expected reads
/// as absent and prints as `-`, so that an older or newer server does no harm. Built on Jackson's
/// streaming parser alone, because loading databind would double the time to start.
///
/// @param value a Map of name to Json, a List of Json, a String, a Number, a Boolean, or null
record Json(@Nullable Object value) {
    static final JsonFactory FACTORY = new JsonFactory();
    static final Json MISSING = new Json(null);

    /// Reads exactly one value.
    ///
    /// @throws IOException when the text is anything but one JSON value
    static Json parse(String text) throws IOException {
        try (JsonParser parser = FACTORY.createParser(text)) {
            if (parser.nextToken() == null) {
                throw new IOException("no JSON: the text is empty");
            }
            Json json = read(parser);
            if (parser.nextToken() != null) {
                throw new IOException("more than one JSON value");
            }
            return json;
        }
    }

    Json at(String name) {
        return value instanceof Map<?, ?> map && map.get(name) instanceof Json json
                ? json
                : MISSING;
    }

    /// The first of the names that is there.
    Json at(String name, String... others) {
        Json found = at(name);
        for (int i = 0; found.missing() && i < others.length; i++) {
            found = at(others[i]);
        }
        return found;
    }

    boolean missing() {
        return value == null;
    }

    boolean isObject() {
        return value instanceof Map<?, ?>;
    }

    List<Json> items() {
        List<Json> items = new ArrayList<>();
        if (value instanceof List<?> list) {
            for (Object item : list) {
                if (item instanceof Json json) {
                    items.add(json);
                }
            }
        }
        return items;
    }

    Map<String, Json> fields() {
        Map<String, Json> fields = new LinkedHashMap<>();
        if (value instanceof Map<?, ?> map) {
            for (var field : map.entrySet()) {
                if (field.getKey() instanceof String name
                        && field.getValue() instanceof Json json) {
                    fields.put(name, json);
                }
            }
        }
        return fields;
    }

    @Nullable Number number() {
        return value instanceof Number number ? number : null;
    }

    /// The number, or 0 when there is none.
    long count() {
        return value instanceof Number number ? number.longValue() : 0;
    }

    boolean isTrue() {
        return Boolean.TRUE.equals(value);
    }

    /// One safe line: text as it is, anything else as compact JSON, `-` when missing or empty.
    String show() {
        return Printable.line(raw("-"));
    }

    /// Unescaped text, for building URLs and further requests only.
    String raw(String whenMissing) {
        if (value == null || "".equals(value)) {
            return whenMissing;
        }
        return value instanceof String text ? text : compact();
    }

    String compact() {
        StringWriter text = new StringWriter();
        try (JsonGenerator generator = FACTORY.createGenerator(text)) {
            write(generator);
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory failed", e);
        }
        return text.toString();
    }

    private void write(JsonGenerator to) throws IOException {
        if (value instanceof Map<?, ?>) {
            to.writeStartObject();
            for (var field : fields().entrySet()) {
                to.writeFieldName(field.getKey());
                field.getValue().write(to);
            }
            to.writeEndObject();
        } else if (value instanceof List<?>) {
            to.writeStartArray();
            for (Json item : items()) {
                item.write(to);
            }
            to.writeEndArray();
        } else if (value instanceof String text) {
            to.writeString(text);
        } else if (value instanceof Boolean bool) {
            to.writeBoolean(bool);
        } else if (value instanceof Number number) {
            to.writeNumber(number.toString());
        } else {
            to.writeNull();
        }
    }

    /// Recursion is bounded by the parser, which refuses more than 1000 levels.
    private static Json read(JsonParser parser) throws IOException {
        JsonToken token = parser.currentToken();
        if (token == JsonToken.START_OBJECT) {
            Map<String, Json> map = new LinkedHashMap<>();
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                parser.nextToken();
                map.put(name, read(parser));
            }
            return new Json(map);
        }
        if (token == JsonToken.START_ARRAY) {
            List<Json> list = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                list.add(read(parser));
            }
            return new Json(list);
        }
        if (token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT) {
            String digits = parser.getText();
            boolean small = token == JsonToken.VALUE_NUMBER_INT && digits.length() <= 18;
            return new Json(small ? (Number) Long.valueOf(digits) : new BigDecimal(digits));
        }
        if (token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE) {
            return new Json(token == JsonToken.VALUE_TRUE);
        }
        return token == JsonToken.VALUE_NULL ? MISSING : new Json(parser.getText());
    }
}
