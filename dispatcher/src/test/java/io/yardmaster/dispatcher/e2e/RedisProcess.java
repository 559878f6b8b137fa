package io.yardmaster.dispatcher.e2e;

import io.yardmaster.redis.Redis;
import io.yardmaster.redis.RedisConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import redis.embedded.RedisExecProvider;

/// A redis-server at a port that stays the same, so that it can be stopped, killed and come back
/// with its data. The binary is the one that the program brings along.
final class RedisProcess implements AutoCloseable {
    private final Path directory;
    private final int port;
    private Process process;

    RedisProcess() {
        try {
            directory = Files.createTempDirectory("yardmaster-e2e-redis");
            try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                port = free.getLocalPort();
            }
            Path binary = directory.resolve("redis-server");
            Files.copy(
                    RedisExecProvider.defaultProvider().get().toPath(),
                    binary,
                    StandardCopyOption.COPY_ATTRIBUTES);
            process = launch();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String ask(int port, String inline) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 2_000);
            socket.setSoTimeout(5_000);
            socket.getOutputStream().write((inline + "\r\n").getBytes(StandardCharsets.UTF_8));
            byte[] answer = new byte[16_384];
            int length = Math.max(0, socket.getInputStream().read(answer));
            return new String(answer, 0, length, StandardCharsets.UTF_8);
        }
    }

    static boolean answers(int port) {
        try {
            return ask(port, "PING").startsWith("+PONG");
        } catch (IOException e) {
            return false;
        }
    }

    private Process launch() throws IOException {
        Process started =
                new ProcessBuilder(
                                List.of(
                                        directory.resolve("redis-server").toString(),
                                        "--port",
                                        Integer.toString(port),
                                        "--bind",
                                        "127.0.0.1",
                                        "--dir",
                                        directory.toString(),
                                        "--appendonly",
                                        "yes",
                                        "--appendfsync",
                                        "always",
                                        "--save",
                                        ""))
                        .redirectErrorStream(true)
                        .redirectOutput(directory.resolve("log").toFile())
                        .start();
        Await.until("redis-server answers", () -> answers(port));
        return started;
    }

    String uri() {
        return "redis://127.0.0.1:" + port;
    }

    /// A producer's own connection, which brings the library.
    Redis connect() {
        return Redis.connect(
                new RedisConfig(uri(), Duration.ofSeconds(10)),
                io.yardmaster.dispatcher.dispatch.Replica.library(),
                io.yardmaster.redis.RedisFixture.LOOPS);
    }

    void freeze() {
        Program.signal("STOP", Long.toString(process.pid()));
    }

    void thaw() {
        Program.signal("CONT", Long.toString(process.pid()));
    }

    void kill() throws InterruptedException {
        process.destroyForcibly();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            throw new AssertionError("redis-server survived kill -9");
        }
    }

    void restart() throws IOException {
        process = launch();
    }

    @Override
    public void close() {
        try {
            kill();
            if (!Files.exists(directory)) {
                return; // closed before
            }
            try (Stream<Path> paths = Files.walk(directory)) {
                for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(path);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
