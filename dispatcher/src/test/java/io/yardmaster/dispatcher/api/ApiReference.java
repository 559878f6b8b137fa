package io.yardmaster.dispatcher.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.yardmaster.dispatcher.api.ApiDescription.Operation;
import io.yardmaster.dispatcher.api.ApiDescription.Place;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Writes `docs/reference/api.md` from `openapi.yml`.
final class ApiReference {
    static final String COMMAND = "scripts/test --only ApiReferenceTest -Dapi.write=true";

    private static final String ADDRESS = "http://localhost:8080";

    private final ApiDescription description;
    private final StringBuilder page = new StringBuilder();

    ApiReference(ApiDescription description) {
        this.description = description;
    }

    String markdown() {
        Place info = description.root().at("info");
        line("# REST API");
        line("");
        line(
                "This page is written from `dispatcher/src/main/resources/openapi.yml`, which every replica");
        line("serves at `/openapi.yml`; a test keeps it current. Written anew with");
        line("`" + COMMAND + "`.");
        line("");
        line(info.text("description").strip());
        line("");
        line("Header fields of every answer:");
        line("");
        line("| field | meaning |");
        line("|---|---|");
        description
                .root()
                .at("x-every-answer")
                .at("headers")
                .fields()
                .forEach((name, header) ->
                        line("| `" + name + "` | " + header.text("description") + " |"));
        line("");
        Map<String, List<Operation>> byTag = byTag();
        contents(byTag);
        for (Place tag : description.root().at("tags").elements()) {
            line("## " + tag.text("name"));
            line("");
            line(tag.text("description").strip());
            line("");
            operations(byTag.getOrDefault(tag.text("name"), List.of()));
        }
        errors();
        page.append(new ShapeTables(description).markdown());
        return page.toString().stripTrailing() + "\n";
    }

    private void line(String text) {
        page.append(text).append('\n');
    }

    private Map<String, List<Operation>> byTag() {
        Map<String, List<Operation>> byTag = new LinkedHashMap<>();
        List<String> order = new ArrayList<>();
        description
                .root()
                .at("paths")
                .children()
                .forEach(item -> item.children().forEach(place -> order.add(place.pointer())));
        description.operations().stream()
                .sorted(Comparator.comparingInt(each -> order.indexOf(each.place().pointer())))
                .forEach(each ->
                        byTag.computeIfAbsent(
                                        each.place().node().path("tags").path(0).asText(),
                                        _ -> new ArrayList<>())
                                .add(each));
        return byTag;
    }

    private void contents(Map<String, List<Operation>> byTag) {
        line("| | | roles |");
        line("|---|---|---|");
        for (Place tag : description.root().at("tags").elements()) {
            line("| **[" + tag.text("name") + "](#" + anchor(tag.text("name")) + ")** | | |");
            for (Operation operation : byTag.getOrDefault(tag.text("name"), List.of())) {
                line(
                        "| [`%s`](#%s) | %s | %s |"
                                .formatted(
                                        operation,
                                        anchor(operation.toString()),
                                        operation.place().text("summary"),
                                        roles(operation)));
            }
        }
        line("");
        line("[Errors](#errors) · [Shapes](#shapes)");
        line("");
    }

