package io.yardmaster.dispatcher.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// Writes a jar again with its classes in today's class file format. picocli is compiled for Java
/// 5; the JDK's start-up cache takes no class that old, and loading and verifying picocli's 75
/// classes afresh costs each start a third of its CPU time. Nothing but the version and the stack
/// maps that it asks for changes. Run by `scripts/warm`, never by a command.
final class ModernClasses {
    private static final long NO_TIME = 0;

    private ModernClasses() {}

    /// Rewrites.
    ///
    /// @param args the jar to read, and the file to write
    public static void main(String[] args) throws IOException {
        rewrite(Path.of(args[0]), Path.of(args[1]));
    }

    /// Rewrites all classes; other entries are copied, `META-INF` is left out. The same input gives
    /// the same bytes.
    static void rewrite(Path from, Path to) throws IOException {
        try (JarFile jar = new JarFile(from.toFile());
                URLClassLoader classes =
                        new URLClassLoader(new URL[] {from.toUri().toURL()}, null);
                ZipOutputStream out =
                        new ZipOutputStream(new BufferedOutputStream(Files.newOutputStream(to)))) {
            out.setLevel(0); // inflating would cost the start more than reading does
            ClassFile format =
                    ClassFile.of(
                            ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
                            ClassFile.ConstantPoolSharingOption.NEW_POOL,
                            ClassFile.ClassHierarchyResolverOption.of(
                                    ClassHierarchyResolver.ofResourceParsing(classes)
                                            .orElse(ClassHierarchyResolver.defaultResolver())));
            Enumeration<JarEntry> entries = jar.entries();
            while (entries.hasMoreElements()) {
                JarEntry entry = entries.nextElement();
                String name = entry.getName();
                if (entry.isDirectory() || name.startsWith("META-INF/")) {
                    continue;
                }
                byte[] bytes;
                try (var in = jar.getInputStream(entry)) {
                    bytes = in.readAllBytes();
                }
                ZipEntry copy = new ZipEntry(name);
                copy.setTime(NO_TIME);
                out.putNextEntry(copy);
                out.write(name.endsWith(".class") ? modern(format, bytes) : bytes);
                out.closeEntry();
            }
        }
    }

    private static byte[] modern(ClassFile format, byte[] bytes) {
        ClassTransform anew =
                ClassTransform.transformingMethodBodies(
                        (builder, element) -> builder.with(element));
        ClassTransform version =
                ClassTransform.endHandler(
                        builder -> builder.withVersion(ClassFile.JAVA_21_VERSION, 0));
        return format.transformClass(format.parse(bytes), anew.andThen(version));
    }
}
