package io.yardmaster.dispatcher.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import io.yardmaster.dispatcher.dispatch.Durability;
import io.yardmaster.dispatcher.dispatch.Replica;
import io.yardmaster.dispatcher.settings.Settings;
import io.yardmaster.nodes.NodeListener;
import io.yardmaster.nodes.NodeRegistry;
import io.yardmaster.nodes.Nodes;
import io.yardmaster.nodes.NodesConfig;
import io.yardmaster.queue.QueueConfig;
import io.yardmaster.queue.WorkQueue;
import io.yardmaster.redis.EmbeddedRedis;
import io.yardmaster.redis.Redis;
import io.yardmaster.redis.RedisConfig;
import io.yardmaster.redis.RedisFixture;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/// A small installation on a real Redis of its own, healthy at first, in which conditions are
/// planted. The part of the replica's regular call is played by [#tend].
final class Patient implements AutoCloseable {
    private final EmbeddedRedis server;
    final Redis redis;
    final WorkQueue queue;
    final NodeRegistry registry;
    final Nodes nodes;
    private final Map<String, String> flags = new HashMap<>();
    Durability durability = Durability.FSYNC;
    long ahead;
    Installation.Disk.Space space = new Installation.Disk.Space(50L << 30, 100L << 30);
    Path root;

    Patient(Path directory) {
        server = EmbeddedRedis.start(directory.resolve("data"), "always");
        redis = connect(server.uri());
        root = directory;
        queue = new WorkQueue(redis, 0, "r1", Duration.ofSeconds(5), System::nanoTime);
        queue.configure(QueueConfig.defaults());
        queue.join();
        registry = new NodeRegistry(redis);
        nodes =
                new Nodes(
                        registry,
                        NodesConfig.defaults(),
                        System::nanoTime,
                        new Random(1),
                        NodeListener.NONE);
        flags.put("yardmaster.replica-id", "r1");
        flags.put("yardmaster.data-dir", directory.resolve("data").toString());
        config("maxmemory", "1gb");
    }

    static Redis connect(String uri) {
        return Redis.connect(
                new RedisConfig(uri, Duration.ofSeconds(1)), Replica.library(), RedisFixture.LOOPS);
    }

    String uri() {
        return server.uri();
    }

    void set(String key, String value) {
        flags.put(key, value);
    }

    void config(String name, String value) {
        redis.run(c -> c.configSet(name, value));
    }

    void tend() {
        queue.tend(Duration.ofSeconds(10), 100);
    }

    Settings settings() {
        return switch (Settings.load(flags, Map.of(), Optional.empty())) {
            case Settings.Loaded.Ok(Settings loaded) -> loaded;
            case Settings.Loaded.Refused(List<String> lines) -> fail(lines.toString());
        };
    }

    Report examine(Redis by) {
        return new Doctor(
                        new Installation(
                                settings(),
                                by,
                                queue::depth,
                                nodes,
                                () -> durability,
                                "0.1.0",
                                Replica.library().digest(),
                                new Installation.Host(
                                        () -> Instant.now().plusMillis(ahead),
                                        System::nanoTime,
                                        root,
                                        _ -> space)))
                .examine();
    }

    Report examine() {
        tend();
        nodes.refresh();
        return examine(redis);
    }

    static Verdict verdict(Report report, String check) {
        return report.findings().stream()
                .filter(finding -> finding.check().equals(check))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no check " + check + " in " + report))
                .verdict();
    }

    /// Insists on a level, and on a fix where something is wrong.
    Verdict is(String check, String level) {
        Verdict verdict = verdict(examine(), check);
        assertEquals(level, verdict.level(), check + ": " + verdict);
        assertEquals(level.equals("ok"), verdict.remedy().isEmpty(), verdict.toString());
        return verdict;
    }

    void write(String file, String text) {
        try {
            Path path = root.resolve(file);
            Files.createDirectories(path.getParent());
            Files.writeString(path, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void stopRedis() {
        server.close();
    }

    @Override
    public void close() {
        redis.close();
        server.close();
    }
}
