package io.yardmaster.dispatcher.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.LongSupplier;

/// What a command may touch of the world around it: streams, environment, terminal and time.
///
/// @param streams standard input, output and error
/// @param env the environment variables
/// @param tty which of the streams are a person's terminal
/// @param time wall clock, stopwatch and pauses
record Shell(Streams streams, Map<String, String> env, Tty tty, Time time) {

    /// Where a command reads and writes.
    ///
    /// @param in bytes, because a body need not be text
    /// @param out what was asked for
    /// @param err everything else
    record Streams(InputStream in, PrintWriter out, PrintWriter err) {}

    /// Where a person sits.
    ///
    /// @param input whether standard input is a keyboard
    /// @param output whether standard output is a screen
    record Tty(boolean input, boolean output) {}

    /// How time passes.
    ///
    /// @param clock wall clock, for "3m ago"
    /// @param nanos stopwatch, for rates and deadlines
    /// @param pause how to let time pass
    record Time(InstantSource clock, LongSupplier nanos, Pause pause) {}

    /// Lets time pass.
    interface Pause {
        /// Waits.
        ///
        /// @param millis 0 or more
        /// @throws InterruptedException when the thread is interrupted meanwhile
        void millis(long millis) throws InterruptedException;
    }

    /// The shell this process runs in. Output is UTF-8 whatever the locale, because JSON is.
    static Shell system() {
        return new Shell(
                new Streams(System.in, writer(FileDescriptor.out), writer(FileDescriptor.err)),
                System.getenv(),
                new Tty(terminal(0), terminal(1)),
                new Time(InstantSource.system(), System::nanoTime, Thread::sleep));
    }

    PrintWriter out() {
        return streams.out();
    }

    PrintWriter err() {
        return streams.err();
    }

    /// Colour is for a person's screen, unless `NO_COLOR` (not empty) or `TERM=dumb` says
    /// otherwise.
    Ink ink() {
        boolean plain =
                !env.getOrDefault("NO_COLOR", "").isEmpty()
                        || env.getOrDefault("TERM", "").equals("dumb");
        return new Ink(tty.output() && !plain);
    }

    private static PrintWriter writer(FileDescriptor descriptor) {
        return new PrintWriter(
                new OutputStreamWriter(new FileOutputStream(descriptor), StandardCharsets.UTF_8));
    }

    /// `Console.isTerminal` wants input *and* output to be terminals; where the system shows what
    /// each descriptor is, `depth | less` and `echo x | enqueue` are told apart.
    @SuppressWarnings("SystemConsoleNull") // from JDK 25 on it may be null again
    private static boolean terminal(int descriptor) {
        Path link = Path.of("/proc/self/fd/" + descriptor);
        try {
            String target = Files.readSymbolicLink(link).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
        } catch (IOException | UnsupportedOperationException e) {
            var console = System.console();
            return console != null && console.isTerminal();
        }
    }
}
