package io.yardmaster.dispatcher.e2e;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// One run of `yardmaster ...` as its own process, started as `scripts/yardmaster` starts it.
public final class Program implements AutoCloseable {
    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();
    private static final String CLASS_PATH = System.getProperty("java.class.path");

    /// Without the tests' own classes, as a [ClassArchive] needs it.
    private static final String JARS =
            Stream.of(CLASS_PATH.split(File.pathSeparator))
                    .filter(entry -> !entry.endsWith("test-classes" + File.separator))
                    .filter(entry -> !entry.endsWith("test-classes"))
                    .collect(Collectors.joining(File.pathSeparator));

    private static final String MAIN = "io.yardmaster.dispatcher.Main";

    private final Process process;
    private final Path out;
    private final Path err;

    private Program(Process process, Path out, Path err) {
        this.process = process;
        this.out = out;
        this.err = err;
    }

    /// What a finished run said.
    record Result(int code, String out, String err) {}

    static Program start(String... arguments) {
        return start(Map.of(), List.of(), arguments);
    }

    /// @param prefix a command that runs the program, such as `setsid`
    public static Program start(
            Map<String, String> environment, List<String> prefix, String... arguments) {
        return start(environment, prefix, JARS, MAIN, arguments);
    }

    /// The program with some of its classes replaced.
    ///
    /// @param classes a directory that is looked into before the program's own
    public static Program patched(
            Path classes,
            Map<String, String> environment,
            List<String> prefix,
            String... arguments) {
        String classPath = classes + File.pathSeparator + CLASS_PATH;
        return start(environment, prefix, classPath, MAIN, arguments);
    }

    /// Another program of the tests' class path, as its own process.
    static Program main(Class<?> main, String... arguments) {
        return start(Map.of(), List.of(), CLASS_PATH, main.getName(), arguments);
    }

    private static Program start(
            Map<String, String> environment,
            List<String> prefix,
            String classPath,
            String main,
            String... arguments) {
        List<String> java =
                new ArrayList<>(
                        List.of(
                                JAVA,
                                "-XX:+UseSerialGC",
                                "-Xshare:auto",
                                "-XX:TieredStopAtLevel=1",
                                arguments.length > 0 && arguments[0].equals("serve")
                                        ? "-Xmx256m"
                                        : "-Xmx128m",
                                "--enable-native-access=ALL-UNNAMED",
                                "--add-opens=java.base/java.lang=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                // The test's class path has a logging configuration of its own.
                                "-Dlogback.configurationFile=logback.xml",
                                // The JDK's server sends headers and body apart: 40 ms with
                                // Nagle's rule.
                                "-Dsun.net.httpserver.nodelay=true",
                                "-cp",
                                classPath,
                                main));
        List<String> archive =
                main.equals(MAIN) ? ClassArchive.options(classPath, java) : List.of();
        java.addAll(1, archive);
        List<String> command = new ArrayList<>(prefix);
        command.addAll(java);
        command.addAll(List.of(arguments));
        try {
            Path out = Files.createTempFile("yardmaster-e2e", ".out");
            Path err = Files.createTempFile("yardmaster-e2e", ".err");
            ProcessBuilder builder =
                    new ProcessBuilder(command)
                            .redirectOutput(out.toFile())
                            .redirectError(err.toFile())
                            .redirectInput(
                                    ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
            builder.environment().keySet().removeIf(name -> name.startsWith("YARDMASTER_"));
            builder.environment().putAll(environment);
            builder.environment().put("NO_COLOR", "1");
            return new Program(builder.start(), out, err);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Result run(String... arguments) throws InterruptedException {
        try (Program program = start(arguments)) {
            return program.result();
        }
    }

    Result result() throws InterruptedException {
        return new Result(exitCode(), out(), err());
    }

    public int exitCode() throws InterruptedException {
        if (!process.waitFor(Await.LONG.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("still running after " + Await.LONG + "\n" + said());
        }
        return process.exitValue();
    }

    public boolean running() {
        return process.isAlive();
    }

    public long pid() {
        return process.pid();
    }

    List<ProcessHandle> children() {
        return process.descendants().toList();
    }

    public void signal(String name) {
        signal(name, Long.toString(process.pid()));
    }

    public static void signal(String name, String target) {
        try {
            Process kill = new ProcessBuilder("kill", "-s", name, "--", target).start();
            if (!kill.waitFor(30, TimeUnit.SECONDS) || kill.exitValue() != 0) {
                throw new AssertionError("kill -s " + name + " " + target + " failed");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    String out() {
        return read(out);
    }

    String err() {
        return read(err);
    }

    public String said() {
        return "--- out\n" + out() + "--- err\n" + err();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Kills it and everything it started, whatever state they are in.
    @Override
    public void close() {
        List<ProcessHandle> children = children();
        process.destroyForcibly();
        children.forEach(ProcessHandle::destroyForcibly);
        try {
            process.waitFor(Duration.ofSeconds(30).toSeconds(), TimeUnit.SECONDS);
            Files.deleteIfExists(out);
            Files.deleteIfExists(err);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
