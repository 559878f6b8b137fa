package io.yardmaster.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The harness of `scripts/bench` is Python and has tests in Python: what it computes from what it
/// has seen.
class PeersTest {
    @Test
    void the_harness_computes_what_its_own_tests_expect() throws Exception {
        assumeTrue(
                Stream.of(System.getenv("PATH").split(":"))
                        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "python3"))),
                "python3: missing (expected: on the PATH)");
        Process tests =
                new ProcessBuilder("python3", "-B", "-m", "unittest")
                        .directory(Path.of("peers").toFile())
                        .redirectErrorStream(true)
                        .start();
        try {
            String said = said(tests);
            assertTrue(tests.waitFor(60, TimeUnit.SECONDS), said);
            assertEquals(0, tests.exitValue(), said);
            assertTrue(said.contains("OK"), said);
        } finally {
            tests.destroyForcibly();
        }
    }

    /// All that it prints; unittest ends by itself, so this does too.
    private static String said(Process tests) throws IOException {
        return new String(tests.getInputStream().readAllBytes(), UTF_8);
    }
}
