package io.yardmaster.dispatcher.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.yardmaster.dispatcher.api.ApiDescription.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The shapes of the reference: a table of the fields of each.
final class ShapeTables {
    /// Told in a table of its own.
    private static final String PROBLEM_TYPES = "/components/schemas/Problem/properties/type";

    private final ApiDescription description;
    private final StringBuilder page = new StringBuilder();

    ShapeTables(ApiDescription description) {
        this.description = description;
    }

    private void line(String text) {
        page.append(text).append('\n');
    }

    String markdown() {
        line("## Shapes");
        line("");
        line("Fields that are not listed do not come, and are refused in requests.");
        line("");
        for (Place shape : description.root().at("components").at("schemas").children()) {
            boolean object = shape.node().has("properties");
            if (!object && !shape.node().has("enum")) {
                continue;
            }
            line("### " + shape.name());
            line("");
            if (!shape.text("description").isEmpty()) {
                line(shape.text("description").strip());
                line("");
            }
            if (object) {
                fields(shape);
            } else {
                line("One of " + SchemaWords.value(shape) + ".");
            }
            line("");
        }
        return page.toString();
    }

    private void fields(Place shape) {
        line("| field | value | default | meaning |");
        line("|---|---|---|---|");
        fields(shape, "");
        if (shape.node().has("x-open")) {
            line("");
            line("There may be more fields: " + shape.text("x-open"));
        }
    }

    /// Small shapes without a name are told within the one that holds them.
    private void fields(Place shape, String before) {
        List<String> required = new ArrayList<>();
        shape.node().path("required").forEach(name -> required.add(name.asText()));
        for (Map.Entry<String, JsonNode> field : shape.node().path("properties").properties()) {
            Place schema =
                    new Place(
                            field.getValue(),
                            shape.pointer() + "/properties/" + field.getKey(),
                            shape.document());
            boolean optional = !required.isEmpty() && !required.contains(field.getKey());
            String name = before + field.getKey();
            boolean types = schema.pointer().equals(PROBLEM_TYPES);
            line(
                    "| `%s`%s | %s | %s | %s |"
                            .formatted(
                                    name,
                                    optional ? " (optional)" : "",
                                    types ? "URN" : SchemaWords.value(schema),
                                    SchemaWords.usual(schema).orElse(""),
                                    types
                                            ? "See [Problem types](#problem-types)."
                                            : SchemaWords.meaning(schema)));
            nested(schema, name);
        }
    }

    private void nested(Place schema, String name) {
        if (schema.node().has("$ref")) {
            return;
        }
        if (schema.node().has("properties")) {
            fields(schema, name + ".");
        }
        Place items = schema.at("items");
        if (items.pointer().startsWith(schema.pointer()) && items.node().has("properties")) {
            fields(items, name + "[].");
        }
    }
}
