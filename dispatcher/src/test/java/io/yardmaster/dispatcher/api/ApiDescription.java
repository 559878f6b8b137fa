package io.yardmaster.dispatcher.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/// `openapi.yml`, as tests look at it: its operations by method and address, and its schemas.
/// Thread-safe.
final class ApiDescription {
    static final Set<String> METHODS =
            Set.of("get", "head", "post", "put", "patch", "delete", "options");
    private static final String BASE = "https://yardmaster.invalid/openapi.json";
    private static final Pattern VARIABLE = Pattern.compile("\\{(\\w+)}");

    /// Ours; behind the constants that reading it needs.
    static final ApiDescription OURS = new ApiDescription(text());

    private final Place root;
    private final List<Operation> operations = new ArrayList<>();
    private final JsonSchemaFactory factory;
    private final SchemaValidatorsConfig config =
            SchemaValidatorsConfig.builder().formatAssertionsEnabled(true).build();
    private final Map<String, JsonSchema> schemas = new ConcurrentHashMap<>();

    ApiDescription(String yaml) {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        options.setMaxAliasesForCollections(200);
        JsonNode json =
                new ObjectMapper()
                        .valueToTree(new Yaml(new SafeConstructor(options)).<Object>load(yaml));
        root = new Place(json, "", json);
        factory =
                JsonSchemaFactory.getInstance(
                        SpecVersion.VersionFlag.V202012,
                        builder ->
                                builder.schemaLoaders(
                                        loaders -> loaders.schemas(Map.of(BASE, json.toString()))));
        for (Place item : root.at("paths").children()) {
            item.children().stream()
                    .filter(place -> METHODS.contains(place.name()))
                    .forEach(place -> operations.add(Operation.of(item, place)));
        }
        operations.sort(Comparator.comparingInt(Operation::variables));
    }

    static String text() {
        try (InputStream in =
                ApiDescription.class.getClassLoader().getResourceAsStream("openapi.yml")) {
            if (in == null) {
                throw new IllegalStateException("openapi.yml is not on the class path");
            }
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A node of the document with its JSON pointer. Those that are references stand for what they
    /// refer to.
    record Place(JsonNode node, String pointer, JsonNode document) {
        Place at(String name) {
            Place child =
                    new Place(
                            node.path(name),
                            pointer + "/" + name.replace("~", "~0").replace("/", "~1"),
                            document);
            return child.resolved();
        }

        /// A schema's own references are the validator's business.
        private Place resolved() {
            return pointer.endsWith("/schema") ? this : target();
        }

        /// What this refers to, or this when it is no reference.
        Place target() {
            JsonNode reference = node.path("$ref");
            if (!reference.isTextual()) {
                return this;
            }
            String target = reference.asText().substring(1);
            return new Place(document.at(target), target, document);
        }

        boolean missing() {
            return node instanceof MissingNode;
        }

        List<Place> children() {
            List<Place> children = new ArrayList<>();
            node.fieldNames().forEachRemaining(name -> children.add(at(name)));
            return children;
        }

        /// The fields with what they hold, in order.
        Map<String, Place> fields() {
            Map<String, Place> fields = new LinkedHashMap<>();
            node.fieldNames().forEachRemaining(name -> fields.put(name, at(name)));
            return fields;
        }

        List<Place> elements() {
            List<Place> elements = new ArrayList<>();
            for (int i = 0; i < node.size(); i++) {
                elements.add(new Place(node.get(i), pointer + "/" + i, document).resolved());
            }
            return elements;
        }

        String name() {
            return pointer.substring(pointer.lastIndexOf('/') + 1)
                    .replace("~1", "/")
                    .replace("~0", "~");
        }

        String text(String field) {
            return node.path(field).asText("");
        }
    }

    /// One method of one address.
    ///
    /// @param path with its variables in braces
    record Operation(String method, String path, Pattern pattern, Place item, Place place) {
        private static Operation of(Place item, Place place) {
            String path = item.name();
            StringBuilder pattern = new StringBuilder();
            Matcher variables = VARIABLE.matcher(path);
            int end = 0;
            while (variables.find()) {
                String before = path.substring(end, variables.start());
                boolean rest = isRest(item, variables.group(1));
                String group = "(?<" + variables.group(1) + ">";
                if (rest) {
                    // The slash before it may be left out together with it.
                    before = before.substring(0, before.length() - 1);
                    pattern.append(Pattern.quote(before)).append("(?:/").append(group);
                    pattern.append(".*))?");
                } else {
                    pattern.append(Pattern.quote(before)).append(group).append("[^/]+)");
                }
                end = variables.end();
            }
            pattern.append(Pattern.quote(path.substring(end)));
            return new Operation(
                    place.name().toUpperCase(Locale.ROOT),
                    path,
                    Pattern.compile(pattern.toString()),
                    item,
                    place);
        }

        private static boolean isRest(Place item, String variable) {
            return item.at("parameters").elements().stream()
                    .anyMatch(parameter ->
                            parameter.text("name").equals(variable)
                                    && parameter.node().path("x-rest-of-path").asBoolean());
        }

        int variables() {
            return (int) VARIABLE.matcher(path).results().count();
        }

        /// Those of the address, then its own.
        List<Place> parameters() {
            return Stream.concat(
                            item.at("parameters").elements().stream(),
                            place.at("parameters").elements().stream())
                    .toList();
        }

        Place responses() {
            return place.at("responses");
        }

        @Override
        public String toString() {
            return method + " " + path;
        }
    }

    Place root() {
        return root;
    }

    List<Operation> operations() {
        return operations;
    }

    /// The operation that a call is of; the address with the fewest variables counts.
    ///
    /// @param rawPath undecoded, without the query
    Optional<Operation> find(String method, String rawPath) {
        return operations.stream()
                .filter(operation -> operation.method().equals(method))
                .filter(operation -> operation.pattern().matcher(rawPath).matches())
                .findFirst();
    }

    boolean knows(String rawPath) {
        return operations.stream()
                .anyMatch(operation -> operation.pattern().matcher(rawPath).matches());
    }

    /// What is wrong with a value, by the schema at this place; empty when nothing is.
    List<String> faults(Place schema, JsonNode value) {
        JsonSchema validator =
                schemas.computeIfAbsent(
                        schema.pointer(),
                        pointer ->
                                factory.getSchema(SchemaLocation.of(BASE + "#" + pointer), config));
        return validator.validate(value).stream().map(Object::toString).toList();
    }
}