    /// As GitHub makes it of a heading.
    private static String anchor(String heading) {
        return heading.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9 _-]", "").replace(' ', '-');
    }

    private static String roles(Operation operation) {
        List<String> roles = new ArrayList<>();
        operation
                .place()
                .node()
                .path("security")
                .forEach(choice -> roles.add(choice.path("key").path(0).asText()));
        return roles.isEmpty() ? "everybody" : String.join(", ", roles);
    }

    private void operations(List<Operation> operations) {
        Map<JsonNode, Operation> told = new LinkedHashMap<>();
        for (Operation operation : operations) {
            line("### `" + operation + "`");
            line("");
            line("**" + operation.place().text("summary") + ".** For: " + roles(operation) + ".");
            line("");
            line(operation.place().text("description").strip());
            line("");
            Operation like = told.putIfAbsent(operation.responses().node(), operation);
            boolean alike = like != null && like.path().equals(operation.path());
            if (!alike) {
                parameters(operation);
                body(operation);
                answers(operation);
            }
            if (!alike || !operation.path().contains("/forward")) {
                example(operation);
            }
        }
    }

    private void parameters(Operation operation) {
        List<Place> parameters = operation.parameters();
        if (parameters.isEmpty()) {
            return;
        }
        line("| parameter | in | value | default | meaning |");
        line("|---|---|---|---|---|");
        for (Place parameter : parameters) {
            boolean required = parameter.node().path("required").asBoolean();
            line(
                    "| `%s`%s | %s | %s | %s | %s |"
                            .formatted(
                                    parameter.text("name"),
                                    required ? " (required)" : "",
                                    parameter.text("in"),
                                    SchemaWords.value(parameter.at("schema")),
                                    SchemaWords.usual(parameter.at("schema")).orElse(""),
                                    SchemaWords.cell(parameter.text("description"))));
        }
        line("");
    }

    private void body(Operation operation) {
        Place body = operation.place().at("requestBody");
        if (body.missing()) {
            return;
        }
        String types =
                body.at("content").children().stream()
                        .map(media ->
                                "`%s`: %s"
                                        .formatted(
                                                media.name(),
                                                SchemaWords.value(media.at("schema"))))
                        .collect(Collectors.joining("; "));
        line("Body: " + types + ".");
        if (!body.text("description").isEmpty()) {
            line(body.text("description"));
        }
        line("");
    }

    /// Errors that many operations have are told once, under their own heading.
    private void answers(Operation operation) {
        List<String> usual = new ArrayList<>();
        line("| answer | meaning | body | header fields |");
        line("|---|---|---|---|");
        operation
                .responses()
                .fields()
                .forEach((status, response) -> {
                    boolean shared = response.pointer().startsWith("/components/responses/");
                    if (shared && status.matches("[45]..") && !special(response)) {
                        usual.add(status);
                        return;
                    }
                    line(
                            "| %s | %s | %s | %s |"
                                    .formatted(
                                            status.equals("default") ? "any" : status,
                                            SchemaWords.cell(response.text("description")),
                                            content(response),
                                            headers(response)));
                });
        line("");
        if (!usual.isEmpty()) {
            line("Also " + String.join(", ", usual) + ": see [Errors](#errors).");
            line("");
        }
    }

    /// Of few operations, so told with them.
    private static boolean special(Place response) {
        return List.of("NodeFailed", "NodeTimeout", "NotDead", "EnqueueUnavailable")
                .contains(response.name());
    }

    private static String content(Place response) {
        return response.at("content").children().stream()
                .map(media -> {
                    String value = SchemaWords.value(media.at("schema"));
                    boolean json = media.name().contains("json");
                    return json && !value.equals("anything") ? value : "`" + media.name() + "`";
                })
                .distinct()
                .collect(Collectors.joining(", "));
    }

    private static String headers(Place response) {
        return response.at("headers").fields().keySet().stream()
                .map(name -> "`" + name + "`")
                .collect(Collectors.joining(", "));
    }

    private void example(Operation operation) {
        line("```sh");
        line(curl(operation));
        line("```");
        line("");
        answer(operation)
                .ifPresent(json -> {
                    line("```json");
                    line(ReadableJson.of(json));
                    line("```");
                    line("");
                });
    }

    /// The call as people type it.
    static String curl(Operation operation) {
        String path = operation.path();
        List<String> query = new ArrayList<>();
        for (Place parameter : operation.parameters()) {
            String example = parameter.node().path("example").asText();
            if (parameter.text("in").equals("path")) {
                path = path.replace("{" + parameter.text("name") + "}", example);
            } else if (parameter.text("in").equals("query") && !example.isEmpty()) {
                query.add(parameter.text("name") + "=" + example);
            }
        }
        String method =
                switch (operation.method()) {
                    case "GET" -> "";
                    case "HEAD" -> "-I ";
                    default -> "-X " + operation.method() + " ";
                };
        boolean stream =
                operation.responses().at("200").at("content").node().has("text/event-stream");
        String address = ADDRESS + path + (query.isEmpty() ? "" : "?" + String.join("&", query));
        String command =
                "curl "
                        + (stream ? "-N " : "")
                        + method
                        + (query.isEmpty() ? address : "'" + address + "'");
        Place content = operation.place().at("requestBody").at("content");
        Optional<JsonNode> body = example(content.at("application/json"));
        if (body.isPresent()) {
            String json = body.get().toString().replace("'", "'\\''");
            return command + " \\\n  -H 'Content-Type: application/json' \\\n  -d '" + json + "'";
        }
        return content.missing() ? command : command + " -d 'order=4711'";
    }

    private static Optional<JsonNode> answer(Operation operation) {
        return List.of("200", "201", "202").stream()
                .map(status -> operation.responses().at(status).at("content"))
                .map(content -> example(content.at("application/json")))
                .flatMap(Optional::stream)
                .reduce((first, second) -> operation.method().equals("POST") ? second : first);
    }

    static Optional<JsonNode> example(Place media) {
        return media.at("examples").children().stream()
                .findFirst()
                .map(example -> example.node().path("value"));
    }

    private void errors() {
        line("## Errors");
        line("");
        line("All are [Problem](#problem).");
        line("");
        line("| answer | meaning | header fields |");
        line("|---|---|---|");
        Map<String, String> rows = new TreeMap<>();
        for (Operation operation : description.operations()) {
            operation
                    .responses()
                    .fields()
                    .forEach((status, response) -> rows(rows, status, response));
        }
        description
                .root()
                .at("x-any-call")
                .at("responses")
                .fields()
                .forEach((status, response) -> rows(rows, status, response));
        rows.values().forEach(this::line);
        line("");
        line("```json");
        Place invalid = description.root().at("components").at("responses").at("InvalidRequest");
        example(invalid.at("content").at("application/problem+json"))
                .ifPresent(json -> line(ReadableJson.of(json)));
        line("```");
        line("");
        line("### Problem types");
        line("");
        Place problem = description.root().at("components").at("schemas").at("Problem");
        line(problem.at("properties").at("type").text("description").strip());
        line("");
    }

    private static void rows(Map<String, String> rows, String status, Place response) {
        if (status.matches("[45]..") && response.pointer().startsWith("/components/responses/")) {
            rows.put(
                    status + response.pointer(),
                    "| %s | %s | %s |"
                            .formatted(
                                    status,
                                    SchemaWords.cell(response.text("description")),
                                    headers(response)));
        }
    }
}
