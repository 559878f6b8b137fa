package io.yardmaster.dispatcher.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/// Runs what stands in `src/test/browser` and `src/test/js` with Node.js: the browser checks, in
/// Debian's Chromium driven by playwright-core, and the tests of the dashboard's own modules.
final class Browser {
    private static final Path SOURCE = Path.of("src/test/browser");
    private static final Path PLACE = Path.of("target/browser");
    private static final Duration INSTALLING = Duration.ofMinutes(5);

    private Browser() {}

    /// What became of one check.
    ///
    /// @param message why it failed; empty when it passed
    record Check(String name, boolean passed, String message) {}

    /// In CI everything must be there: a check that is skipped where it matters is none. Elsewhere
    /// a missing tool skips, and says what is missing.
    static void need(String... tools) {
        for (String tool : tools) {
            if (installed(tool)) {
                continue;
            }
            String missing =
                    tool + ": not installed (expected: on the PATH; apt-get install " + tool + ")";
            if (System.getenv("CI") != null) {
                throw new AssertionError(missing);
            }
            Assumptions.abort(missing);
        }
    }

    private static boolean installed(String tool) {
        return Stream.of(Objects.requireNonNullElse(System.getenv("PATH"), "").split(":", -1))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, tool)));
    }

    /// The checks' sources beside the packages that `package-lock.json` pins, installed when it
    /// changed.
    private static Path installed() {
        try {
            Files.createDirectories(PLACE);
            Path lock = PLACE.resolve("package-lock.json");
            boolean current =
                    Files.exists(PLACE.resolve("node_modules/playwright-core"))
                            && Files.exists(lock)
                            && Files.mismatch(lock, SOURCE.resolve("package-lock.json")) == -1;
            try (Stream<Path> files = Files.list(SOURCE)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    Files.copy(
                            file,
                            PLACE.resolve(file.getFileName()),
                            StandardCopyOption.REPLACE_EXISTING);
                }
            }
            if (!current) {
                String said =
                        run(
                                PLACE,
                                INSTALLING,
                                "npm",
                                "ci",
                                "--no-audit",
                                "--no-fund",
                                "--ignore-scripts");
                System.out.println(said);
            }
            return PLACE;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Runs a command to its end, and fails with what it said unless that is exit code 0.
    static String run(Path directory, Duration limit, String... command) {
        try {
            Path said = Files.createTempFile("yardmaster-node", ".log");
            Process process =
                    new ProcessBuilder(command)
                            .directory(directory.toFile())
                            .redirectErrorStream(true)
                            .redirectOutput(said.toFile())
                            .start();
            try {
                boolean ended = process.waitFor(limit.toSeconds(), TimeUnit.SECONDS);
                String text = Files.readString(said);
                if (!ended || process.exitValue() != 0) {
                    String how = ended ? "exit code " + process.exitValue() : "not within " + limit;
                    throw new AssertionError(String.join(" ", command) + ": " + how + "\n" + text);
                }
                return text;
            } finally {
                end(process);
                Files.deleteIfExists(said);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /// Runs a suite of browser checks against running servers.
    ///
    /// @param limit for all of it
    /// @param answer to what the suite asks for, such as `restart`: JSON in one line
    /// @param arguments of `run.mjs`
    static List<Check> suite(Duration limit, UnaryOperator<String> answer, String... arguments) {
        need("node", "npm", "chromium");
        List<String> command = new ArrayList<>(List.of("node", "run.mjs"));
        command.addAll(List.of(arguments));
        Path place = installed();
        List<Check> checks = new ArrayList<>();
        try {
            Path complaints = Files.createTempFile("yardmaster-browser", ".err");
            Process process =
                    new ProcessBuilder(command)
                            .directory(place.toFile())
                            .redirectError(complaints.toFile())
                            .start();
            Thread clock =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    if (!process.waitFor(limit.toSeconds(), TimeUnit.SECONDS)) {
                                        end(process);
                                    }
                                } catch (InterruptedException e) {
                                    Thread.currentThread().interrupt();
                                }
                            });
            boolean done = false;
            try (BufferedReader lines = process.inputReader(UTF_8);
                    OutputStream answers = process.getOutputStream()) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    JsonNode said = Replica.json(line);
                    if (said.has("ask")) {
                        answers.write(
                                (answer.apply(said.path("ask").asText()) + "\n").getBytes(UTF_8));
                        answers.flush();
                    } else if (said.has("check")) {
                        checks.add(check(said));
                        System.out.println(line);
                    }
                    done |= said.has("done");
                }
            } finally {
                end(process);
                clock.interrupt();
            }
            if (!done) {
                checks.add(
                        new Check(
                                "the suite comes to its end within " + limit,
                                false,
                                Files.readString(complaints)));
            }
            Files.deleteIfExists(complaints);
            return checks;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Check check(JsonNode said) {
        return new Check(
                said.path("check").asText(),
                said.path("outcome").asText().equals("passed"),
                said.path("message").asText(""));
    }

    private static void end(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
