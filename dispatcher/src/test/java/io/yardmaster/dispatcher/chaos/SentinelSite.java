package io.yardmaster.dispatcher.chaos;

import io.yardmaster.dispatcher.e2e.Await;
import io.yardmaster.dispatcher.e2e.Program;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// A master of Redis with two replicas, three Sentinels that watch it, two dispatchers that enqueue
/// only what both replicas have (`wait-replicas`), and two nodes.
final class SentinelSite implements AutoCloseable {
    private static final int SERVERS = 3;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final Path directory;
    private final History history;
    private final List<Server> servers = new ArrayList<>();
    private final List<Server> sentinels = new ArrayList<>();
    private final List<ReplicaSlot> replicas = new ArrayList<>();

    SentinelSite() throws InterruptedException {
        try {
            directory = Files.createTempDirectory("yardmaster-sentinel");
            history = open(new History(directory));
            for (int i = 0; i < SERVERS; i++) {
                servers.add(open(server(i)));
            }
            for (int i = 0; i < SERVERS; i++) {
                sentinels.add(open(sentinel(i)));
            }
            Await.until("both replicas are known", () -> knownReplicas() == SERVERS - 1);
            startDispatchers();
        } catch (IOException e) {
            close();
            throw new UncheckedIOException(e);
        } catch (RuntimeException | AssertionError e) {
            close();
            throw e;
        }
    }

    private <T extends AutoCloseable> T open(T resource) {
        opened.add(resource);
        return resource;
    }

    /// A server of Redis, or a Sentinel: a process at a port that stays the same.
    static final class Server implements AutoCloseable {
        private final int port;
        private final List<String> command;
        private final Path log;
        private Process process;

        Server(int port, List<String> command, Path log) throws IOException {
            this.port = port;
            this.command = command;
            this.log = log;
            this.process = launch();
        }

        private Process launch() throws IOException {
            return new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
        }

        int port() {
            return port;
        }

        void kill() throws InterruptedException {
            Program.signal("KILL", Long.toString(process.pid()));
            process.waitFor(30, TimeUnit.SECONDS);
        }

        void start() throws IOException {
            process = launch();
        }

        Object ask(String... words) throws IOException {
            try (Resp connection = new Resp("127.0.0.1", port, 3_000)) {
                return String.valueOf(connection.call(words));
            }
        }

        @Override
        public void close() {
            try {
                process.destroyForcibly().waitFor(30, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private Server server(int number) throws IOException {
        int port = RedisServer.freePort();
        Path data = Files.createDirectory(directory.resolve("redis" + number));
        List<String> command =
                new ArrayList<>(
                        List.of("redis-server", "--port", "" + port, "--bind", "127.0.0.1"));
        command.addAll(List.of("--dir", data.toString(), "--save", ""));
        command.addAll(List.of("--appendonly", "yes", "--appendfsync", "always"));
        command.addAll(List.of("--repl-diskless-sync-delay", "0"));
        if (number > 0) {
            command.addAll(List.of("--replicaof", "127.0.0.1 " + servers.getFirst().port()));
        }
        return new Server(port, command, directory.resolve("redis" + number + ".log"));
    }

    private Server sentinel(int number) throws IOException {
        int port = RedisServer.freePort();
        Path config = directory.resolve("sentinel" + number + ".conf");
        Files.writeString(
                config,
                """
                port %d
                bind 127.0.0.1
                sentinel monitor yard 127.0.0.1 %d 2
                sentinel down-after-milliseconds yard 1500
                sentinel failover-timeout yard 5000
                sentinel parallel-syncs yard 2
                """
                        .formatted(port, servers.getFirst().port()));
        return new Server(
                port,
                List.of("redis-server", config.toString(), "--sentinel"),
                directory.resolve("sentinel" + number + ".log"));
    }

    private long knownReplicas() throws IOException {
        try (Resp connection = new Resp("127.0.0.1", sentinels.getFirst().port(), 3_000)) {
            return connection.call("SENTINEL", "REPLICAS", "yard") instanceof List<?> known
                    ? known.size()
                    : 0;
        }
    }

    /// As the Sentinels see it.
    Server master() throws IOException {
        String address =
                String.valueOf(
                        sentinels.getFirst().ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "yard"));
        return servers.stream()
                .filter(server -> address.contains(", " + server.port() + "]"))
                .findFirst()
                .orElseThrow(() -> new IOException("master: " + address));
    }

    /// An operator's `SENTINEL FAILOVER`; returns when another server is the master.
    void failOver() throws IOException {
        Server before = master();
        Await.until(
                "the Sentinels start a failover",
                () -> "OK".equals(sentinels.getFirst().ask("SENTINEL", "FAILOVER", "yard")));
        Await.until("there is another master", () -> master() != before);
    }

    private void startDispatchers() throws IOException, InterruptedException {
        String uri =
                "redis-sentinel://"
                        + String.join(
                                ",",
                                sentinels.stream().map(each -> "127.0.0.1:" + each.port()).toList())
                        + "#yard";
        for (String name : List.of("r0", "r1")) {
            List<String> arguments = new ArrayList<>(List.of("--redis", uri));
            for (String setting :
                    List.of(
                            "redis.wait-replicas=" + (SERVERS - 1),
                            "lease=2s",
                            "retry.max=1s",
                            "rate-limit.producer.rate=0")) {
                arguments.addAll(List.of("--set", "yardmaster." + setting));
            }
            replicas.add(
                    open(
                            new ReplicaSlot(
                                    directory,
                                    new ReplicaSlot.Place(
                                            name,
                                            "127.0.0.1",
                                            List.of(),
                                            arguments,
                                            Optional.empty()))));
        }
        replicas.forEach(ReplicaSlot::start);
        replicas.forEach(ReplicaSlot::awaitReady);
        for (String id : List.of("n0", "n1")) {
            ChaosNode node = open(new ChaosNode(id, history, ""));
            Rest.Answer answer =
                    Rest.send(
                            "PUT",
                            replicas.getFirst().url() + "/v1/nodes/" + id,
                            "{\"url\":\"http://127.0.0.1:%d\"}".formatted(node.port()));
            if (answer.status() >= 300) {
                throw new IOException(answer.toString());
            }
        }
    }

    Path directory() {
        return directory;
    }

    History history() {
        return history;
    }

    List<String> urls() {
        return replicas.stream().map(ReplicaSlot::url).toList();
    }

    List<ReplicaSlot> replicas() {
        return replicas;
    }

    @Override
    public void close() {
        Site.closeAll(opened);
        opened.clear();
    }
}
