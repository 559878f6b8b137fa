package io.yardmaster.dispatcher.chaos;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/// A defect that somebody could write: one text in one source file of the product is another. The
/// product itself knows nothing of it; the changed classes are put before its own.
///
/// @param file below the repository's root
/// @param text occurs there exactly once
record Defect(String file, String text, String instead) {
    /// Compiles the changed file.
    ///
    /// @return the directory with its classes, below `directory`
    Path plant(Path directory) {
        try {
            Path root = Path.of("").toAbsolutePath();
            Path source = (Files.exists(root.resolve(file)) ? root : root.resolve("..")).resolve(file);
            String sound = Files.readString(source);
            if (sound.split(java.util.regex.Pattern.quote(text), -1).length != 2) {
                throw new IllegalStateException(
                        file + ": '" + text + "' (expected: exactly once); the defect needs an update");
            }
            Path changed = directory.resolve(source.getFileName());
            Files.writeString(changed, sound.replace(text, instead));
            Path classes = Files.createDirectories(directory.resolve("classes"));
            compile(changed, classes);
            return classes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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
