package io.yardmaster.dispatcher.demo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// A process of the demo: the same program, with another command. What it prints goes to a file.
final class Child {
    private static final int TAIL = 15;

    private final String name;
    private final Process process;
    private final Path log;

    /// How this program is started: java, flags, class path, main class.
    record Program(List<String> command) {
        Program {
            command = List.copyOf(command);
        }

        /// The running one.
        static Program running(String mainClass) {
            String java =
                    ProcessHandle.current()
                            .info()
                            .command()
                            .orElse(
                                    Path.of(System.getProperty("java.home"), "bin", "java")
                                            .toString());
            return new Program(
                    List.of(
                            java,
                            "--enable-native-access=ALL-UNNAMED",
                            "--add-opens=java.base/java.lang=ALL-UNNAMED",
                            "--sun-misc-unsafe-memory-access=allow",
                            "-XX:+UseSerialGC",
                            "-Xmx512m",
                            "-XX:TieredStopAtLevel=1",
                            "-Dsun.net.httpserver.nodelay=true",
                            "-cp",
                            System.getProperty("java.class.path"),
                            mainClass));
        }
    }

    /// Starts one. Settings of the caller's environment do not reach it: the demo has its own
    /// Redis.
    Child(String name, Program program, List<String> arguments, Path directory) throws IOException {
        this.name = name;
        this.log = directory.resolve(name + ".log");
        List<String> command = new ArrayList<>(program.command());
        command.addAll(arguments);
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().keySet().removeIf(key -> key.startsWith("YARDMASTER_"));
        this.process = builder.start();
    }

    /// Fails with the last words of a process that has ended.
    void requireAlive() {
        if (!process.isAlive()) {
            throw new DemoFailure(
                    name
                            + " ended with exit code "
                            + process.exitValue()
                            + ". Its last words:\n  "
                            + String.join("\n  ", tail()));
        }
    }

    List<String> tail() {
        List<String> lines = lines();
        return lines.subList(Math.max(0, lines.size() - TAIL), lines.size());
    }

    /// What follows `prefix` in the first printed line that begins so.
    Optional<String> said(String prefix) {
        return lines().stream()
                .filter(line -> line.startsWith(prefix))
                .map(line -> line.substring(prefix.length()))
                .findFirst();
    }

    /// Asks it to end.
    void stop() {
        process.destroy();
    }

    /// Waits for its end, and makes it end after `seconds`.
    void awaitEnd(int seconds) throws InterruptedException {
        awaitEndUpTo(seconds);
        if (process.isAlive()) {
            process.destroyForcibly();
            awaitEndUpTo(seconds);
        }
    }

    /// Waits for its end for at most `seconds`.
    void awaitEndUpTo(int seconds) throws InterruptedException {
        boolean _ = process.waitFor(seconds, TimeUnit.SECONDS);
    }

    private List<String> lines() {
        try {
            return new String(Files.readAllBytes(log), StandardCharsets.UTF_8).lines().toList();
        } catch (IOException e) {
            return List.of("(its log cannot be read: " + e + ")");
        }
    }
}
