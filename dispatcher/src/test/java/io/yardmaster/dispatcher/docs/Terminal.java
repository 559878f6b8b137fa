package io.yardmaster.dispatcher.docs;

import io.yardmaster.dispatcher.e2e.Await;
import io.yardmaster.dispatcher.e2e.Program;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Runs a page's commands in bash, in a directory that looks like a checkout.
///
/// Ports of the page are replaced by free ones and `/tmp/` by a directory of its own, so that pages
/// run beside each other; what is printed is turned back. `scripts/yardmaster` is there, and runs
/// the classes under test.
final class Terminal implements AutoCloseable {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern PORT =
            Pattern.compile(
                    "(?:localhost:|127\\.0\\.0\\.1:|127\\.0\\.0\\.1\", |--port )(\\d{4,5})\\b");

    /// For a block, on a machine that is busy with other things.
    private static final Duration LONGEST = Duration.ofMinutes(3);

    private final Path home;
    private final Map<String, String> ports = new TreeMap<>();
    private final List<Process> started = new ArrayList<>();
    private final StringBuilder transcript = new StringBuilder();
    private int runs;

    Terminal(Page page) throws IOException {
        this.home = Files.createTempDirectory("yardmaster-docs").toRealPath();
        Files.createDirectories(home.resolve("tmp"));
        Path scripts = Files.createDirectories(home.resolve("scripts"));
        try (Stream<Path> all = Files.list(ROOT.resolve("scripts"))) {
            for (Path script : all.filter(each -> !each.endsWith("yardmaster")).toList()) {
                Files.createSymbolicLink(scripts.resolve(script.getFileName()), script);
            }
        }
        Files.createSymbolicLink(home.resolve("deploy"), ROOT.resolve("deploy"));
        Files.createSymbolicLink(home.resolve("docs"), ROOT.resolve("docs"));
        Files.writeString(scripts.resolve("yardmaster"), launcher());
        Files.setPosixFilePermissions(
                scripts.resolve("yardmaster"), PosixFilePermissions.fromString("rwxr-xr-x"));
        stopTheClock();
        choosePorts(page);
    }

