package io.yardmaster.redis;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.embedded.RedisExecProvider;
import redis.embedded.RedisServer;
import redis.embedded.RedisServerBuilder;
import redis.embedded.util.OSDetector;

/// A real redis-server that this program brings along and starts on loopback, so that nothing needs
/// installing.
///
/// Its data is safe by default: append-only file, fsync before every answer, no eviction. It
/// remembers its port beside its data; if the last program was killed and left its server running,
/// that server is taken over instead of starting a second one on the same files.
public final class EmbeddedRedis implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EmbeddedRedis.class);

    private final int port;
    private final Path portFile;
    private final AutoCloseable server;

    private EmbeddedRedis(int port, Path portFile, AutoCloseable server) {
        this.port = port;
        this.portFile = portFile;
        this.server = server;
    }

    /// Starts a server with its data in `directory`, or takes over the one that is running there.
    ///
    /// @param fsync Redis' `appendfsync`: `always` or `everysec`
    public static EmbeddedRedis start(Path directory, String fsync) {
        try {
            Files.createDirectories(directory);
            Path data = directory.toRealPath();
            Path portFile = data.resolve("redis.port");
            int running = runningPort(portFile, data);
            if (running > 0) {
                log.info("taking over the Redis that already serves {} on port {}", data, running);
                return new EmbeddedRedis(running, portFile, () -> shutdown(running));
            }
            int port = freePort();
            RedisServer server = server(port, data, fsync);
            server.start();
            Files.writeString(portFile, Integer.toString(port));
            return new EmbeddedRedis(port, portFile, server::stop);
        } catch (IOException e) {
            throw new UncheckedIOException("starting the embedded Redis in " + directory, e);
        }
    }

    private static RedisServer server(int port, Path data, String fsync) throws IOException {
        RedisServerBuilder builder =
                RedisServer.builder()
                        .redisExecProvider(inOwnSession(data))
                        .port(port)
                        .bind("127.0.0.1")
                        .setting("dir \"" + data + "\"")
                        .setting("appendonly yes")
                        .setting("appendfsync " + fsync)
                        .setting("no-appendfsync-on-rewrite no")
                        .setting("aof-load-truncated yes")
                        .setting("save \"\"")
                        .setting("maxmemory-policy noeviction")
                        .setting("daemonize no")
                        .setting("tcp-keepalive 30")
                        .setting("busy-reply-threshold 1000");
        return builder.build();
    }

    /// Ctrl-C in a terminal goes to every process of the session's foreground group. Redis must
    /// outlive us for as long as requests in flight are being settled, so it gets a session of its
    /// own where the system has `setsid`.
    private static RedisExecProvider inOwnSession(Path data) throws IOException {
        RedisExecProvider provider = RedisExecProvider.defaultProvider();
        Path setsid = Path.of("/usr/bin/setsid");
        if (!Files.isExecutable(setsid)) {
            return provider;
        }
        Path launcher = data.resolve("redis-server.sh");
        Files.writeString(
                launcher, "#!/bin/sh\nexec " + setsid + " \"" + provider.get() + "\" \"$@\"\n");
        Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwx------"));
        return provider.override(OSDetector.getOS(), launcher.toString());
    }

    public String uri() {
        return "redis://127.0.0.1:" + port;
    }

    @Override
    public void close() {
        try {
            server.close();
            Files.deleteIfExists(portFile);
        } catch (Exception e) {
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

    private static void shutdown(int port) throws IOException {
        ask(port, "SHUTDOWN", "NOSAVE");
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
            socket.getOutputStream().write(command.toString().getBytes(StandardCharsets.UTF_8));
            byte[] buffer = new byte[4096];
            int length = Math.max(0, socket.getInputStream().read(buffer));
            return new String(buffer, 0, length, StandardCharsets.UTF_8);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
