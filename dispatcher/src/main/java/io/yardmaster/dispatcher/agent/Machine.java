package io.yardmaster.dispatcher.agent;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongSupplier;

/// The machine that this program runs on. Not thread-safe.
public interface Machine {
    /// How its counters stand now.
    ///
    /// @throws java.io.UncheckedIOException when the system does not say how busy it is
    Reading read();

    /// Linux by its files, everything else by OSHI.
    ///
    /// @param nanos a monotonic clock
    static Machine here(LongSupplier nanos) {
        Path root = Path.of("/");
        return Files.isReadable(root.resolve("proc/stat"))
                ? new LinuxMachine(root, nanos)
                : new OshiMachine(nanos);
    }
}
