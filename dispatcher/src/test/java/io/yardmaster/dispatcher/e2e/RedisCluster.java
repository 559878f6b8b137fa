package io.yardmaster.dispatcher.e2e;

import io.lettuce.core.cluster.SlotHash;
import io.yardmaster.redis.Redis;
import io.yardmaster.redis.RedisConfig;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
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
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import redis.embedded.RedisExecProvider;

/// A Redis Cluster of real processes on loopback: masters, and a replica for each. Made by hand, as
/// `redis-cli --cluster create` does it, and changed by the commands that operators use.
final class RedisCluster implements AutoCloseable {
    private static final int SLOTS = 16_384;

    private final Path directory;
    private final List<Member> members = new ArrayList<>();
    private final boolean replicated;

    /// One redis-server.
    @SuppressWarnings("NullAway.Init") // launched as soon as it is made
    static final class Member {
        private final int port;
        private final int bus;
        private Process process;

        private Member(int port, int bus) {
            this.port = port;
            this.bus = bus;
        }

        int port() {
            return port;
        }

        /// One command; arrays come back as lists, errors as exceptions.
        Object ask(String... words) {
            try (Socket socket = new Socket()) {
                socket.connect(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 2_000);
                socket.setSoTimeout(20_000);
                ByteArrayOutputStream command = new ByteArrayOutputStream();
                command.writeBytes(utf8("*" + words.length + "\r\n"));
                for (String word : words) {
                    byte[] bytes = utf8(word);
                    command.writeBytes(utf8("$" + bytes.length + "\r\n"));
                    command.writeBytes(bytes);
                    command.writeBytes(utf8("\r\n"));
                }
                socket.getOutputStream().write(command.toByteArray());
                return reply(new BufferedInputStream(socket.getInputStream()));
            } catch (IOException e) {
                throw new UncheckedIOException(String.join(" ", words), e);
            }
        }

        String text(String... words) {
            return ask(words).toString();
        }

        String id() {
            return text("CLUSTER", "MYID");
        }

        boolean isMaster() {
            return text("INFO", "replication").contains("role:master");
        }

        private static byte[] utf8(String text) {
            return text.getBytes(StandardCharsets.UTF_8);
        }

        private static Object reply(InputStream in) throws IOException {
            String line = line(in);
            String rest = line.substring(1);
            return switch (line.charAt(0)) {
                case '+' -> rest;
                case '-' -> throw new IllegalStateException(rest);
                case ':' -> Long.valueOf(rest);
                case '$' -> {
                    int length = Integer.parseInt(rest);
                    byte[] bytes = in.readNBytes(Math.max(0, length));
                    if (length >= 0) {
                        String _ = line(in);
                    }
                    yield new String(bytes, StandardCharsets.UTF_8);
                }
                default -> {
                    List<Object> list = new ArrayList<>();
                    for (int i = Integer.parseInt(rest); i > 0; i--) {
                        list.add(reply(in));
                    }
                    yield list;
                }
            };
        }

        private static String line(InputStream in) throws IOException {
            StringBuilder line = new StringBuilder();
            for (int c = in.read(); c != '\n'; c = in.read()) {
                if (c < 0) {
                    throw new EOFException("no answer");
                }
                line.append((char) c);
            }
            return line.substring(0, line.length() - 1);
        }
    }

    /// @param masters each with a replica, and an equal range of the slots
    RedisCluster(int masters) {
        this(masters, true);
    }

