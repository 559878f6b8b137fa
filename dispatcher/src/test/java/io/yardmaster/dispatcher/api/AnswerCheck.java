package io.yardmaster.dispatcher.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import io.yardmaster.dispatcher.api.ApiDescription.Operation;
import io.yardmaster.dispatcher.api.ApiDescription.Place;
import java.io.IOException;
import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// Holds answers, and the requests that were accepted, against `openapi.yml`. Thread-safe.
final class AnswerCheck {
    /// HTTP's own, which no API describes.
    private static final Set<String> OF_HTTP =
            Set.of(
                    "connection",
                    "content-length",
                    "content-type",
                    "date",
                    "keep-alive",
                    "transfer-encoding");

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    private final ApiDescription description;

    AnswerCheck(ApiDescription description) {
        this.description = description;
    }

    /// A call and its answer.
    ///
    /// @param target path and query as they were sent
    @SuppressWarnings("ArrayRecordComponent") // passed on, never compared or changed
    record Exchange(String method, String target, Message request, int status, Message answer) {
        String path() {
            return target.split("\\?", 2)[0];
        }

        boolean accepted() {
            return status >= 200 && status < 400;
        }
    }

    /// Header fields and body.
    @SuppressWarnings("ArrayRecordComponent") // passed on, never compared or changed
    record Message(Map<String, List<String>> headers, byte[] body) {
        Message {
            Map<String, List<String>> anyCase = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            anyCase.putAll(headers);
            headers = anyCase;
        }

        Optional<String> header(String name) {
            return Optional.ofNullable(headers.get(name)).map(values -> String.join(", ", values));
        }

        String type() {
            return header("Content-Type")
                    .map(text -> text.split(";", 2)[0].strip().toLowerCase(Locale.ROOT))
                    .orElse("");
        }
    }

    /// What the description says otherwise; empty when nothing.
    List<String> faults(Exchange exchange) {
        Optional<Operation> found = description.find(exchange.method(), exchange.path());
        if (found.isEmpty() && exchange.method().equals("HEAD")) {
            found = description.find("GET", exchange.path());
        }
        if (found.isPresent()) {
            Operation operation = found.get();
            List<String> faults = new ArrayList<>(answer(operation, exchange));
            if (exchange.accepted()) {
                faults.addAll(request(operation, exchange));
            }
            return faults;
        }
        if (exchange.method().equals("OPTIONS") && description.knows(exchange.path())) {
            return options(exchange);
        }
        return outside(exchange);
    }

    private static List<String> options(Exchange exchange) {
        boolean good =
                exchange.status() == 204
                        && exchange.answer().header("Allow").isPresent()
                        && exchange.answer().body().length == 0;
        boolean refused = exchange.status() == 401 || exchange.status() == 403;
        return good || refused
                ? List.of()
                : List.of(exchange.status() + " (expected: 204 with Allow and without a body)");
    }

    private List<String> outside(Exchange exchange) {
        Place response =
                description.root().at("x-any-call").at("responses").at("" + exchange.status());
        boolean wrongPlace =
                (exchange.status() == 405 && !description.knows(exchange.path()))
                        || (exchange.status() == 404 && description.knows(exchange.path()));
        return response.missing() || wrongPlace
                ? List.of("status " + exchange.status() + ": no such operation is described")
                : answer(response, exchange);
    }

    private List<String> answer(Operation operation, Exchange exchange) {
        List<Place> candidates = new ArrayList<>();
        candidates.add(operation.responses().at("" + exchange.status()));
        candidates.add(operation.responses().at("default"));
        if (exchange.status() == 400) {
            candidates.add(description.root().at("x-any-call").at("responses").at("400"));
        }
        candidates.removeIf(Place::missing);
        if (candidates.isEmpty()) {
            return List.of("status " + exchange.status() + ": not described");
        }
        List<String> first = answer(candidates.getFirst(), exchange);
        boolean other =
                candidates.stream().skip(1).anyMatch(each -> answer(each, exchange).isEmpty());
        return other ? List.of() : first;
    }

    private List<String> answer(Place response, Exchange exchange) {
        List<String> faults = new ArrayList<>(headers(response, exchange.answer()));
        if (!exchange.method().equals("HEAD")) {
            faults.addAll(body(response, exchange));
        }
        return faults;
    }

    private List<String> headers(Place response, Message answer) {
        Map<String, Place> described = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        described.putAll(description.root().at("x-every-answer").at("headers").fields());
        described.putAll(response.at("headers").fields());
        List<String> faults = new ArrayList<>();
        described.forEach((name, place) -> {
            Optional<String> value = answer.header(name);
            if (value.isPresent()) {
                faults.addAll(parameter("header " + name, place, value.get()));
            } else if (place.node().path("required").asBoolean()) {
                faults.add("header " + name + ": absent");
            }
        });
        if (!response.node().path("x-any-header").asBoolean()) {
            answer.headers().keySet().stream()
                    .filter(name -> !described.containsKey(name))
                    .filter(name -> !OF_HTTP.contains(name.toLowerCase(Locale.ROOT)))
                    .map(name -> "header " + name + ": not described")
                    .forEach(faults::add);
        }
        return faults;
    }

