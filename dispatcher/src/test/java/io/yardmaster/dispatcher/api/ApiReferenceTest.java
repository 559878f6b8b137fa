package io.yardmaster.dispatcher.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ApiReferenceTest {
    private static final Path PAGE =
            Path.of(System.getProperty("basedir", "."), "../docs/reference/api.md");
    private static final Pattern CURL =
            Pattern.compile(
                    "(?m)^curl (?:-N )?(?:-X (\\w+) )?'?http://localhost:8080([^\\s'?]+)[^\\s]*"
                            + "(?: \\\\\n  -H 'Content-Type: application/json' \\\\\n  -d '(.+)')?");

    /// Written anew with [ApiReference#COMMAND].
    @Test
    void the_reference_is_the_one_that_openapi_yml_gives() throws IOException {
        String current = new ApiReference(ApiDescription.OURS).markdown();
        if (Boolean.getBoolean("api.write")) {
            Files.writeString(PAGE, current);
        }
        assertEquals(
                current,
                Files.exists(PAGE) ? Files.readString(PAGE) : "",
                "docs/reference/api.md is not current; write it anew: " + ApiReference.COMMAND);
    }

    /// Its examples name requests and nodes that nobody has, so they are not run, but each is a
    /// call that is described, and its body is JSON.
    @Test
    void every_example_is_a_call_that_is_described() throws IOException {
        List<MatchResult> examples = CURL.matcher(Files.readString(PAGE)).results().toList();
        for (MatchResult example : examples) {
            String method = example.group(1) == null ? "GET" : example.group(1);
            assertTrue(
                    ApiDescription.OURS.find(method, example.group(2)).isPresent(),
                    example.group());
            if (example.group(3) != null) {
                new ObjectMapper().readTree(example.group(3).replace("'\\''", "'"));
            }
        }
        long lines = Files.readAllLines(PAGE).stream().filter(l -> l.startsWith("curl ")).count();
        assertEquals(lines, examples.size());
        assertTrue(lines > 30, lines + " examples are hardly all");
    }
}
