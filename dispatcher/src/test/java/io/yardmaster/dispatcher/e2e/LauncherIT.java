package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `scripts/yardmaster` and its start-up cache, in a copy of an installation.
class LauncherIT {
    private static final Path HOME =
            Path.of(System.getProperty("basedir", ".")).resolve("..").toAbsolutePath().normalize();

    @TempDir private Path dir;

    private Path jar;
    private String cache = "";
    private String warm = "";
    private String javaOptions = "";
    private final List<Process> started = new ArrayList<>();

    private record Said(int code, String out, String err) {}

    @BeforeEach
    void install() throws IOException {
        Path built = HOME.resolve("dispatcher/target");
        Assumptions.assumeTrue(
                Files.exists(built.resolve("yardmaster.jar")) && Files.exists(built.resolve("lib")),
                "there is no built jar");
        Path target = Files.createDirectories(dir.resolve("home/dispatcher/target"));
        Files.createSymbolicLink(target.resolve("lib"), built.resolve("lib"));
        jar = Files.copy(built.resolve("yardmaster.jar"), target.resolve("yardmaster.jar"));
        // copies: the launcher follows links to the real path
        Path scripts = Files.createDirectory(dir.resolve("home/scripts"));
        for (String name : List.of("yardmaster", "lib.sh", "warm")) {
            Files.copy(
                    HOME.resolve("scripts").resolve(name),
                    scripts.resolve(name),
                    StandardCopyOption.COPY_ATTRIBUTES);
        }
    }

    /// What the background still writes must not meet the deletion of the directory.
    @AfterEach
    void waitForTheBackground() throws IOException {
        started.forEach(Process::destroyForcibly);
        Files.deleteIfExists(dir.resolve("home/dispatcher/target/lib"));
        Await.until("the cache is not being made", () -> locks().isEmpty());
    }

    private List<Path> locks() throws IOException {
        return find("lock");
    }

