package io.yardmaster.dispatcher.chaos;

import io.yardmaster.dispatcher.e2e.Await;
import io.yardmaster.dispatcher.e2e.Program;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// The machine's redis-server (dynamically linked, unlike the one that the program brings, so that
/// the [Shim] can be loaded into it), on a [Disk], with `appendfsync always`, and with a supervisor
/// that starts it again whenever it ends, as systemd would.
final class RedisServer implements AutoCloseable {
    private static final Duration RESTART_PAUSE = Duration.ofMillis(300);

    private final Path directory;
    private final Disk disk;
    private final Shim shim;
    private final int port;
    private final Thread supervisor;
    private volatile boolean wanted = true;
    private volatile boolean closed;
    private volatile @Nullable Process process;

    RedisServer(Path directory) {
        this.directory = directory;
        this.disk = new Disk(directory, 512);
        this.shim = new Shim(directory, "redis");
        this.port = freePort();
        this.supervisor = Thread.ofPlatform().daemon().name("redis-supervisor").start(this::run);
        Await.until("redis-server answers", this::answers);
    }

    static int freePort() {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void run() {
        while (!closed) {
            Process current = process;
            if (wanted && (current == null || !current.isAlive())) {
                process = launch();
            }
            LockSupport.parkNanos(RESTART_PAUSE.toNanos());
        }
    }

    private Process launch() {
        List<String> command = new ArrayList<>(List.of("redis-server"));
        command.addAll(List.of("--port", Integer.toString(port), "--bind", "0.0.0.0"));
        command.addAll(List.of("--protected-mode", "no", "--dir", disk.directory().toString()));
        command.addAll(List.of("--appendonly", "yes", "--appendfsync", "always", "--save", ""));
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(
                                ProcessBuilder.Redirect.appendTo(
                                        directory.resolve("redis.log").toFile()));
        builder.environment().putAll(shim.environment());
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int port() {
        return port;
    }

    Disk disk() {
        return disk;
    }

    Shim shim() {
        return shim;
    }

    Resp connect(int timeoutMs) throws IOException {
        return new Resp("127.0.0.1", port, timeoutMs);
    }

    /// One command over a connection of its own.
    @Nullable Object ask(String... command) throws IOException {
        try (Resp connection = connect(5_000)) {
            return connection.call(command);
        }
    }

    boolean answers() {
        try {
            return "PONG".equals(ask("PING"));
        } catch (IOException e) {
            return false;
        }
    }

    private void signal(String name) {
        Process current = process;
        if (current != null && current.isAlive()) {
            Program.signal(name, Long.toString(current.pid()));
        }
    }

    void freeze() {
        signal("STOP");
    }

    void thaw() {
        signal("CONT");
    }

    /// kill -9, and stays away until [#start].
    void kill() throws InterruptedException {
        end("KILL");
    }

    /// SIGTERM, and stays away until [#start].
    void stop() throws InterruptedException {
        end("TERM");
    }

    private void end(String signal) throws InterruptedException {
        wanted = false;
        signal(signal);
        Process current = process;
        if (current != null && !current.waitFor(30, TimeUnit.SECONDS)) {
            throw new IllegalStateException("redis-server survived SIG" + signal);
        }
    }

    void start() {
        wanted = true;
    }

    @Override
    public void close() {
        closed = true;
        wanted = false;
        try {
            supervisor.join(Duration.ofSeconds(10));
            Process current = process;
            if (current != null) {
                current.destroyForcibly().waitFor(30, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        disk.close();
    }

    /// The end of its log, for failures.
    String said() {
        try {
            String log = Files.readString(directory.resolve("redis.log"));
            return log.substring(Math.max(0, log.length() - 4_000));
        } catch (IOException e) {
            return e.toString();
        }
    }
}
