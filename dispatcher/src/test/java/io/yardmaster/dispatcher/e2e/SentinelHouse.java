package io.yardmaster.dispatcher.e2e;

import io.yardmaster.redis.Redis;
import io.yardmaster.redis.RedisConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import redis.embedded.RedisExecProvider;

/// A master, two replicas and three Sentinels, all real processes.
final class SentinelHouse implements AutoCloseable {
    static final String NAME = "yard";

    private final Path directory;
    private final List<Process> processes = new ArrayList<>();
    private final List<Integer> servers = new ArrayList<>();
    private final List<Integer> sentinels = new ArrayList<>();

    SentinelHouse(Path directory) throws IOException {
        this.directory = directory;
        try {
            for (int i = 0; i < 3; i++) {
                servers.add(server(i));
            }
            for (int i = 0; i < 3; i++) {
                sentinels.add(sentinel(i));
            }
            Await.until(
                    "both replicas are in step",
                    () -> {
                        String info = info(servers.getFirst());
                        return info.contains("connected_slaves:2")
                                && info.split("state=online", -1).length == 3;
                    });
            Await.until(
                    "the Sentinels know each other and the replicas",
                    () -> sentinels.stream().allMatch(SentinelHouse::complete));
        } catch (IOException | RuntimeException | AssertionError e) {
            close();
            throw e;
        }
    }

    private int server(int number) throws IOException {
        int port = Front.freePort();
        String config =
                """
                port %d
                bind 127.0.0.1
                appendonly yes
                appendfsync always
                save ""
                repl-diskless-sync-delay 0
                """
                        .formatted(port);
        if (number > 0) {
            config += "replicaof 127.0.0.1 " + servers.getFirst() + "\n";
        }
        start("server-" + number, config, List.of());
        Await.until("a server answers", () -> RedisProcess.answers(port));
        return port;
    }

    private int sentinel(int number) throws IOException {
        int port = Front.freePort();
        String config =
                """
                port %d
                bind 127.0.0.1
                sentinel monitor %s 127.0.0.1 %d 2
                sentinel down-after-milliseconds %s 5000
                sentinel failover-timeout %s 20000
                """
                        .formatted(port, NAME, servers.getFirst(), NAME, NAME);
        start("sentinel-" + number, config, List.of("--sentinel"));
        Await.until("a Sentinel answers", () -> RedisProcess.answers(port));
        return port;
    }

    private void start(String name, String config, List<String> more) throws IOException {
        Path home = Files.createDirectories(directory.resolve(name));
        Path file =
                Files.writeString(home.resolve("redis.conf"), "dir \"" + home + "\"\n" + config);
        List<String> command =
                new ArrayList<>(
                        List.of(
                                RedisExecProvider.defaultProvider().get().getAbsolutePath(),
                                file.toString()));
        command.addAll(more);
        processes.add(
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(home.resolve("log").toFile())
                        .start());
    }

    private static boolean complete(int sentinel) {
        try {
            String words = RedisProcess.ask(sentinel, "SENTINEL MASTER " + NAME);
            return words.contains("num-slaves\r\n$1\r\n2")
                    && words.contains("num-other-sentinels\r\n$1\r\n2");
        } catch (IOException e) {
            return false;
        }
    }

    private static String info(int port) {
        try {
            return RedisProcess.ask(port, "INFO replication");
        } catch (IOException e) {
            return "";
        }
    }

    String uri() {
        return sentinels.stream()
                .map(port -> "127.0.0.1:" + port)
                .collect(Collectors.joining(",", "redis-sentinel://", "/0#" + NAME));
    }

    /// With one Sentinel alone, as settings that end at a comma need it.
    String shortUri() {
        return "redis-sentinel://127.0.0.1:" + sentinels.getFirst() + "/0#" + NAME;
    }

    int master() throws IOException {
        String answer =
                RedisProcess.ask(sentinels.getFirst(), "SENTINEL GET-MASTER-ADDR-BY-NAME " + NAME);
        return Integer.parseInt(answer.split("\r\n", -1)[4]);
    }

    /// The server with that number, 0 being the first master.
    int port(int number) {
        return servers.get(number);
    }

    boolean isMaster(int port) {
        return info(port).contains("role:master");
    }

    long pid(int number) {
        return processes.get(number).pid();
    }

    void kill(int number) throws InterruptedException {
        processes.get(number).destroyForcibly().waitFor(30, TimeUnit.SECONDS);
    }

    Redis connect(int port) {
        return Redis.connect(
                new RedisConfig("redis://127.0.0.1:" + port, Duration.ofSeconds(5)),
                io.yardmaster.dispatcher.dispatch.Replica.library(),
                io.yardmaster.redis.RedisFixture.LOOPS);
    }

    @Override
    public void close() {
        processes.forEach(Process::destroyForcibly);
        for (Process process : processes) {
            try {
                process.waitFor(30, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
