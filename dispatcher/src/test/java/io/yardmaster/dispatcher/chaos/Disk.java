package io.yardmaster.dispatcher.chaos;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A disk of a given size, which can be filled and freed: a tmpfs.
final class Disk implements AutoCloseable {
    private final Path mounted;

    Disk(Path directory, int megabytes) {
        mounted = directory.resolve("disk");
        try {
            Files.createDirectory(mounted);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Command.run(
                "mount",
                "-t",
                "tmpfs",
                "-o",
                "size=" + megabytes + "m",
                "tmpfs",
                mounted.toString());
    }

    Path directory() {
        return mounted;
    }

    /// Until not one byte more fits.
    void fill() {
        byte[] block = new byte[1 << 16];
        try (OutputStream out = Files.newOutputStream(filler())) {
            while (true) {
                out.write(block);
            }
        } catch (IOException full) {
            topUp();
        }
    }

    private void topUp() {
        try (OutputStream out =
                Files.newOutputStream(filler(), java.nio.file.StandardOpenOption.APPEND)) {
            while (true) {
                out.write(1);
            }
        } catch (IOException full) {
            // that is what it is for
        }
    }

    void free() {
        try {
            Files.deleteIfExists(filler());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path filler() {
        return mounted.resolve("filler");
    }

    @Override
    public void close() {
        Command.run("umount", "-l", mounted.toString());
    }
}
