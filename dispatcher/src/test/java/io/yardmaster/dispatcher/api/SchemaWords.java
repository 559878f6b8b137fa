package io.yardmaster.dispatcher.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.yardmaster.dispatcher.api.ApiDescription.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Schemas in words, for the reference.
final class SchemaWords {
    private static final int LONGEST_PATTERN = 40;

    private SchemaWords() {}

    /// What a value may be, in a few words; shapes are links.
    static String value(Place schema) {
        JsonNode node = schema.node();
        if (node.has("$ref")) {
            return named(schema.target());
        }
        for (String choice : List.of("anyOf", "oneOf")) {
            if (node.has(choice) && !node.has("properties")) {
                List<String> choices = new ArrayList<>();
                schema.at(choice).elements().forEach(each -> choices.add(reference(each)));
                return String.join(" or ", choices);
            }
        }
        if (node.has("const")) {
            return code(node.path("const"));
        }
        if (node.has("enum")) {
            List<String> values = new ArrayList<>();
            node.path("enum").forEach(value -> values.add(code(value)));
            return String.join(", ", values);
        }
        boolean orNull = has(node.path("type"), "null");
        String text = plain(schema);
        return orNull && !text.equals("null") ? text + ", or null" : text;
    }

    /// Elements of lists are resolved already: those that are a shape of their own are known by
    /// where they stand.
    private static String reference(Place place) {
        return isShape(place) ? named(place) : value(place);
    }

    private static boolean isShape(Place place) {
        return place.pointer().matches("/components/schemas/\\w+");
    }

    private static String named(Place shape) {
        return shape.node().has("properties") || shape.node().has("enum")
                ? "[" + shape.name() + "](#" + shape.name().toLowerCase(Locale.ROOT) + ")"
                : value(shape);
    }

    private static String plain(Place schema) {
        JsonNode node = schema.node();
        JsonNode type = node.path("type");
        if (has(type, "string")) {
            return text(node);
        }
        if (has(type, "integer")) {
            return "whole number" + range(node);
        }
        if (has(type, "number")) {
            return "number" + range(node);
        }
        if (has(type, "boolean")) {
            return "true or false";
        }
        if (has(type, "array")) {
            return "list of " + many(reference(schema.at("items"))) + atMost(node, "maxItems");
        }
        if (has(type, "object")) {
            return object(schema);
        }
        return has(type, "null") ? "null" : "anything";
    }

    private static String object(Place schema) {
        Place values = schema.at("additionalProperties");
        if (schema.node().has("properties")) {
            return "object";
        }
        String inside =
                values.node().isObject() ? "object of " + many(reference(values)) : "object";
        return inside + atMost(schema.node(), "maxProperties");
    }

    private static String text(JsonNode node) {
        String format = node.path("format").asText();
        if (format.equals("date-time")) {
            return "time";
        }
        String text = format.equals("uri") ? "URL" : "text";
        if (node.has("pattern") && format.isEmpty()) {
            String pattern = node.path("pattern").asText().replaceAll("^\\^|\\$$", "");
            text +=
                    pattern.length() <= LONGEST_PATTERN
                            ? " `" + pattern.replace("|", "\\|") + "`"
                            : "";
        }
        if (node.has("maxLength")) {
            text += ", at most " + node.path("maxLength").asText() + " characters";
        }
        return node.has("contentEncoding") ? "base64" : text;
    }

    private static String range(JsonNode node) {
        String least = node.path("minimum").asText();
        String above = node.path("exclusiveMinimum").asText();
        String most = node.path("maximum").asText();
        if (!above.isEmpty()) {
            return " above " + above + (most.isEmpty() ? "" : ", at most " + most);
        }
        if (!least.isEmpty() && !most.isEmpty()) {
            return " from " + least + " to " + most;
        }
        if (!least.isEmpty()) {
            return least.equals("0") ? "" : " from " + least;
        }
        return most.isEmpty() ? "" : ", at most " + most;
    }

    private static String atMost(JsonNode node, String field) {
        return node.has(field) ? ", at most " + node.path(field).asText() : "";
    }

    /// Without what would make it too long to read.
    private static String many(String one) {
        return one.replaceAll(" `[^`]*`|, at most \\d+( characters)?", "")
                .replaceAll("\\b(text|number|object)\\b", "$1s");
    }

    private static boolean has(JsonNode type, String name) {
        if (type.isArray()) {
            for (JsonNode each : type) {
                if (each.asText().equals(name)) {
                    return true;
                }
            }
        }
        return type.asText("").equals(name);
    }

    static String code(JsonNode value) {
        return value.isNull() ? "null" : "`" + value.asText() + "`";
    }

    /// What the schema says it means, or else what it refers to says.
    static String meaning(Place schema) {
        String own = schema.text("description");
        if (!own.isEmpty() || isShape(schema)) {
            return cell(own);
        }
        Place target = schema.target();
        return target.node().has("properties") ? "" : cell(target.text("description"));
    }

    /// The default in words, if there is one.
    static Optional<String> usual(Place schema) {
        JsonNode value = schema.node().path("default");
        return value.isMissingNode() ? Optional.empty() : Optional.of(code(value));
    }

    /// One line, as a table's cell wants it.
    static String cell(String text) {
        return text.strip().replaceAll("\\s*\\n\\s*", " ").replaceAll("(?<!\\\\)\\|", "\\\\|");
    }
}
