package io.yardmaster.dispatcher.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Writes JSON as people like to read it: what fits on a line stands on one.
final class ReadableJson {
    private static final int WIDTH = 110;

    private ReadableJson() {}

    static String of(JsonNode json) {
        return of(json, 0);
    }

    private static String of(JsonNode json, int indent) {
        String line = json.toString();
        if (json.isEmpty() || indent + line.length() <= WIDTH) {
            return line;
        }
        List<String> parts = new ArrayList<>();
        String blanks = " ".repeat(indent + 2);
        if (json.isArray()) {
            json.forEach(element -> parts.add(blanks + of(element, indent + 2)));
        } else {
            for (Map.Entry<String, JsonNode> field : json.properties()) {
                String name = '"' + field.getKey() + "\": ";
                parts.add(blanks + name + of(field.getValue(), indent + 2));
            }
        }
        String end = "\n" + " ".repeat(indent);
        return json.isArray()
                ? "[\n" + String.join(",\n", parts) + end + "]"
                : "{\n" + String.join(",\n", parts) + end + "}";
    }
}
