package io.yardmaster.dispatcher.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SettingsFileTest {
    @TempDir Path dir;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "yardmaster: [",
                "yardmaster:\n\tport: 1",
                "- a\n- b",
                "just words",
                "yardmaster: {port: 1}\n---\nyardmaster: {port: 2}",
                "yardmaster: !!javax.script.ScriptEngineManager [x]",
                "yardmaster: &a\n  port: *a",
                "yardmaster: *nobody",
            })
    void file_that_is_not_our_yaml_is_refused_in_one_line(String text) throws IOException {
        List<String> lines = refused(text);

        assertEquals(1, lines.size(), lines::toString);
        assertTrue(lines.getFirst().contains("(expected: "), lines::toString);
    }

    @Test
    void broken_file_is_refused_with_the_line_of_the_mistake() throws IOException {
        assertTrue(refused("yardmaster:\n  port: 1\n  host: [\n").getFirst().contains("line "));
    }

    @Test
    void key_given_twice_is_refused() throws IOException {
        assertContains(refused("yardmaster:\n  port: 1\n  port: 2\n"), "duplicate key port");
        assertContains(
                refused("yardmaster:\n  port: 1\nyardmaster.port: 2\n"),
                "yardmaster.port is given twice");
        assertContains(
                refused("yardmaster:\n  max-in-flight: 1\n  maxInFlight: 2\n"),
                "yardmaster.max-in-flight is the same key");
    }

    @Test
    void billion_laughs_are_not_laughed() throws IOException {
        StringBuilder bomb = new StringBuilder("a: &a [x, x]\n");
        for (char c = 'b'; c <= 'z'; c++) {
            String before = "*" + (char) (c - 1);
            bomb.append(c)
                    .append(": &")
                    .append(c)
                    .append(" [")
                    .append((before + ", ").repeat(9))
                    .append(before)
                    .append("]\n");
        }

        assertContains(refused(bomb + "yardmaster: {nodes: *z}\n"), "aliases");
    }

    @Test
    void deep_nesting_is_refused() throws IOException {
        assertContains(refused("yardmaster: " + "[".repeat(5_000)), "expected: readable YAML");
    }

    @Test
    void huge_file_is_refused_without_being_read() throws IOException {
        assertContains(refused("# " + "x".repeat(2 << 20)), "at most 1 MiB");
    }

    @Test
    void missing_file_directory_and_foreign_encoding_are_refused() throws IOException {
        assertContains(load(dir.resolve("none.yml")), "a readable file");
        assertContains(load(dir), "a readable file");
        Path latin =
                Files.write(
                        dir.resolve("latin.yml"),
                        "yardmaster: {host: é}".getBytes(StandardCharsets.ISO_8859_1));
        assertContains(load(latin), "a file in UTF-8");
    }

    @Test
    void settings_outside_their_section_are_found() throws IOException {
        assertContains(
                refused("port: 1\n"),
                "port: 1 (expected: it under yardmaster:, as yardmaster.port");
        assertContains(
                refused("yardmastr: {port: 1}\n"),
                "yardmastr.port: 1 (expected: a known section; did you mean yardmaster?");
    }

    @Test
    void sections_of_others_empty_sections_and_anchors_are_fine() throws IOException {
        Settings settings =
                ok(
                        """
                        micronaut: {application: {name: x}}
                        yardmaster:
                          nodes: []
                          services: {images: {}}
                          security:
                          rate-limit:
                            service: &limit {rate: off, window: 2s}
                            node:
                              <<: *limit
                              rate: 5
                          circuit-breaker: {consecutive-failures: off}
                          nodes-allowed: [10.0.0.0/8, "fd00::/8"]
                        """);

        assertEquals(5, settings.rateLimit().node().rate());
        assertEquals(2, settings.rateLimit().node().window().toSeconds());
        assertEquals(0, settings.circuitBreaker().consecutiveFailures());
        assertEquals(List.of("10.0.0.0/8", "fd00::/8"), settings.nodesAllowed());
    }

    @Test
    void empty_list_of_ranges_allows_none() throws IOException {
        assertEquals(List.of(), ok("yardmaster: {nodes-allowed: []}").nodesAllowed());
    }

    private Settings ok(String text) throws IOException {
        Settings.Loaded loaded = Settings.load(Map.of(), Map.of(), Optional.of(file(text)));
        return assertInstanceOf(Settings.Loaded.Ok.class, loaded, loaded::toString).settings();
    }

    private List<String> refused(String text) throws IOException {
        return load(file(text));
    }

    private static List<String> load(Path file) {
        Settings.Loaded loaded = Settings.load(Map.of(), Map.of(), Optional.of(file));
        return assertInstanceOf(Settings.Loaded.Refused.class, loaded, loaded::toString).lines();
    }

    private Path file(String text) throws IOException {
        return Files.writeString(dir.resolve("yard.yml"), text);
    }

    private static void assertContains(List<String> lines, String part) {
        assertTrue(
                lines.stream().anyMatch(line -> line.contains(part)),
                () -> part + " not in " + lines);
    }
}
