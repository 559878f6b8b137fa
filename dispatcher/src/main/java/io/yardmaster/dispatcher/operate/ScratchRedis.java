package io.yardmaster.dispatcher.operate;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import redis.embedded.RedisExecProvider;

/// A redis-server for the time of one command, on loopback and behind a random password: to read a
/// snapshot, or to turn it into the files of an embedded Redis. Ends when it is closed.
final class ScratchRedis implements AutoCloseable {
    static final String SNAPSHOT = "dump.rdb";

    /// Reading 10 GB from a slow disk.
    private static final Duration LONGEST = Duration.ofMinutes(30);

    private static final Duration BIRTH = Duration.ofSeconds(30);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Process process;
    private final RespLink link;

    private ScratchRedis(Process process, RespLink link) {
        this.process = process;
        this.link = link;
    }

    /// Starts one on the files in `directory`, and waits until it has read them.
    ///
    /// @param binary a redis-server; empty: the one that this program brings along
    /// @param appendOnly whether it reads and writes an append-only file instead of [#SNAPSHOT]
    /// @throws IOException when it does not start, with what it said
    static ScratchRedis start(String binary, Path directory, boolean appendOnly)
            throws IOException {
        byte[] secret = new byte[16];
        new SecureRandom().nextBytes(secret);
        String password = HexFormat.of().formatHex(secret);
        int port = freePort();
        Path log = Files.createTempFile("yardmaster-scratch", ".log");
        String server =
                binary.isEmpty()
                        ? RedisExecProvider.defaultProvider().get().getAbsolutePath()
                        : binary;
        // The password goes in by standard input: arguments are for everybody to read.
        Process process =
                new ProcessBuilder(List.of(server, "-"))
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        try {
            try (var config = process.getOutputStream()) {
                config.write(config(port, password, directory, appendOnly).getBytes(UTF_8));
            }
            RespLink link = connect(process, port, password);
            return new ScratchRedis(process, link);
        } catch (IOException e) {
            process.destroyForcibly();
            throw new IOException("the data could not be read: " + e.getMessage() + said(log), e);
        } finally {
            Files.deleteIfExists(log);
        }
    }

    private static String config(int port, String password, Path directory, boolean appendOnly) {
        return String.join(
                "\n",
                "port " + port,
                "bind 127.0.0.1",
                "requirepass " + password,
                "dir \"" + directory.toString().replace("\"", "\\\"") + "\"",
                "dbfilename " + SNAPSHOT,
                "save \"\"",
                "appendonly " + (appendOnly ? "yes" : "no"),
                "appendfsync always",
                "loglevel warning",
                "");
    }

    private static String said(Path log) throws IOException {
        String said = Files.readString(log).strip();
        return said.isEmpty() ? "" : "\n" + said;
    }

    private static RespLink connect(Process process, int port, String password) throws IOException {
        RedisAddress address =
                new RedisAddress(
                        List.of(new RedisAddress.Host("127.0.0.1", port)),
                        new RedisAddress.Login("", password),
                        false,
                        "",
                        0);
        long began = System.nanoTime();
        while (true) {
            try {
                RespLink link = RespLink.open(address, PATIENCE);
                await(link, "persistence", fields -> "0".equals(fields.get("loading")));
                return link;
            } catch (IOException e) {
                boolean over = System.nanoTime() - began > BIRTH.toNanos();
                if (!process.isAlive() || over) {
                    throw e;
                }
                LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
            }
        }
    }

    private static void await(
            RespLink link, String section, Predicate<Map<String, String>> condition)
            throws IOException {
        long deadline = System.nanoTime() + LONGEST.toNanos();
        while (!condition.test(link.info(section))) {
            if (System.nanoTime() - deadline > 0) {
                throw new IOException("not within " + LONGEST);
            }
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
    }

    RespLink link() {
        return link;
    }

    /// Writes everything into an append-only file, from which a server can start.
    void writeAppendOnlyFile() throws IOException {
        link.call("CONFIG", "SET", "appendonly", "yes");
        await(
                link,
                "persistence",
                fields ->
                        "1".equals(fields.get("aof_enabled"))
                                && "0".equals(fields.get("aof_rewrite_in_progress"))
                                && "0".equals(fields.get("aof_rewrite_scheduled")));
        if (!"ok".equals(link.info("persistence").get("aof_last_bgrewrite_status"))) {
            throw new IOException("the append-only file could not be written");
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /// Orderly, so that its files are whole.
    @Override
    public void close() throws IOException {
        try {
            link.send("SHUTDOWN", "NOSAVE");
            link.flush();
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException("the scratch server did not end");
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        } finally {
            link.close();
        }
    }
}
