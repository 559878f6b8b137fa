package io.yardmaster.dispatcher.chaos;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/// A defect that somebody could write: one text in one source file of the product is another. The
/// product itself knows nothing of it; the changed classes are put before its own.
///
/// @param module whose sources hold the text, exactly once
record Defect(String module, String text, String instead) {
    /// Compiles the changed file.
    ///
    /// @return the directory with its classes, below `directory`
    Path plant(Path directory) {
        try {
            Path source = source();
            Path changed = directory.resolve(String.valueOf(source.getFileName()));
            Files.writeString(changed, Files.readString(source).replace(text, instead));
            Path classes = Files.createDirectories(directory.resolve("classes"));
            compile(changed, classes);
            return classes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path source() throws IOException {
        Path here = Path.of("").toAbsolutePath();
        Path root = Files.exists(here.resolve(module)) ? here : here.resolve("..");
        List<Path> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(root.resolve(module).resolve("src/main/java"))) {
            for (Path file : files.filter(file -> file.toString().endsWith(".java")).toList()) {
                for (int i = occurrences(Files.readString(file)); i > 0; i--) {
                    found.add(file);
                }
            }
        }
        if (found.size() != 1) {
            throw new IllegalStateException(
                    "'%s' is in %s (expected: once; the defect needs an update)"
                            .formatted(text, found));
        }
        return found.getFirst();
    }

    private int occurrences(String source) {
        return source.split(Pattern.quote(text), -1).length - 1;
    }

    private static void compile(Path source, Path classes) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter said = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            boolean compiled =
                    compiler.getTask(
                                    said,
                                    files,
                                    null,
                                    List.of(
                                            "-proc:none",
                                            "-nowarn",
                                            "-parameters",
                                            "-d",
                                            classes.toString(),
                                            "-classpath",
                                            System.getProperty("java.class.path")),
                                    null,
                                    files.getJavaFileObjects(source))
                            .call();
            if (!compiled) {
                throw new IllegalStateException(source + " does not compile:\n" + said);
            }
        }
    }
}
