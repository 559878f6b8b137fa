package io.yardmaster.dispatcher.e2e;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// The program's classes, parsed and linked, in a file that the JVM maps (JEP 350): with it a start
/// costs half the CPU time, and these tests start hundreds. One run of `serve` makes it, once a
/// build and for all forks.
final class ClassArchive {
    private static final Path FILE = Path.of("target", "e2e.jsa").toAbsolutePath();

    private ClassArchive() {}

    /// What makes a program of this class path use it; nothing when there is none for it.
    ///
    /// @param command starts `serve`, but for these options and its arguments
    static synchronized List<String> options(String classPath, List<String> command) {
        List<Path> jars = Stream.of(classPath.split(File.pathSeparator)).map(Path::of).toList();
        if (!jars.stream().allMatch(Files::isRegularFile)) {
            return List.of(); // the JVM archives no classes from directories
        }
        try {
            if (!isNewerThan(jars)) {
                makeAlone(jars, command);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return List.of("-XX:SharedArchiveFile=" + FILE, "-Xlog:cds=off", "-Xlog:aot=off");
    }

    private static boolean isNewerThan(List<Path> jars) throws IOException {
        if (!Files.exists(FILE)) {
            return false;
        }
        for (Path jar : jars) {
            if (Files.getLastModifiedTime(jar).compareTo(Files.getLastModifiedTime(FILE)) > 0) {
                return false;
            }
        }
        return true;
    }

    private static void makeAlone(List<Path> jars, List<String> command) throws IOException {
        try (FileChannel lock =
                        FileChannel.open(
                                FILE.resolveSibling("e2e.jsa.lock"),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE);
                FileLock _ = lock.lock()) {
            if (!isNewerThan(jars)) {
                make(command);
            }
        }
    }

    private static void make(List<String> command) throws IOException {
        Path made = FILE.resolveSibling("e2e.jsa.new");
        Path data = Files.createTempDirectory("yardmaster-archive");
        Path said = data.resolve("said");
        List<String> all = new ArrayList<>(command);
        all.add(1, "-XX:ArchiveClassesAtExit=" + made);
        all.addAll(List.of("serve", "--port", "0", "--data-dir", data.resolve("redis").toString()));
        ProcessBuilder builder =
                new ProcessBuilder(all).redirectErrorStream(true).redirectOutput(said.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("YARDMASTER_"));
        Process serving = builder.start();
        try {
            Await.until(
                    "it serves",
                    () -> !serving.isAlive() || Files.readString(said).contains("serving on "));
            serving.destroy();
            if (!serving.waitFor(Await.LONG.toSeconds(), TimeUnit.SECONDS) || !Files.exists(made)) {
                throw new AssertionError("no archive was made\n" + Files.readString(said));
            }
            Files.move(made, FILE, StandardCopyOption.ATOMIC_MOVE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        } finally {
            serving.destroyForcibly();
            try (Stream<Path> files = Files.walk(data)) {
                files.sorted(Comparator.reverseOrder()).forEach(each -> each.toFile().delete());
            }
        }
    }
}
