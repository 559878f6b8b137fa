package io.yardmaster.dispatcher.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// What `scripts/warm` runs. The launcher itself is tried in `LauncherIT`.
final class WarmUpTest {
    @Test
    void the_rehearsal_ends_by_itself() throws Exception {
        WarmUp.main(new String[0]);
    }

    @Test
    void picocli_is_the_same_program_in_a_newer_format(@TempDir Path dir) throws Exception {
        Path old =
                Path.of(
                        CommandLine.class
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .toURI());
        Path modern = dir.resolve("picocli.jar");
        ModernClasses.rewrite(old, modern);
        try (JarFile jar = new JarFile(modern.toFile());
                URLClassLoader classes =
                        new URLClassLoader(
                                new URL[] {modern.toUri().toURL()},
                                ClassLoader.getPlatformClassLoader())) {
            var entries = jar.entries();
            int count = 0;
            while (entries.hasMoreElements()) {
                var entry = entries.nextElement();
                if (entry.getName().endsWith(".class")) {
                    byte[] bytes = jar.getInputStream(entry).readAllBytes();
                    assertTrue(bytes[7] >= 52, entry.getName());
                    String name = entry.getName().replace('/', '.').replaceFirst("\\.class$", "");
                    if (!name.contains("groovy")) {
                        // initialising verifies every method
                        Class.forName(name, !name.contains("Ansi"), classes);
                    }
                    count++;
                }
            }
            assertTrue(count > 100, "classes: " + count);
            Class<?> line = classes.loadClass("picocli.CommandLine");
            Class<?> help = classes.loadClass("picocli.CommandLine$HelpCommand");
            Object program =
                    line.getConstructor(Object.class)
                            .newInstance(help.getConstructor().newInstance());
            assertEquals("help", line.getMethod("getCommandName").invoke(program));
        }
        byte[] first = Files.readAllBytes(modern);
        ModernClasses.rewrite(old, modern);
        assertArrayEquals(first, Files.readAllBytes(modern));
    }
}