    private List<Path> find(String name) throws IOException {
        if (!Files.exists(dir.resolve("cache"))) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(dir.resolve("cache"))) {
            return files.filter(file -> file.endsWith(name)).toList();
        } catch (java.io.UncheckedIOException e) {
            return List.of(); // a file went away meanwhile
        }
    }

    private Process start(Path out, String... words) throws IOException {
        List<String> command =
                new ArrayList<>(List.of(dir.resolve("home/scripts/yardmaster").toString()));
        command.addAll(List.of(words));
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .redirectInput(Path.of("/dev/null").toFile())
                        .redirectOutput(out.toFile())
                        .redirectError(Path.of(out + ".err").toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("YARDMASTER_"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("XDG_CACHE_HOME", dir.resolve("cache").toString());
        builder.environment().put("YARDMASTER_WARM_DELAY", "0");
        builder.environment()
                .putAll(
                        Map.of(
                                "YARDMASTER_CACHE", cache,
                                "YARDMASTER_WARM", warm,
                                "YARDMASTER_JAVA_OPTS", javaOptions));
        Process process = builder.start();
        started.add(process);
        return process;
    }

    private Said said(Process process, Path out) throws Exception {
        assertTrue(process.waitFor(Await.LONG.toSeconds(), TimeUnit.SECONDS), "still running");
        return new Said(
                process.exitValue(),
                Files.readString(out),
                Files.readString(Path.of(out + ".err")));
    }

    private Said run(String... words) throws Exception {
        Path out = Files.createTempFile(dir, "said", ".out");
        return said(start(out, words), out);
    }

    private void assertTellsItsVersion(Said said) {
        assertEquals(0, said.code(), said.toString());
        assertTrue(said.out().matches("yardmaster \\S.*\n"), said.toString());
        assertEquals("", said.err());
    }

    private Path madeCache() {
        Await.until("the cache is made", () -> !find("made-for").isEmpty() && locks().isEmpty());
        try {
            return find("made-for").getFirst().resolveSibling("");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void the_first_use_answers_at_once_and_makes_the_cache_behind_the_users_back()
            throws Exception {
        assertTellsItsVersion(run("--version"));
        Path made = madeCache();
        assertTrue(Files.size(made.resolve("cli.aot")) > 1_000_000);
        assertTellsItsVersion(run("--version"));
        try (Stream<Path> files = Files.list(made)) {
            assertEquals(
                    List.of("cli.aot", "made-for", "picocli.jar"),
                    files.map(file -> file.getFileName().toString()).sorted().toList());
        }
        Files.writeString(made.resolve("cli.aot"), "not a cache");
        assertTellsItsVersion(run("--version")); // passed over in silence
        Said nobody = run("depth", "--url", "http://127.0.0.1:1");
        assertEquals(3, nobody.code(), nobody.toString());
        assertEquals("", nobody.out());
    }

    @Test
    @Tag("long")
    void many_first_uses_at_once_make_one_cache() throws Exception {
        List<Process> processes = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            processes.add(start(dir.resolve("out" + i), "--version"));
        }
        for (int i = 0; i < 4; i++) {
            assertTellsItsVersion(said(processes.get(i), dir.resolve("out" + i)));
        }
        madeCache();
        assertTellsItsVersion(run("--version"));
    }

    @Test
    @Tag("long")
    void a_cache_of_another_jar_is_not_believed() throws Exception {
        run("--version");
        Path made = madeCache();
        FileTime before = Files.getLastModifiedTime(made.resolve("made-for"));
        Files.setLastModifiedTime(jar, FileTime.from(Instant.parse("2001-01-01T00:00:00Z")));
        assertTellsItsVersion(run("--version"));
        Await.until(
                "it is made again",
                () ->
                        Files.exists(made.resolve("made-for"))
                                && !Files.getLastModifiedTime(made.resolve("made-for"))
                                        .equals(before));
    }

    /// A replica works for its cache, then another one starts from it. The free memory that this
    /// takes is looked at by `scripts/warm`.
    @Test
    @Tag("long")
    void serve_starts_from_a_cache_with_what_a_rehearsal_learnt() throws Exception {
        warm = "wait";
        Path out = dir.resolve("first");
        Process first = start(out, "serve", "--help");
        // half a minute of work of two cores
        assertTrue(first.waitFor(10, TimeUnit.MINUTES), "still rehearsing");
        Said help = said(first, out);
        assertEquals(0, help.code(), help.toString());
        Path made = madeCache();
        assertTrue(made.toString().endsWith("-serve"), made.toString());
        try (Stream<Path> files = Files.list(made)) {
            assertEquals(
                    List.of("made-for", "serve.aot"),
                    files.map(file -> file.getFileName().toString()).sorted().toList());
        }
        javaOptions = "-Xlog:class+load:file=" + dir.resolve("classes");
        run("serve", "--help");
        assertTrue(
                Files.readString(dir.resolve("classes"))
                        .contains("io.yardmaster.dispatcher.Server source: shared objects file"));
        Files.writeString(made.resolve("serve.aot"), "not a cache");
        javaOptions = "";
        Said again = run("serve", "--help");
        assertEquals(help, again); // passed over in silence
    }

    @Test
    void without_a_place_for_the_cache_everything_works() throws Exception {
        Files.writeString(dir.resolve("cache"), "a file where the directory should be");
        assertTellsItsVersion(run("--version"));
        Files.delete(dir.resolve("cache"));
    }

    /// Help loads every command's class: each must do with the few jars of the quick commands.
    @Test
    void help_does_with_the_few_jars() throws Exception {
        cache = "off";
        Said serve = run("serve", "--help");
        assertEquals(0, serve.code(), serve.toString());
        Said help = run("--help");
        assertEquals(0, help.code(), help.toString());
        for (String command : List.of("serve", "backup", "simulate", "top", "agent")) {
            assertTrue(help.out().contains("  " + command + " "), help.out());
        }
        assertFalse(help.out().contains("__names"), help.out());
    }
}