    /// @param replicas whether each master has one
    RedisCluster(int masters, boolean replicas) {
        this.replicated = replicas;
        try {
            directory = Files.createTempDirectory("yardmaster-e2e-cluster");
            Files.copy(
                    RedisExecProvider.defaultProvider().get().toPath(),
                    directory.resolve("redis-server"),
                    StandardCopyOption.COPY_ATTRIBUTES);
            for (int i = 0; i < (replicas ? 2 * masters : masters); i++) {
                Member member = new Member(freePort(), freePort());
                members.add(member);
                start(member);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try {
            join(masters);
        } catch (RuntimeException | AssertionError e) {
            close();
            throw e;
        }
    }

    private void join(int masters) {
        for (int i = 0; i < members.size(); i++) {
            Member member = members.get(i);
            // As redis-cli does it, so that no two have the same epoch.
            member.ask("CLUSTER", "SET-CONFIG-EPOCH", Integer.toString(i + 1));
            if (i < masters) {
                member.ask(
                        "CLUSTER",
                        "ADDSLOTSRANGE",
                        Integer.toString(SLOTS * i / masters),
                        Integer.toString(SLOTS * (i + 1) / masters - 1));
            }
            if (i > 0) {
                members.getFirst()
                        .ask(
                                "CLUSTER",
                                "MEET",
                                "127.0.0.1",
                                Integer.toString(member.port),
                                Integer.toString(member.bus));
            }
        }
        for (Member member : members) {
            Await.until(
                    "every member knows the others",
                    () -> {
                        String nodes = member.text("CLUSTER", "NODES");
                        return nodes.lines().count() == members.size()
                                && !nodes.contains("handshake");
                    });
        }
        for (int i = 0; masters + i < members.size(); i++) {
            Member replica = members.get(masters + i);
            String master = members.get(i).id();
            Await.until(
                    "it follows its master",
                    () -> replica.text("CLUSTER", "REPLICATE", master).equals("OK"));
        }
        awaitWhole();
    }

    /// Until every slot has a master, and every master a replica that follows it.
    void awaitWhole() {
        for (Member member : members) {
            Await.until(
                    "the cluster is whole",
                    () ->
                            member.text("CLUSTER", "INFO").contains("cluster_state:ok")
                                    && (member.isMaster()
                                            ? !replicated
                                                    || member.text("INFO", "replication")
                                                            .contains("state=online")
                                            : member.text("INFO", "replication")
                                                    .contains("master_link_status:up")),
                    () -> member.text("CLUSTER", "NODES"));
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    void start(Member member) throws IOException {
        Path own = Files.createDirectories(directory.resolve("at-" + member.port));
        member.process =
                new ProcessBuilder(
                                List.of(
                                        directory.resolve("redis-server").toString(),
                                        "--port",
                                        Integer.toString(member.port),
                                        "--cluster-port",
                                        Integer.toString(member.bus),
                                        "--bind",
                                        "127.0.0.1",
                                        "--dir",
                                        own.toString(),
                                        "--cluster-enabled",
                                        "yes",
                                        "--cluster-node-timeout",
                                        "5000",
                                        "--cluster-require-full-coverage",
                                        "no",
                                        "--cluster-allow-replica-migration",
                                        "no",
                                        "--cluster-replica-validity-factor",
                                        "0",
                                        "--repl-diskless-sync-delay",
                                        "0",
                                        "--appendonly",
                                        "yes",
                                        "--appendfsync",
                                        "everysec",
                                        "--save",
                                        ""))
                        .redirectErrorStream(true)
                        .redirectOutput(own.resolve("log").toFile())
                        .start();
        Await.until("redis-server answers", () -> member.text("PING").equals("PONG"));
    }

    void kill(Member member) throws InterruptedException {
        member.process.destroyForcibly();
        if (!member.process.waitFor(30, TimeUnit.SECONDS)) {
            throw new AssertionError("redis-server survived kill -9");
        }
    }

    String uri() {
        return members.stream()
                .map(member -> "redis://127.0.0.1:" + member.port)
                .collect(Collectors.joining(","));
    }

    Redis connect() {
        return Redis.connect(
                new RedisConfig(uri(), Duration.ofSeconds(5)),
                io.yardmaster.dispatcher.dispatch.Replica.library(),
                io.yardmaster.redis.RedisFixture.LOOPS);
    }

    List<Member> masters() {
        return members.stream().filter(m -> m.process.isAlive() && m.isMaster()).toList();
    }

    static int slotOf(int shard) {
        return SlotHash.getSlot("{yard:" + shard + "}");
    }

    /// The master of a shard, as those say who live.
    Member masterOf(int shard) {
        String slot = Integer.toString(slotOf(shard));
        return masters().stream()
                .filter(member -> {
                    for (Object range : (List<?>) member.ask("CLUSTER", "SLOTS")) {
                        List<?> fields = (List<?>) range;
                        Object port = ((List<?>) fields.get(2)).get(1);
                        if ((Long) fields.get(0) <= Long.parseLong(slot)
                                && Long.parseLong(slot) <= (Long) fields.get(1)) {
                            return port.equals((long) member.port);
                        }
                    }
                    return false;
                })
                .findFirst()
                .orElseThrow();
    }

    /// Moves a shard's slot as `redis-cli --cluster reshard` does; how many keys went.
    int move(int shard, Member from, Member to) {
        String slot = Integer.toString(slotOf(shard));
        to.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", from.id());
        from.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", to.id());
        int moved = 0;
        while (true) {
            List<?> keys = (List<?>) from.ask("CLUSTER", "GETKEYSINSLOT", slot, "50");
            if (keys.isEmpty()) {
                break;
            }
            List<String> command =
                    new ArrayList<>(
                            List.of(
                                    "MIGRATE",
                                    "127.0.0.1",
                                    Integer.toString(to.port),
                                    "",
                                    "0",
                                    "10000",
                                    "KEYS"));
            keys.forEach(key -> command.add(key.toString()));
            from.ask(command.toArray(String[]::new));
            moved += keys.size();
        }
        to.ask("CLUSTER", "SETSLOT", slot, "NODE", to.id());
        for (Member master : masters()) {
            master.ask("CLUSTER", "SETSLOT", slot, "NODE", to.id());
        }
        return moved;
    }

    @Override
    public void close() {
        try {
            for (Member member : members) {
                if (member.process != null) {
                    kill(member);
                }
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
