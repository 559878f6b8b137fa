package io.yardmaster.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import redis.embedded.RedisExecProvider;

/// A redis-server process of a test's own on loopback, at a port that stays the same: it can be
/// stopped, killed, and come back with its data and with other options.
public final class RedisServer implements AutoCloseable {
    private static final Duration LONG = Duration.ofSeconds(60);

    private final Path directory;
    private final String address;
    private final int port;
    private final Path binary;
    private Process process;

    private RedisServer(Path binary, String address, int port, String[] options)
            throws IOException {
        this.address = address;
        this.directory = Files.createTempDirectory("yardmaster-test-server").toRealPath();
        this.port = port;
        this.binary = binary;
        this.process = launch(options);
    }

    /// @param options as on the command line, such as `--appendonly yes`, each word for itself
    public static RedisServer start(String... options) {
        try {
            return startAt("127.0.0.1", freePort(), options);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// @param address any of the loopback network's
    public static RedisServer startAt(String address, int port, String... options) {
        try {
            return new RedisServer(
                    RedisExecProvider.defaultProvider().get().toPath(), address, port, options);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Debian's, which speaks TLS.
    public static RedisServer startInstalled(String... options) {
        try {
            return new RedisServer(
                    Path.of("/usr/bin/redis-server"), "127.0.0.1", freePort(), options);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A free port whose successor by 10000, a cluster's bus, is a port too.
    private static int freePort() throws IOException {
        while (true) {
            try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                if (free.getLocalPort() < 55_000) {
                    return free.getLocalPort();
                }
            }
        }
    }

    private Process launch(String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(binary.toString()));
        List<String> given = new ArrayList<>(List.of(options));
        if (!given.isEmpty() && given.getFirst().endsWith(".conf")) {
            command.add(given.removeFirst());
        }
        command.addAll(List.of("--bind", address, "--dir", directory.toString()));
        if (!given.contains("--tls-port")) {
            command.addAll(List.of("--port", Integer.toString(port)));
        }
        if (!given.contains("--save")) {
            command.addAll(List.of("--save", ""));
        }
        given.forEach(option -> command.add(option.replace("PORT", Integer.toString(port))));
        Process started =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(directory.resolve("log").toFile())
                        .start();
        until("redis-server listens", () -> listens() || !started.isAlive());
        if (!started.isAlive()) {
            throw new AssertionError(Files.readString(directory.resolve("log")));
        }
        return started;
    }

    private boolean listens() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.ofLiteral(address), port), 1_000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    public int port() {
        return port;
    }

    public Path directory() {
        return directory;
    }

    public String uri() {
        return "redis://" + address + ":" + port;
    }

    /// The raw answer to one command.
    public String ask(String... words) {
        return converse(List.of(words));
    }

    /// The raw answer to one command of a user of the access control list.
    public String askAs(String user, String password, String... words) {
        return converse(List.of("AUTH", user, password), List.of(words));
    }

    @SafeVarargs
    private String converse(List<String>... commands) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.ofLiteral(address), port), 2_000);
            socket.setSoTimeout(5_000);
            String last = "";
            for (List<String> command : commands) {
                socket.getOutputStream().write(encoded(command));
                last = answer(socket.getInputStream());
            }
            return last;
        } catch (IOException e) {
            return "-DISCONNECTED " + e;
        }
    }

    private static byte[] encoded(List<String> words) {
        ByteArrayOutputStream command = new ByteArrayOutputStream();
        command.writeBytes(("*" + words.size() + "\r\n").getBytes(UTF_8));
        for (String word : words) {
            byte[] bytes = word.getBytes(UTF_8);
            command.writeBytes(("$" + bytes.length + "\r\n").getBytes(UTF_8));
            command.writeBytes(bytes);
            command.writeBytes("\r\n".getBytes(UTF_8));
        }
        return command.toByteArray();
    }

    private static String answer(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            line.write(c);
        }
        String first = line.toString(UTF_8).strip();
        if (first.startsWith("$") && !first.equals("$-1")) {
            return new String(in.readNBytes(Integer.parseInt(first.substring(1))), UTF_8);
        }
        if (first.startsWith("*") && !first.equals("*0")) {
            byte[] rest = new byte[65_536];
            return first + "\r\n" + new String(rest, 0, Math.max(0, in.read(rest)), UTF_8);
        }
        return first;
    }

    public void freeze() {
        signal("STOP");
    }

    public void thaw() {
        signal("CONT");
    }

    private void signal(String name) {
        try {
            Process kill =
                    new ProcessBuilder("kill", "-s", name, Long.toString(process.pid())).start();
            if (!kill.waitFor(30, TimeUnit.SECONDS) || kill.exitValue() != 0) {
                throw new AssertionError("kill -s " + name);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    public void kill() {
        process.destroyForcibly();
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                throw new AssertionError("redis-server survived kill -9");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /// On the same port and data.
    public void restart(String... options) {
        try {
            process = launch(options);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Waits for a condition, not for a time: the limit is far beyond what a busy machine needs.
    public static void until(String what, Callable<Boolean> condition) {
        long deadline = System.nanoTime() + LONG.toNanos();
        Exception last = null;
        while (System.nanoTime() - deadline < 0) {
            try {
                if (condition.call()) {
                    return;
                }
                last = null;
            } catch (Exception e) {
                last = e;
            }
            LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
        }
        throw new AssertionError("not within " + LONG + ": " + what, last);
    }

    @Override
    public void close() {
        kill();
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
