package io.yardmaster.nodes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.nodes.ServiceSettings.Breaker;
import io.yardmaster.nodes.ServiceSettings.Placement;
import io.yardmaster.nodes.ServiceSettings.PriorityOverride;
import io.yardmaster.nodes.ServiceSettings.RateLimit;
import io.yardmaster.nodes.ServiceSettings.Sticky;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class NodeJsonTest {
    private static byte[] json(String singleQuoted) {
        return singleQuoted.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    }

    private static <T> T valid(Parsed<T> parsed) {
        return switch (parsed) {
            case Parsed.Valid<T>(T value) -> value;
            case Parsed.Invalid<T>(var errors) -> throw new AssertionError(errors);
        };
    }

    private static <T> List<String> fields(Parsed<T> parsed) {
        return switch (parsed) {
            case Parsed.Valid<T>(T value) -> throw new AssertionError("accepted: " + value);
            case Parsed.Invalid<T>(var errors) ->
                    errors.stream()
                            .peek(e -> assertTrue(e.message().contains("(expected: "), e.message()))
                            .map(FieldError::field)
                            .toList();
        };
    }

    @Test
    void node_with_an_url_only_gets_the_defaults() {
        Node node = valid(NodeJson.parseNode("pi", json("{'url':'http://192.0.2.5:9000'}")));
        assertEquals(Node.at("pi", URI.create("http://192.0.2.5:9000")), node);
        assertEquals(Set.of("default"), node.services());
        assertEquals(HealthCheck.Type.TCP, node.health().type());
        assertEquals(100, node.maxConnections());
    }

    @Test
    void health_without_a_type_is_a_page() {
        Node node = valid(NodeJson.parseNode("pi", json("{'url':'http://a','health':{}}")));
        assertEquals(new HealthCheck(HealthCheck.Type.HTTP, "/health", null), node.health());
    }

    @Test
    void whole_node_is_read_as_it_was_written() {
        Node node =
                new Node(
                        "nuc:1",
                        URI.create("https://nuc.lan/base"),
                        Set.of("a", "b"),
                        2.5,
                        "eu",
                        new Location(48.1, -11.5),
                        Map.of("gpu", "true"),
                        true,
                        7,
                        new HealthCheck(HealthCheck.Type.MQTT, "/up", Duration.ofMillis(1500)),
                        true);
        assertEquals(node, valid(NodeJson.parseNode("nuc:1", NodeJson.write(node))));
    }

    @Test
    void everything_wrong_is_named_at_once() {
        List<String> fields =
                fields(
                        NodeJson.parseNode(
                                "no spaces",
                                json(
                                        "{'url':'ftp://a','weight':0,'maxConnections':'x',"
                                                + "'services':['ok','not ok'],'colour':'red',"
                                                + "'location':{'lat':91,'lon':0},"
                                                + "'health':{'type':'icmp','path':'up','x':1}}")));
        assertEquals(
                Set.of(
                        "id",
                        "url",
                        "weight",
                        "maxConnections",
                        "services",
                        "colour",
                        "location.lat",
                        "health.type",
                        "health.path",
                        "health.x"),
                Set.copyOf(fields));
        assertEquals(10, fields.size());
    }

    @Test
    void messages_say_field_value_and_condition() {
        var parsed = NodeJson.parseReport(json("{'cpu':1.5}"));
        var invalid = assertInstanceOf(Parsed.Invalid.class, parsed);
        assertEquals(
                List.of(new FieldError("cpu", "cpu: 1.5 (expected: 0 to 1)")), invalid.errors());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{'url':null}",
                "{'url':7}",
                "{'url':'nonsense'}",
                "{'url':'http://'}",
                "{'url':'http://user:pw@a'}",
                "{'url':'http://a?q=1'}",
                "{'url':'http://a#f'}",
                "{'url':'http://a:70000'}",
                "{'url':'http://a b'}",
            })
    void bad_urls_are_refused(String body) {
        assertEquals(Set.of("url"), Set.copyOf(fields(NodeJson.parseNode("a", json(body)))));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'weight':-1|weight",
                "'weight':1001|weight",
                "'weight':1e999|weight",
                "'weight':'1'|weight",
                "'weight':true|weight",
                "'maxConnections':0|maxConnections",
                "'maxConnections':1.5|maxConnections",
                "'maxConnections':1e999999999|maxConnections",
                "'maxConnections':99999999999|maxConnections",
                "'services':'default'|services",
                "'services':[1]|services",
                "'labels':['a']|labels",
                "'labels':{'a':1}|labels.a",
                "'labels':{'a b':'1'}|labels",
                "'backup':'yes'|backup",
                "'backup':1|backup",
                "'region':''|region",
                "'location':{}|location.lat",
                "'location':7|location",
                "'health':{'intervalMs':1}|health.intervalMs",
                "'health':'http'|health",
            })
    void bad_node_fields_are_refused(String field, String at) {
        List<String> fields =
                fields(NodeJson.parseNode("a", json("{'url':'http://a'," + field + "}")));
        assertEquals(at, fields.getFirst());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "[]",
                "7",
                "null",
                "{",
                "{'url':'http://a'} {}",
                "{'url':NaN}",
                "{'url':'http://a','url':'http://b'}",
            })
    void what_is_no_single_object_is_refused(String body) {
        assertEquals(List.of("node"), fields(NodeJson.parseNode("a", json(body))));
    }

    @Test
    void deep_and_huge_texts_are_refused_without_effort() {
        assertEquals(1, fields(NodeJson.parseNode("a", json("[".repeat(60_000)))).size());
        assertEquals(1, fields(NodeJson.parseNode("a", json(" ".repeat(70_000)))).size());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'memory':0.5}",
                "{'cpu':-0.1}",
                "{'cpu':1.01}",
                "{'cpu':'0.5'}",
                "{'cpu':null}",
                "{'cpu':NaN}",
                "{'cpu':0.5,'io':2}",
                "{'cpu':0.5,'cores':0}",
                "{'cpu':0.5,'cores':2.5}",
                "{'cpu':0.5,'connections':-1}",
                "{'cpu':0.5,'load':1}",
            })
    void bad_reports_are_refused(String body) {
        assertTrue(!fields(NodeJson.parseReport(json(body))).isEmpty());
    }

    @Test
    void report_says_only_what_it_knows() {
        Report least = valid(NodeJson.parseReport(json("{'cpu':0.5}")));
        assertEquals(new Report(0.5, 0, 0, 0, Report.UNKNOWN), least);
        Report whole = new Report(1, 0, 0.25, 4, 0);
        assertEquals(whole, valid(NodeJson.parseReport(NodeJson.write(whole))));
        assertThrows(InvalidFields.class, () -> new Report(Double.NaN, 0, 0, 1, 0));
    }

    @Test
    void whole_service_is_read_as_it_was_written() {
        ServiceSettings settings =
                new ServiceSettings(
                        "round_robin",
                        new RateLimit(10, Duration.ofSeconds(1), 2),
                        new Breaker(0.5, 10, 10_000L, 30_000L, 3, 0),
                        Map.of("low", new PriorityOverride(0.1, 60_000L, 0, 0.0)),
                        Sticky.COOKIE,
                        new Placement(
                                Map.of("zone.io/gpu", "a b"),
                                Map.of("nuc-1", 2.5, "pi.local", 0.5),
                                Set.of("nas")));
        assertEquals(settings, valid(NodeJson.parseService(NodeJson.write(settings))));
        assertEquals(ServiceSettings.NONE, valid(NodeJson.parseService(json("{}"))));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'strategy':'fastest'|strategy",
                "'rateLimit':{}|rateLimit.rate",
                "'rateLimit':{'rate':-1}|rateLimit.rate",
                "'rateLimit':{'rate':1,'window':'soon'}|rateLimit.window",
                "'rateLimit':{'rate':1,'window':'2d'}|rateLimit.window",
                "'rateLimit':{'rate':1,'burstMultiplier':0.5}|rateLimit.burstMultiplier",
                "'breaker':{'errorThreshold':0}|breaker.errorThreshold",
                "'breaker':{'minRequests':0}|breaker.minRequests",
                "'breaker':{'window':'10s'}|breaker.window",
                "'priorities':{'urgent':{}}|priorities.urgent",
                "'priorities':{'high':{'reserve':2}}|priorities.high.reserve",
                "'priorities':{'high':{'maxRetries':-1}}|priorities.high.maxRetries",
                "'rateLimit':{'rate':1,'window':'1s','windowMs':1000}|rateLimit.windowMs",
                "'sticky':'glue'|sticky",
                "'labels':{'gpu':true}|labels.gpu",
                "'labels':{'a b':'c'}|labels",
                "'weights':{'nuc':0}|weights.nuc",
                "'weights':{'nuc':'2'}|weights.nuc",
                "'weights':{'n u c':1}|weights",
                "'backups':'nas'|backups",
                "'backups':['n a s']|backups",
                "'colour':'red'|colour",
            })
    void bad_service_settings_are_refused(String field, String at) {
        assertEquals(List.of(at), fields(NodeJson.parseService(json("{" + field + "}"))));
    }

    @Test
    void unknown_strategy_is_refused_with_the_names_that_there_are() {
        var parsed = NodeJson.parseService(json("{'strategy':'fastest'}"));
        assertTrue(
                parsed.toString()
                        .contains(
                                "strategy: fastest (expected: one of "
                                        + String.join(", ", Strategies.NAMES)
                                        + ")"));
    }
}