    /// `date` says the same all along: no hour and no day ends between two blocks.
    private void stopTheClock() throws IOException {
        Path date = Files.createDirectories(home.resolve("bin")).resolve("date");
        Files.writeString(
                date,
                "#!/bin/sh\nexec /bin/date -d @" + Instant.now().getEpochSecond() + " \"$@\"\n");
        Files.setPosixFilePermissions(date, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /// As the launcher of this name, but for the classes.
    private static String launcher() {
        return String.join(
                " ",
                "#!/bin/sh\nexec",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC -Xshare:auto -XX:TieredStopAtLevel=1 -Xmx256m",
                "--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow",
                "--add-opens=java.base/java.lang=ALL-UNNAMED",
                "-Dlogback.configurationFile=logback.xml",
                "-cp '" + System.getProperty("java.class.path") + "'",
                "io.yardmaster.dispatcher.Main \"$@\"\n");
    }

    /// All are held until all are chosen, so that they differ.
    private void choosePorts(Page page) throws IOException {
        List<ServerSocket> held = new ArrayList<>();
        try {
            ports.put("8080", freePort(held));
            for (Page.Block block : page.blocks()) {
                Matcher port = PORT.matcher(block.text());
                while (port.find()) {
                    if (!ports.containsKey(port.group(1))) {
                        ports.put(port.group(1), freePort(held));
                    }
                }
            }
        } finally {
            for (ServerSocket socket : held) {
                socket.close();
            }
        }
    }

    private static String freePort(List<ServerSocket> held) throws IOException {
        ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        held.add(socket);
        return Integer.toString(socket.getLocalPort());
    }

    void run(Page page) throws IOException, InterruptedException {
        for (Page.Block block : page.blocks()) {
            String where = page.name() + ":" + block.line();
            transcript.append("\n== ").append(where).append('\n').append(block.text());
            switch (block.how()) {
                case Page.How.Skipped(String reason) ->
                        System.out.println(where + " is not run: " + reason);
                case Page.How.Foreground() -> foreground(where, block, false);
                case Page.How.Failing() -> foreground(where, block, true);
                case Page.How.Background(String ready) -> background(where, block, ready);
                case Page.How.RestCommand(List<String> values) ->
                        RestCommands.call(block.text(), values, this::placed)
                                .forEach(said -> transcript.append(said).append('\n'));
            }
        }
    }

    private void foreground(String where, Page.Block block, boolean fails)
            throws IOException, InterruptedException {
        Path out = home.resolve("out-" + runs++);
        Process process = bash(block.text(), out);
        boolean ended = process.waitFor(LONGEST.toSeconds(), TimeUnit.SECONDS);
        String said = said(out);
        transcript.append("--\n").append(said);
        if (!ended) {
            throw new AssertionError(where + ": still running after " + LONGEST + transcript);
        }
        if ((process.exitValue() != 0) != fails) {
            throw new AssertionError(where + ": exit code " + process.exitValue() + transcript);
        }
        block.printed().ifPresent(printed -> compare(where, printed, said, true));
    }

    private void background(String where, Page.Block block, String ready) throws IOException {
        Path out = home.resolve("out-" + runs++);
        Process process = bash(block.text(), out);
        block.printed()
                .ifPresent(printed ->
                        Await.until(
                                where + " prints what the page says",
                                () -> {
                                    alive(where, process, out);
                                    return Output.matches(printed, said(out), false);
                                },
                                () -> Output.plain(printed) + "--- but\n" + said(out)));
        if (!ready.isEmpty()) {
            Await.until(
                    where + " is ready",
                    () -> {
                        alive(where, process, out);
                        return bash(ready, home.resolve("ready")).waitFor() == 0;
                    },
                    () -> said(out));
        }
    }

    private void alive(String where, Process process, Path out) {
        if (!process.isAlive()) {
            throw new IllegalStateException(where + " ended: " + said(out));
        }
    }

    private void compare(String where, String printed, String said, boolean whole) {
        if (!Output.matches(printed, said, whole)) {
            throw new AssertionError(
                    where
                            + " printed something else\n--- the page\n"
                            + Output.plain(printed)
                            + "--- the run\n"
                            + Output.plain(said)
                            + "--- all of it"
                            + transcript);
        }
    }

    private Process bash(String commands, Path out) throws IOException {
        // A session of its own: what it leaves running is ended with it.
        ProcessBuilder builder =
                new ProcessBuilder("setsid", "bash", "-c", "set -euo pipefail\n" + placed(commands))
                        .directory(home.toFile())
                        .redirectErrorStream(true)
                        .redirectInput(new File("/dev/null"))
                        .redirectOutput(out.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("YARDMASTER_"));
        builder.environment()
                .putAll(
                        Map.of(
                                "YARDMASTER_PORT",
                                placed("8080"),
                                "HOME",
                                home.toString(),
                                "PATH",
                                home.resolve("bin") + ":" + System.getenv("PATH"),
                                "NO_COLOR",
                                "1",
                                "LC_ALL",
                                "C.UTF-8",
                                "TZ",
                                "UTC"));
        Process process = builder.start();
        started.add(process);
        return process;
    }

    private String placed(String text) {
        return replaced(text, ports)
                .replace("/tmp/", home + "/tmp/")
                .replace("/srv/", home + "/srv/")
                .replaceAll("/opt/yardmaster(?![\\w-])", Matcher.quoteReplacement(home.toString()));
    }

    private String said(Path out) {
        try {
            Map<String, String> back = new LinkedHashMap<>();
            ports.forEach((page, free) -> back.put(free, page));
            return replaced(
                    Files.readString(out, StandardCharsets.UTF_8)
                            .replace(home + "/tmp/", "/tmp/")
                            .replace(home + "/srv/", "/srv/"),
                    back);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String replaced(String text, Map<String, String> numbers) {
        return Pattern.compile("\\b\\d{4,5}\\b")
                .matcher(text)
                .replaceAll(each -> numbers.getOrDefault(each.group(), each.group()));
    }

    @Override
    public void close() throws IOException {
        for (Process process : started.reversed()) {
            endSession(process.pid());
        }
        endRedis();
        try (Stream<Path> all = Files.walk(home)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        }
    }

    /// An embedded server is a session of its own, and outlives a dispatcher that was killed.
    private void endRedis() throws IOException {
        try (Stream<Path> all = Files.walk(home)) {
            for (Path file : all.filter(each -> each.endsWith("redis.pid")).toList()) {
                ProcessHandle.of(Long.parseLong(Files.readString(file).strip()))
                        .filter(server ->
                                server.info().command().orElse("").contains("redis-server"))
                        .ifPresent(ProcessHandle::destroyForcibly);
            }
        }
    }

    /// Everything that a block started, by its process group: none outlives the page.
    private static void endSession(long leader) {
        List<ProcessHandle> tree =
                ProcessHandle.of(leader).stream().flatMap(ProcessHandle::descendants).toList();
        try {
            Program.signal("KILL", "-" + leader);
        } catch (AssertionError e) {
            // nothing of it runs any more
        }
        tree.forEach(ProcessHandle::destroyForcibly);
    }
}
