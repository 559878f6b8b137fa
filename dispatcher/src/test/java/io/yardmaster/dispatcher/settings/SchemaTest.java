package io.yardmaster.dispatcher.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micronaut.context.ApplicationContext;
import io.micronaut.context.env.Environment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class SchemaTest {
    private static final Path MODULE = Path.of(System.getProperty("basedir", "."));
    private static final Path DEFAULTS = MODULE.resolve("src/main/resources/application.yml");
    private static final Path PAGE = MODULE.resolve("../docs/reference/configuration.md");

    @Test
    void every_default_is_possible() {
        for (Row row : Schema.all()) {
            boolean possible =
                    row.initial().isEmpty()
                            || row.initial().equals("embedded")
                            || row.kind().read(row.initial()).isPresent();
            assertTrue(possible, row.key());
        }
    }

    @Test
    void no_two_keys_share_a_variable() {
        Set<String> variables = new HashSet<>();
        for (Row row : Schema.all()) {
            assertTrue(variables.add(row.variable()), row.variable());
        }
    }

    @Test
    void every_single_key_is_reached_by_its_variable() {
        for (Row row : Schema.all()) {
            if (row.single()) {
                assertEquals(row.key(), row.matchVariable(row.variable()).orElse("none"));
                assertEquals(row.key(), Sources.recognise(row.key()).orElseThrow().getKey());
            }
        }
    }

    @Test
    void application_yml_repeats_every_key_with_its_default() throws IOException {
        Map<String, String> expected = new LinkedHashMap<>();
        for (Row row : Schema.all()) {
            if (row.single()) {
                expected.put(row.key(), row.initial());
            }
        }
        Map<String, String> written =
                new LinkedHashMap<>(YamlText.flatten(Files.readString(DEFAULTS)));
        for (String list :
                List.of("yardmaster.nodes", "yardmaster.services", "yardmaster.security.keys")) {
            assertTrue(Set.of("", "[]").contains(written.remove(list)), list);
        }

        assertEquals(String.join("\n", lines(expected)), String.join("\n", lines(written)));
    }

    @Test
    void micronaut_reads_application_yml_without_harm() {
        try (Environment environment =
                ApplicationContext.builder().build().getEnvironment().start()) {
            assertEquals(
                    "8080",
                    environment.getProperty("yardmaster.port", String.class).orElse("none"));
            assertTrue(environment.getProperty("micronaut.server.port", String.class).isEmpty());
        }
    }

    @Test
    void application_yml_says_why_beside_every_key() throws IOException {
        for (String line : Files.readAllLines(DEFAULTS)) {
            boolean value = line.matches("\\s+[a-z0-9-]+:\\s+[^\\s#{].*") && !line.contains("{");
            assertTrue(!value || line.contains(" # "), line);
        }
    }

    /// Written anew with `-Dconfiguration.write=true`.
    @Test
    void reference_page_is_the_one_that_the_schema_gives() throws IOException {
        if (Boolean.getBoolean("configuration.write")) {
            Files.createDirectories(PAGE.toAbsolutePath().normalize().getParent());
            Files.writeString(PAGE, ReferencePage.markdown());
        }
        assertEquals(ReferencePage.markdown(), Files.readString(PAGE));
    }

    private static List<String> lines(Map<String, String> values) {
        List<String> lines = new ArrayList<>();
        values.forEach((key, value) -> lines.add(key + "=" + value));
        return lines.stream().sorted().toList();
    }
}
