package io.yardmaster.dispatcher.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.micronaut.http.HttpMethod;
import io.micronaut.http.MediaType;
import io.micronaut.web.router.Router;
import io.micronaut.web.router.UriRouteInfo;
import io.yardmaster.dispatcher.api.Access.Role;
import io.yardmaster.dispatcher.api.Api.Reply;
import io.yardmaster.dispatcher.api.ApiDescription.Operation;
import io.yardmaster.dispatcher.api.ApiDescription.Place;
import io.yardmaster.dispatcher.settings.Settings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/// `openapi.yml` is whole. Whether it is true is seen by [AnswerCheck] in all tests that call the
/// API.
class ApiDescriptionTest {
    private static final ApiDescription OURS = ApiDescription.OURS;
    private static final Api api = new Api("");

    @AfterAll
    static void stop() {
        api.close();
    }

    /// The routes by method and address; `HEAD` goes with `GET` unless it is described.
    private static Map<String, UriRouteInfo<?, ?>> routes() {
        Map<String, UriRouteInfo<?, ?>> routes = new TreeMap<>();
        api.context
                .getBean(Router.class)
                .uriRoutes()
                .forEach(route -> routes.put(route.getHttpMethod() + " " + address(route), route));
        routes.keySet()
                .removeIf(name ->
                        name.startsWith(HttpMethod.HEAD + " ")
                                && described().keySet().stream().noneMatch(name::equals));
        return routes;
    }

    private static String address(UriRouteInfo<?, ?> route) {
        return route.getUriMatchTemplate()
                .toString()
                .replaceAll("\\{/(\\w+)(:[^}]*)?}", "/{$1}")
                .replaceAll("\\{(\\w+):[^}]*}", "{$1}");
    }

    private static Map<String, Operation> described() {
        Map<String, Operation> described = new TreeMap<>();
        OURS.operations().forEach(operation -> described.put(operation.toString(), operation));
        // Served as a file, beside those of the dashboard.
        described.remove("GET /openapi.yml");
        return described;
    }

    @Test
    void every_route_is_described_and_nothing_else() {
        Set<String> notDescribed = new TreeSet<>(routes().keySet());
        notDescribed.removeAll(described().keySet());
        assertEquals(Set.of(), notDescribed, "routes that are not described");
        Set<String> notThere = new TreeSet<>(described().keySet());
        notThere.removeAll(routes().keySet());
        assertEquals(Set.of(), notThere, "described, but no routes");
    }

    /// A route that produces one type answers 406 to whoever asks for another.
    @Test
    void every_route_answers_whatever_the_caller_accepts() {
        List<String> picky = new ArrayList<>();
        routes().forEach((name, route) -> {
            if (!route.getProduces().contains(MediaType.ALL_TYPE)) {
                picky.add(name);
            }
        });
        assertEquals(List.of(), picky);
    }

    @Test
    void the_roles_of_each_operation_are_those_that_may() {
        Map<String, UriRouteInfo<?, ?>> routes = routes();
        described()
                .forEach((name, operation) -> {
                    UriRouteInfo<?, ?> route = routes.get(name);
                    if (route != null) {
                        assertEquals(allowed(route), roles(operation), name);
                    }
                });
    }

