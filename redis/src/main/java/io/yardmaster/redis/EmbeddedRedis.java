package io.yardmaster.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.embedded.RedisExecProvider;

/// A real redis-server that this program brings along and starts on loopback, so that nothing needs
/// installing.
///
/// Its data is safe by default: append-only file, fsync before every answer, no eviction. It runs
/// in a session of its own, so that a Ctrl-C meant for this program leaves it running until what is
/// in flight was settled. It remembers its port beside its data; if the last program was killed and
/// left its server running, that server is taken over instead of starting a second one on the same
/// files.
public final class EmbeddedRedis implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EmbeddedRedis.class);
    private static final Duration LONGEST_BIRTH = Duration.ofSeconds(30);
    private static final Duration LONGEST_END = Duration.ofSeconds(10);

    private final int port;
    private final Path data;
    private final String fsync;
    private final Path portFile;

    /// Held for as long as we use the directory; the system lets go of it when we are killed.
    private final FileChannel lock;

    private EmbeddedRedis(int port, Path data, String fsync, Path portFile, FileChannel lock) {
        this.port = port;
        this.data = data;
        this.fsync = fsync;
        this.portFile = portFile;
        this.lock = lock;
    }

    /// Starts a server with its data in `directory`, or takes over the one that is running there.
    ///
    /// @param fsync Redis' `appendfsync`: `always` or `everysec`
    /// @throws IllegalStateException when another live program uses the directory
    public static EmbeddedRedis start(Path directory, String fsync) {
        try {
            Files.createDirectories(directory);
            Path data = directory.toRealPath();
            Path portFile = data.resolve("redis.port");
            FileChannel lock = lock(data, portFile);
            try {
                return start(data, portFile, fsync, lock);
            } catch (IOException | RuntimeException e) {
                lock.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "starting the embedded Redis in " + directory + ": " + e.getMessage(), e);
        }
    }

    private static FileChannel lock(Path data, Path portFile) throws IOException {
        FileChannel channel =
                FileChannel.open(
                        data.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            lock = null;
        }
        if (lock == null) {
            channel.close();
            String port = Files.exists(portFile) ? Files.readString(portFile).strip() : "PORT";
            throw new IllegalStateException(
                    "yardmaster.data-dir: "
                            + data
                            + " is in use by another replica (expected: a directory of its own, or"
                            + " --redis redis://127.0.0.1:"
                            + port
                            + " to work beside it)");
        }
        return channel;
    }

    private static EmbeddedRedis start(Path data, Path portFile, String fsync, FileChannel lock)
            throws IOException {
        int running = runningPort(portFile, data);
        if (running > 0) {
            log.info("taking over the Redis that already serves {} on port {}", data, running);
            return new EmbeddedRedis(running, data, fsync, portFile, lock);
        }
        int port = freePort();
        // Written first: a server that outlives us from here on is found again.
        Files.writeString(portFile, Integer.toString(port));
        launch(port, data, fsync);
        awaitLoaded(port, data);
        return new EmbeddedRedis(port, data, fsync, portFile, lock);
    }

    private static void launch(int port, Path data, String fsync) throws IOException {
        List<String> command =
                List.of(
                        RedisExecProvider.defaultProvider().get().getAbsolutePath(),
                        "--port",
                        Integer.toString(port),
                        "--bind",
                        "127.0.0.1",
                        "--dir",
                        data.toString(),
                        "--appendonly",
                        "yes",
                        "--appendfsync",
                        fsync,
                        "--no-appendfsync-on-rewrite",
                        "no",
                        "--aof-load-truncated",
                        "yes",
                        "--save",
                        "",
                        "--maxmemory",
                        Long.toString(memory()),
                        "--maxmemory-policy",
                        "noeviction",
                        // Tickets that wait in the middle of a long list: 6 bytes each and not 22.
                        "--list-compress-depth",
                        "1",
                        "--tcp-keepalive",
                        "30",
                        "--busy-reply-threshold",
                        "1000",
                        // The way to a session of its own that every system has.
                        "--daemonize",
                        "yes",
                        "--pidfile",
                        data.resolve("redis.pid").toString(),
                        "--logfile",
                        data.resolve("redis.log").toString(),
                        "--loglevel",
                        "warning");
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            String said = new String(process.getInputStream().readAllBytes(), UTF_8);
            if (process.waitFor() != 0) {
                throw new IOException("redis-server refused to start: " + said.strip());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /// 60 % of what this machine or container has, or 0, no limit, where that can't be seen: a
    /// server without a limit is ended by its machine some day, one with a limit says that it is
    /// full.
    private static long memory() {
        return ManagementFactory.getOperatingSystemMXBean()
                        instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getTotalMemorySize() / 10 * 6
                : 0;
    }

    /// A server with much data answers `LOADING` for a while; that takes as long as it takes.
    private static void awaitLoaded(int port, Path data) throws IOException {
        long deadline = System.nanoTime() + LONGEST_BIRTH.toNanos();
        while (true) {
            String answer = pinged(port);
            if (answer.startsWith("+PONG")) {
                return;
            }
            if (answer.isEmpty() && System.nanoTime() - deadline > 0) {
                throw new IOException(
                        "redis-server does not answer; see " + data.resolve("redis.log"));
            }
            LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
        }
    }

    private static String pinged(int port) {
        try {
            return ask(port, "PING");
        } catch (IOException e) {
            return "";
        }
    }

    /// Starts the server again, at its port and with its data, if it has died alone; one that
    /// lives, or only stands still, is left as it is.
    ///
    /// @return whether it had died
    public synchronized boolean revive() {
        if (!lock.isOpen() || !refusesConnections()) {
            return false;
        }
        log.error(
                "the embedded Redis of {} has died, starting it again (why: {})",
                data,
                data.resolve("redis.log"));
        try {
            launch(port, data, fsync);
            awaitLoaded(port, data);
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "starting the embedded Redis in " + data + ": " + e.getMessage(), e);
        }
    }

    /// Nobody listens any more. A process may still be listed then: where this program is the first
    /// of a container, nobody takes the dead away.
    private boolean refusesConnections() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 500);
            return false;
        } catch (ConnectException e) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    public String uri() {
        return "redis://127.0.0.1:" + port;
    }

    @Override
    public synchronized void close() {
        if (!lock.isOpen()) {
            return;
        }
        try {
            ask(port, "SHUTDOWN", "NOSAVE");
            long deadline = System.nanoTime() + LONGEST_END.toNanos();
            while (!pinged(port).isEmpty() && System.nanoTime() - deadline < 0) {
                LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
            }
            Files.deleteIfExists(portFile);
            lock.close();
        } catch (IOException e) {
            log.warn("stopping the embedded Redis on port {}: {}", port, e.toString());
        }
    }

    /// The port of a server that answers for exactly these files, or 0.
    private static int runningPort(Path portFile, Path data) throws IOException {
        if (!Files.exists(portFile)) {
            return 0;
        }
        try {
            int port = Integer.parseInt(Files.readString(portFile).trim());
            String answer = ask(port, "CONFIG", "GET", "dir");
            return answer.contains("\r\n" + data + "\r\n") ? port : 0;
        } catch (IOException | NumberFormatException e) {
            return 0;
        }
    }

    private static String ask(int port, String... words) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 500);
            socket.setSoTimeout(2_000);
            StringBuilder command = new StringBuilder("*" + words.length + "\r\n");
            for (String word : words) {
                command.append('$')
                        .append(word.length())
                        .append("\r\n")
                        .append(word)
                        .append("\r\n");
            }
            socket.getOutputStream().write(command.toString().getBytes(UTF_8));
            byte[] buffer = new byte[4096];
            int length = Math.max(0, socket.getInputStream().read(buffer));
            return new String(buffer, 0, length, UTF_8);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
