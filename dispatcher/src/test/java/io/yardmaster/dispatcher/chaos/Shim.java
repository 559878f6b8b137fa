package io.yardmaster.dispatcher.chaos;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;

/// The wall clock and the disk of one process, in our hands: `shim.c`, compiled when it is first
/// needed, preloaded into the process.
final class Shim {
    private final Path library;
    private final Path control;

    /// @param name of the process that it is for
    Shim(Path directory, String name) {
        this.library = compiled(directory);
        this.control = directory.resolve(name + ".shim");
        try {
            Files.write(control, new byte[16]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path compiled(Path directory) {
        Path library = directory.resolve("shim.so");
        if (Files.exists(library)) {
            return library;
        }
        Path source = directory.resolve("shim.c");
        try (InputStream code = Shim.class.getResourceAsStream("/chaos/shim.c")) {
            if (code == null) {
                throw new IllegalStateException("chaos/shim.c is missing");
            }
            Files.copy(code, source);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Command.run("gcc", "-O2", "-shared", "-fPIC", "-o", library.toString(), source.toString());
        return library;
    }

    /// What the process has to be started with.
    Map<String, String> environment() {
        return Map.of("LD_PRELOAD", library.toString(), "CHAOS_SHIM", control.toString());
    }

    /// Its wall clock is off by so much from now on; zero sets it right again.
    void stepClock(Duration offset) {
        write(0, offset.toMillis());
    }

    /// Each fsync takes so much longer from now on.
    void slowFsync(Duration by) {
        write(8, by.toMillis());
    }

    private void write(int position, long value) {
        ByteBuffer bytes =
                ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putLong(value).flip();
        try (FileChannel file = FileChannel.open(control, StandardOpenOption.WRITE)) {
            while (bytes.hasRemaining()) {
                position += file.write(bytes, position);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