    private static Set<Role> allowed(UriRouteInfo<?, ?> route) {
        Access access =
                route.getAnnotationMetadata().enumValue(Allow.class, Access.class).orElseThrow();
        return Arrays.stream(Role.values())
                .filter(access::allows)
                .filter(_ -> access != Access.OPEN)
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(Role.class)));
    }

    private static Set<Role> roles(Operation operation) {
        Set<Role> roles = EnumSet.noneOf(Role.class);
        for (JsonNode choice : operation.place().node().path("security")) {
            assertEquals(1, choice.path("key").size(), operation + ": one role a line");
            roles.add(Role.valueOf(choice.path("key").path(0).asText().toUpperCase(Locale.ROOT)));
        }
        return roles;
    }

    @Test
    void what_the_guard_refuses_is_described_everywhere() {
        for (Operation operation : OURS.operations()) {
            Set<String> expected = new HashSet<>(Set.of("413", "500"));
            if (!roles(operation).isEmpty()) {
                expected.addAll(Set.of("401", "403"));
            }
            if (operation.place().at("requestBody").node().path("required").asBoolean()) {
                expected.addAll(Set.of("400", "415"));
            }
            expected.removeAll(operation.responses().fields().keySet());
            assertEquals(Set.of(), expected, operation + " does not tell of");
        }
    }

    @Test
    void every_operation_is_told_in_words_under_a_name_of_its_own() {
        Set<String> names = new HashSet<>();
        Set<String> tags = new HashSet<>();
        OURS.root().at("tags").elements().forEach(tag -> tags.add(tag.text("name")));
        for (Operation operation : OURS.operations()) {
            Place place = operation.place();
            assertTrue(names.add(place.text("operationId")), operation.toString());
            assertTrue(place.text("summary").length() > 5, operation + ": summary");
            assertTrue(place.text("description").length() > 5, operation + ": description");
            assertTrue(tags.contains(place.node().path("tags").path(0).asText()), "" + operation);
            Set<String> variables = new TreeSet<>();
            for (Place parameter : operation.parameters()) {
                assertTrue(parameter.text("description").length() > 5, parameter.pointer());
                if (parameter.text("in").equals("path")) {
                    assertTrue(parameter.node().has("example"), parameter.pointer());
                    variables.add(parameter.text("name"));
                }
            }
            assertEquals(variables.size(), operation.variables(), operation.toString());
        }
    }

    @Test
    void every_example_is_as_its_schema_says() {
        List<String> faults = new ArrayList<>();
        int[] seen = {0};
        for (Place media : mediaTypes()) {
            media.at("examples")
                    .fields()
                    .forEach((name, example) -> {
                        seen[0]++;
                        OURS.faults(media.at("schema"), example.node().path("value"))
                                .forEach(fault ->
                                        faults.add(media.pointer() + " " + name + ": " + fault));
                    });
        }
        assertEquals(List.of(), faults);
        assertTrue(seen[0] > 100, "examples seen: " + seen[0]);
    }

    @Test
    void every_json_answer_that_is_no_error_has_an_example() {
        for (Operation operation : OURS.operations()) {
            Place ok = operation.responses().at("200").at("content").at("application/json");
            assertTrue(
                    ok.missing()
                            || ok.node().has("examples")
                            || operation.responses().fields().containsKey("201"),
                    operation.toString());
        }
    }

    private static List<Place> mediaTypes() {
        List<Place> all = new ArrayList<>();
        for (Operation operation : OURS.operations()) {
            all.addAll(operation.place().at("requestBody").at("content").children());
            operation
                    .responses()
                    .children()
                    .forEach(response -> all.addAll(response.at("content").children()));
        }
        return all;
    }

    /// A shape that is open would let any field through, so each says why.
    @Test
    void every_shape_is_closed_or_says_why_not() {
        List<String> open = new ArrayList<>();
        collectOpen(OURS.root().node(), "", open);
        assertEquals(List.of(), open);
    }

    private static void collectOpen(JsonNode node, String path, List<String> open) {
        JsonNode others = node.path("additionalProperties");
        boolean closed = others.isObject() || (others.isBoolean() && !others.asBoolean());
        if (node.path("properties").isObject() && !closed && !node.has("x-open")) {
            open.add(path);
        }
        for (Map.Entry<String, JsonNode> child : node.properties()) {
            collectOpen(child.getValue(), path + "/" + child.getKey(), open);
        }
        for (int i = 0; i < node.size() && node.isArray(); i++) {
            collectOpen(node.get(i), path + "/" + i, open);
        }
    }

    @Test
    void every_problem_of_the_code_is_listed() {
        Place schema = OURS.root().at("components").at("schemas").at("Problem");
        List<Problem> problems =
                new ArrayList<>(
                        List.of(
                                Problem.conflict("x"),
                                Problem.corrupt("x"),
                                Problem.forbidden("x"),
                                Problem.invalid("x", "1", "2"),
                                Problem.overloaded(),
                                Problem.queueFull("x"),
                                Problem.rateLimited(
                                        Duration.ofSeconds(1),
                                        new Settings.Limit(1, Duration.ofSeconds(1), 1)),
                                Problem.redisFull(),
                                Problem.redisUnavailable(),
                                Problem.tooLarge(1),
                                Problem.unauthorized("x"),
                                Problem.unsupported("x")));
        List.of(400, 404, 405, 413, 415, 500).forEach(status -> problems.add(Problem.of(status)));
        for (Problem problem : problems) {
            assertEquals(List.of(), OURS.faults(schema, problem.json()), problem.slug());
        }
    }

    @Test
    void it_is_served_as_it_is() {
        Reply reply = api.get("/openapi.yml").is(200);
        assertEquals(ApiDescription.text(), reply.text());
        assertEquals("application/yaml", reply.header("Content-Type"));
        api.get("/openapi.yml", "If-None-Match", reply.header("ETag")).is(304);
    }
}