    private List<String> body(Place response, Exchange exchange) {
        Message answer = exchange.answer();
        Place content = response.at("content");
        if (content.missing()) {
            return answer.body().length == 0
                    ? List.of()
                    : List.of("body: " + answer.body().length + " bytes (expected: none)");
        }
        Optional<Place> media = media(content, answer.type());
        if (media.isEmpty()) {
            return List.of("type " + answer.type() + ": not described");
        }
        if (!isJson(media.get().name())) {
            return List.of();
        }
        try {
            JsonNode json = JSON.readTree(answer.body());
            List<String> faults =
                    new ArrayList<>(description.faults(media.get().at("schema"), json));
            if (answer.type().equals("application/problem+json")
                    && json.path("status").asInt() != exchange.status()) {
                faults.add("status: " + json.path("status") + " in " + exchange.status());
            }
            return faults;
        } catch (IOException e) {
            return List.of("body: no JSON: " + e.getMessage());
        }
    }

    private static Optional<Place> media(Place content, String type) {
        for (String range : List.of(type, type.replaceFirst("/.*", "/*"), "*/*")) {
            Place media = content.at(range);
            if (!range.isEmpty() && !media.missing()) {
                return Optional.of(media);
            }
        }
        return Optional.empty();
    }

    private static boolean isJson(String type) {
        return type.equals("application/json") || type.endsWith("+json");
    }

    /// Of a request that was accepted: the description must not be narrower than the server.
    private List<String> request(Operation operation, Exchange exchange) {
        List<String> faults = new ArrayList<>();
        Map<String, String> query = query(exchange.target());
        var variables = operation.pattern().matcher(exchange.path());
        if (!variables.matches()) {
            throw new IllegalArgumentException(exchange.path());
        }
        for (Place parameter : operation.parameters()) {
            String name = parameter.text("name");
            Optional<String> value =
                    switch (parameter.text("in")) {
                        case "query" -> Optional.ofNullable(query.remove(name));
                        case "header" -> exchange.request().header(name);
                        case "path" ->
                                Optional.of(
                                        decoded(
                                                Optional.ofNullable(variables.group(name))
                                                        .orElse("")));
                        default -> throw new IllegalStateException(parameter.pointer());
                    };
            if (value.isPresent()) {
                faults.addAll(parameter(parameter.text("in") + " " + name, parameter, value.get()));
            } else if (parameter.node().path("required").asBoolean()) {
                faults.add(name + ": absent, and the call was accepted");
            }
        }
        if (!operation.place().node().path("x-any-query").asBoolean()) {
            query.keySet().forEach(name -> faults.add("query " + name + ": not described"));
        }
        faults.addAll(requestBody(operation, exchange));
        return faults;
    }

    private List<String> requestBody(Operation operation, Exchange exchange) {
        Place body = operation.place().at("requestBody");
        if (body.missing() || exchange.request().body().length == 0) {
            return body.node().path("required").asBoolean()
                    ? List.of("request body: absent, and the call was accepted")
                    : List.of();
        }
        String type = exchange.request().type().replaceFirst("/(ndjson|jsonl)$", "/x-ndjson");
        Optional<Place> media = media(body.at("content"), type);
        if (media.isEmpty()) {
            return List.of("request type " + type + ": not described, and accepted");
        }
        try {
            Place lines = media.get().at("x-line-schema");
            if (!lines.missing()) {
                return lines(lines, exchange);
            }
            if (isJson(media.get().name())) {
                JsonNode json = JSON.readTree(exchange.request().body());
                return description.faults(
                        media.get().at("schema"),
                        json instanceof ArrayNode batch ? taken(batch, exchange.answer()) : json);
            }
            return List.of();
        } catch (IOException e) {
            return List.of("request body: no JSON, and accepted: " + e.getMessage());
        }
    }

    private List<String> lines(Place schema, Exchange exchange) throws IOException {
        ArrayNode lines = JsonNodeFactory.instance.arrayNode();
        for (String line : new String(exchange.request().body(), UTF_8).split("\n", -1)) {
            if (!line.isBlank()) {
                lines.add(read(line));
            }
        }
        List<String> faults = new ArrayList<>();
        for (JsonNode line : taken(lines, exchange.answer())) {
            faults.addAll(description.faults(schema, line));
        }
        return faults;
    }

    private static JsonNode read(String line) {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException e) {
            return TextNode.valueOf("no JSON");
        }
    }

    /// Those of a batch that were taken, as its results tell.
    private static ArrayNode taken(ArrayNode batch, Message answer) throws IOException {
        JsonNode results = JSON.readTree(answer.body()).path("results");
        ArrayNode taken = JsonNodeFactory.instance.arrayNode();
        for (int i = 0; i < batch.size(); i++) {
            if (results.size() != batch.size() || !results.path(i).has("error")) {
                taken.add(batch.get(i));
            }
        }
        return taken;
    }

    private static Map<String, String> query(String target) {
        Map<String, String> query = new TreeMap<>();
        int begin = target.indexOf('?');
        if (begin >= 0) {
            for (String pair : target.substring(begin + 1).split("&", -1)) {
                String[] parts = pair.split("=", 2);
                query.put(decoded(parts[0]), parts.length < 2 ? "" : decoded(parts[1]));
            }
        }
        query.remove("");
        return query;
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, UTF_8);
    }

    /// @param place of a parameter or header field
    private List<String> parameter(String name, Place place, String text) {
        return description
                .faults(place.at("schema"), typed(place.at("schema").target(), text))
                .stream()
                .map(fault -> name + ": " + text + ": " + fault)
                .toList();
    }

    /// Addresses and header fields are texts, whatever they mean.
    private static JsonNode typed(Place schema, String text) {
        boolean whole = schema.text("type").equals("integer") && text.matches("-?\\d{1,18}");
        return whole
                ? JsonNodeFactory.instance.numberNode(Long.parseLong(text))
                : TextNode.valueOf(text);
    }
}
