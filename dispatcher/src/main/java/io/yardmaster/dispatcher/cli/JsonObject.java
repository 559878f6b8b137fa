package io.yardmaster.dispatcher.cli;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Builds one JSON object, in order; fields with the value null are left out. Not thread-safe.
final class JsonObject {
    private final Map<String, String> fields = new LinkedHashMap<>();

    JsonObject text(String name, @Nullable String value) {
        return value == null ? this : raw(name, quote(value));
    }

    JsonObject number(String name, @Nullable Number value) {
        return value == null ? this : raw(name, value.toString());
    }

    JsonObject texts(String name, List<String> values) {
        List<String> quoted = new ArrayList<>();
        for (String value : values) {
            quoted.add(quote(value));
        }
        return raw(name, "[" + String.join(",", quoted) + "]");
    }

    JsonObject texts(String name, Map<String, String> values) {
        JsonObject object = new JsonObject();
        for (var value : values.entrySet()) {
            object.text(value.getKey(), value.getValue());
        }
        return raw(name, object.toString());
    }

    /// Adds a field whose value is JSON already.
    ///
    /// @param json valid JSON, taken over character by character
    JsonObject raw(String name, String json) {
        fields.put(name, json);
        return this;
    }

    boolean isEmpty() {
        return fields.isEmpty();
    }

    JsonObject without(Set<String> names) {
        JsonObject rest = new JsonObject();
        rest.fields.putAll(fields);
        rest.fields.keySet().removeAll(names);
        return rest;
    }

    @Override
    public String toString() {
        return "{" + inner() + "}";
    }

    /// The fields without the braces.
    String inner() {
        List<String> pairs = new ArrayList<>();
        for (var field : fields.entrySet()) {
            pairs.add(quote(field.getKey()) + ":" + field.getValue());
        }
        return String.join(",", pairs);
    }

    private static String quote(String text) {
        return "\"" + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + "\"";
    }
}
