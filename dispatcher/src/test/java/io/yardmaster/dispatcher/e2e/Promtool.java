package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// The checker that comes with Prometheus.
public final class Promtool {
    private Promtool() {}

    /// What a run said, on both outputs.
    public record Said(int code, String text) {}

    /// The installed program of this name; without one the test is skipped and says so.
    static String program(String name) {
        Path path = Path.of("/usr/bin", name);
        assumeTrue(
                Files.isExecutable(path),
                name + " is not installed (Debian: prometheus); scripts/test installs it");
        return path.toString();
    }

    /// @param input what it reads from standard input
    public static Said run(Path directory, String input, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program("promtool")));
        command.addAll(List.of(arguments));
        Path in = Files.createTempFile("promtool", ".in");
        Path out = Files.createTempFile("promtool", ".out");
        try {
            Files.writeString(in, input);
            Process process =
                    new ProcessBuilder(command)
                            .directory(directory.toFile())
                            .redirectErrorStream(true)
                            .redirectInput(in.toFile())
                            .redirectOutput(out.toFile())
                            .start();
            if (!process.waitFor(Await.LONG.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(command + " is still running");
            }
            return new Said(
                    process.exitValue(), Files.readString(out, StandardCharsets.UTF_8).strip());
        } finally {
            Files.delete(in);
            Files.delete(out);
        }
    }
}
