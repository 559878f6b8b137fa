package io.yardmaster.redis;

import io.lettuce.core.Range;
import io.lettuce.core.ScoredValue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.utility.DockerImageName;

/// A real Redis for tests, taken in this order: the server that `YARDMASTER_TEST_REDIS` names, a
/// container where a Docker engine answers, the embedded binary. The log says which.
public final class RedisFixture implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RedisFixture.class);

    /// For all tests of a JVM.
    public static final EventLoops LOOPS = EventLoops.open("test-io", 1);

    private final String uri;
    private final AutoCloseable server;
    private final List<Redis> connections = new ArrayList<>();

    private RedisFixture(String uri, AutoCloseable server) {
        this.uri = uri;
        this.server = server;
    }

    public static RedisFixture start() {
        String named = System.getenv("YARDMASTER_TEST_REDIS");
        if (named != null && !named.isBlank()) {
            log.info("Redis for tests: the server of YARDMASTER_TEST_REDIS, {}", named);
            return new RedisFixture(named, () -> {});
        }
        return dockerAnswers() ? container() : embedded();
    }

    private static boolean dockerAnswers() {
        boolean socket =
                Files.exists(Path.of("/var/run/docker.sock"))
                        || System.getenv("DOCKER_HOST") != null;
        return socket && DockerClientFactory.instance().isDockerAvailable();
    }

    @SuppressWarnings("resource") // closed with the fixture
    private static RedisFixture container() {
        GenericContainer<?> redis =
                new GenericContainer<>(DockerImageName.parse("redis:7")).withExposedPorts(6379);
        redis.start();
        String uri = "redis://" + redis.getHost() + ":" + redis.getMappedPort(6379);
        log.info("Redis for tests: a container, {}", uri);
        return new RedisFixture(uri, redis);
    }

    private static RedisFixture embedded() {
        try {
            Path directory = Files.createTempDirectory("yardmaster-test-redis");
            EmbeddedRedis redis = EmbeddedRedis.start(directory, "everysec");
            // For tests that never close it: the server has a session of its own and would stay.
            Runtime.getRuntime().addShutdownHook(new Thread(redis::close));
            log.info("Redis for tests: the embedded binary, {}", redis.uri());
            return new RedisFixture(
                    redis.uri(),
                    () -> {
                        redis.close();
                        deleteTree(directory);
                    });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String uri() {
        return uri;
    }

    /// A connection that is closed with the fixture; the library replaces the one that is loaded.
    public Redis redis(FunctionLibrary library) {
        Redis redis = Redis.connect(new RedisConfig(uri, Duration.ofSeconds(10)), library, LOOPS);
        connections.add(redis);
        return redis;
    }

    /// Deletes every key; functions stay.
    public void flush() {
        connections.getFirst().run(c -> c.flushall());
    }

    /// The whole key space, as sorted text: key to its value in a form that is equal when the value
    /// is equal; a stream's without ids. Bytes that are no printable ASCII show as `\xHH`; keys
    /// with an expiry have ` (expires)` after their value.
    public SortedMap<String, String> content() {
        Redis redis = connections.getFirst();
        SortedMap<String, String> content = new TreeMap<>();
        for (byte[] key : redis.run(c -> c.keys(Redis.bytes("*")))) {
            String expires = redis.run(c -> c.pttl(key)) >= 0 ? " (expires)" : "";
            content.put(printable(key), value(redis, key) + expires);
        }
        return content;
    }

    private static String value(Redis redis, byte[] key) {
        String type = redis.run(c -> c.type(key));
        return switch (type) {
            case "string" -> printable(redis.run(c -> c.get(key)));
            case "list" ->
                    redis.run(c -> c.lrange(key, 0, -1)).stream()
                            .map(RedisFixture::printable)
                            .toList()
                            .toString();
            case "set" ->
                    redis.run(c -> c.smembers(key)).stream()
                            .map(RedisFixture::printable)
                            .sorted()
                            .toList()
                            .toString();
            case "hash" -> fields(redis.run(c -> c.hgetall(key))).toString();
            case "zset" ->
                    redis.run(c -> c.zrangeWithScores(key, 0, -1)).stream()
                            .map(RedisFixture::scored)
                            .toList()
                            .toString();
            case "stream" ->
                    redis.run(c -> c.xrange(key, Range.unbounded())).stream()
                            .map(entry -> fields(entry.getBody()).toString())
                            .toList()
                            .toString();
            default -> type;
        };
    }

    private static SortedMap<String, String> fields(Map<byte[], byte[]> raw) {
        SortedMap<String, String> fields = new TreeMap<>();
        raw.forEach((field, value) -> fields.put(printable(field), printable(value)));
        return fields;
    }

    private static String scored(ScoredValue<byte[]> entry) {
        return printable(entry.getValue()) + "=" + String.format("%.0f", entry.getScore());
    }

    /// Bytes as text, one way for all of 0 to 255.
    public static String printable(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (byte b : bytes) {
            if (b >= 0x20 && b < 0x7f && b != '\\') {
                text.append((char) b);
            } else {
                text.append(String.format("\\x%02x", b & 0xff));
            }
        }
        return text.toString();
    }

    @Override
    public void close() {
        connections.forEach(Redis::close);
        try {
            server.close();
        } catch (Exception e) {
            throw new IllegalStateException("stopping the test Redis " + uri, e);
        }
    }

    private static void deleteTree(Path directory) throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
