package io.yardmaster.nodes;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SignalJsonTest {
    private static byte[] json(String singleQuoted) {
        return singleQuoted.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    }

    private static <T> T valid(Parsed<T> parsed) {
        return switch (parsed) {
            case Parsed.Valid<T>(T value) -> value;
            case Parsed.Invalid<T>(var errors) -> throw new AssertionError(errors);
        };
    }

    private static <T> List<String> messages(Parsed<T> parsed) {
        return switch (parsed) {
            case Parsed.Valid<T>(T value) -> throw new AssertionError("accepted: " + value);
            case Parsed.Invalid<T>(var errors) -> errors.stream().map(FieldError::message).toList();
        };
    }

    @Test
    void pressure_and_temperature_are_read_as_they_were_written_and_may_be_absent() {
        Report report = new Report(0.5, 0.25, 0.125, 4, 2, 0.07, 61.5);
        assertEquals(report, valid(NodeJson.parseReport(NodeJson.write(report))));
        assertEquals(
                new Report(0.5, 0, 0, 0, Report.UNKNOWN, null, null),
                valid(NodeJson.parseReport(json("{'cpu':0.5,'pressure':null}"))));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'pressure':1.1|pressure: 1.1 (expected: 0 to 1)",
                "'pressure':-0.1|pressure: -0.1 (expected: 0 to 1)",
                "'temperature':151|temperature: 151.0 (expected: -50 to 150)",
                "'temperature':-51|temperature: -51.0 (expected: -50 to 150)",
                "'temperature':'hot'|temperature: \"hot\" (expected: a number)",
            })
    void bad_figures_are_refused(String field, String message) {
        assertEquals(
                List.of(message),
                messages(NodeJson.parseReport(json("{'cpu':0.5," + field + "}"))));
    }

    @Test
    void stats_and_details_of_the_check_are_read_as_they_were_written() {
        Node node =
                new Node(
                        "pi",
                        URI.create("http://pi:9000"),
                        Set.of("a"),
                        1,
                        null,
                        null,
                        Map.of(),
                        false,
                        7,
                        new HealthCheck(
                                HealthCheck.Type.HTTP,
                                "/up",
                                Duration.ofSeconds(2),
                                Duration.ofMillis(700),
                                1,
                                5),
                        false,
                        new Stats(
                                Stats.Type.NODE_EXPORTER,
                                URI.create(
                                        "http://pi:9100/metrics?collect[]=cpu"
                                                .replace("[]", "%5B%5D")),
                                Duration.ofSeconds(5)));
        assertEquals(node, valid(NodeJson.parseNode("pi", NodeJson.write(node))));
        assertEquals(node.withDraining(true).stats(), node.stats());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'stats':{}|stats.type: absent (expected: node-exporter)",
                "'stats':{'type':'node-exporter'}|stats.url: absent (expected: http or https with a host)",
                "'stats':{'type':'snmp','url':'http://a'}|stats.type: snmp (expected: node-exporter)",
                "'stats':{'type':'node-exporter','url':'file:///etc/passwd'}|stats.url: file:///etc/passwd (expected: http or https with a host, without user and fragment)",
                "'stats':{'type':'node-exporter','url':'http://u:p@a/'}|stats.url: http://u:p@a/ (expected: http or https with a host, without user and fragment)",
                "'stats':{'type':'node-exporter','url':'http://a','intervalMs':999}|stats.intervalMs: 999 (expected: 1000 to 3600000)",
                "'stats':{'type':'node-exporter','url':'http://a','every':9}|stats.every: 9 (expected: one of type, url, intervalMs)",
                "'health':{'intervalMs':1000,'timeoutMs':1001}|health.timeoutMs: 1001 (expected: 10 to 60000, and at most intervalMs)",
                "'health':{'timeoutMs':9}|health.timeoutMs: 9 (expected: 10 to 60000, and at most intervalMs)",
                "'health':{'rise':0}|health.rise: 0 (expected: 1 to 100)",
                "'health':{'fall':101}|health.fall: 101 (expected: 1 to 100)",
            })
    void bad_stats_and_checks_are_refused(String field, String message) {
        List<String> messages =
                messages(NodeJson.parseNode("a", json("{'url':'http://a'," + field + "}")));
        assertEquals(message, messages.getFirst());
    }

    @Test
    void check_never_takes_longer_than_its_interval() {
        HealthCheck check =
                new HealthCheck(
                        HealthCheck.Type.TCP, "/", null, Duration.ofSeconds(20), null, null);
        assertEquals(Duration.ofSeconds(20), check.timeoutAt(Duration.ofSeconds(30)));
        assertEquals(Duration.ofSeconds(3), check.timeoutAt(Duration.ofSeconds(3)));
    }
}
