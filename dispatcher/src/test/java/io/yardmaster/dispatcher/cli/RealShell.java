package io.yardmaster.dispatcher.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Runs programs that the machine may have.
final class RealShell {
    private static final long MOST_SECONDS = 120;

    private RealShell() {}

    /// What a program printed.
    record Said(int code, String out, String err) {}

    static boolean has(String program) {
        for (String dir : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
            if (Files.isExecutable(Path.of(dir, program))) {
                return true;
            }
        }
        return false;
    }

    static Said run(List<String> command, String input) throws IOException, InterruptedException {
        return run(command, input, Map.of());
    }

    static Said run(List<String> command, String input, Map<String, String> env)
            throws IOException, InterruptedException {
        Path in = Files.createTempFile("real-shell", ".in");
        Path out = Files.createTempFile("real-shell", ".out");
        Path err = Files.createTempFile("real-shell", ".err");
        try {
            Files.writeString(in, input);
            ProcessBuilder builder =
                    new ProcessBuilder(command)
                            .redirectInput(in.toFile())
                            .redirectOutput(out.toFile())
                            .redirectError(err.toFile());
            builder.environment().putAll(env);
            Process process = builder.start();
            if (!process.waitFor(MOST_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(command + ": still running after " + MOST_SECONDS + " s");
            }
            return new Said(
                    process.exitValue(),
                    Files.readString(out, StandardCharsets.UTF_8),
                    Files.readString(err, StandardCharsets.UTF_8));
        } finally {
            Files.delete(in);
            Files.delete(out);
            Files.delete(err);
        }
    }
}
