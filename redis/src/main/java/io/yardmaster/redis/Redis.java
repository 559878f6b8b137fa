package io.yardmaster.redis;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.ReadFrom;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SocketOptions.KeepAliveOptions;
import io.lettuce.core.SocketOptions.TcpUserTimeoutOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one connection of this process to Redis: calls the library's functions and plain commands.
///
/// Thread-safe; calls of many threads share one pipelined connection. Every call waits at most the
/// command timeout and then fails with a [RedisFailure] that says whether it may have run. Commands
/// are never replayed: while the connection is down, calls fail at once, and the connection comes
/// back by itself.
public final class Redis implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Redis.class);

    /*
     * Lettuce by default sends commands again after a reconnect that it had already sent before (an INCR counted
     * twice), queues 2^31 of them while disconnected, waits 60 s for an answer and up to 30 s between attempts to
     * reconnect. Each of that is turned off here.
     */
    private static final int REQUEST_LIMIT = 50_000;
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

    private final RedisConfig config;
    private final FunctionLibrary library;
    private final ClientResources resources;
    private final Link link;
    private final Map<String, Consumer<byte[]>> listeners = new ConcurrentHashMap<>();
    private volatile BiConsumer<String, Duration> callListener = (_, _) -> {};

    private Redis(RedisConfig config, FunctionLibrary library) {
        this.config = config;
        this.library = library;
        this.resources =
                ClientResources.builder()
                        .reconnectDelay(
                                Delay.fullJitter(
                                        Duration.ofMillis(20),
                                        Duration.ofSeconds(1),
                                        50,
                                        TimeUnit.MILLISECONDS))
                        .build();
        this.link = config.cluster() ? clusterLink() : singleLink();
    }

    /// Connects and brings the function library.
    ///
    /// @throws RedisFailure when Redis can't be reached or doesn't take the library
    public static Redis connect(RedisConfig config, FunctionLibrary library) {
        Redis redis;
        try {
            redis = new Redis(config, library);
        } catch (RedisException e) {
            throw new RedisFailure.NotExecuted(
                    "DISCONNECTED",
                    "connecting to " + config.redacted() + ": " + rootMessage(e),
                    e);
        }
        try {
            redis.loadLibrary();
            return redis;
        } catch (RuntimeException e) {
            redis.close();
            throw e;
        }
    }

    public RedisConfig config() {
        return config;
    }

    /// Calls a function of the library, and loads the library again when Redis lost it.
    ///
    /// @param key the hash-tagged base of the keys that the function works on, for example
    ///   `{yard:0}`
    /// @param arguments `String`, `byte[]` or a whole `Number`
    /// @return the reply's elements: `Long`, `byte[]`, `List` or null
    public List<Object> call(String function, String key, Object... arguments) {
        byte[][] values = Arrays.stream(arguments).map(Redis::argument).toArray(byte[][]::new);
        return callEncoded(function, key, values);
    }

    /// Hands the name and duration of every function call to the listener, failed ones too.
    public void onCall(BiConsumer<String, Duration> listener) {
        callListener = listener;
    }

    private List<Object> callEncoded(String function, String key, byte[][] arguments) {
        long began = System.nanoTime();
        try {
            return callOrReload(function, key, arguments);
        } finally {
            callListener.accept(function, Duration.ofNanos(System.nanoTime() - began));
        }
    }

    private List<Object> callOrReload(String function, String key, byte[][] arguments) {
        byte[][] keys = {bytes(key)};
        try {
            return await(
                    link.commands().fcall(function, ScriptOutputType.MULTI, keys, arguments),
                    function);
        } catch (RedisFailure.Rejected e) {
            String message = e.getMessage();
            if (message == null || !message.contains("Function not found")) {
                throw e;
            }
            log.info("Redis lost the function library, loading it again");
            loadLibrary();
            return await(
                    link.commands().fcall(function, ScriptOutputType.MULTI, keys, arguments),
                    function);
        }
    }

    /// Runs one plain command and waits for its answer.
    public <T> T run(Function<RedisClusterAsyncCommands<byte[], byte[]>, RedisFuture<T>> command) {
        return await(command.apply(link.commands()), "command");
    }

    /// A setting of the server; empty when it doesn't have it, or doesn't let us see it.
    public String setting(String name) {
        try {
            Map<String, String> found = run(c -> c.configGet(name));
            return found.getOrDefault(name, "");
        } catch (RedisFailure.Rejected | RedisFailure.NotExecuted e) {
            return "";
        }
    }

    /// Hands every message of a sharded channel to the listener, on a thread that must not be held
    /// up. One listener a channel; the subscription survives reconnects, messages sent meanwhile
    /// are lost.
    public AutoCloseable subscribe(String channel, Consumer<byte[]> listener) {
        if (listeners.putIfAbsent(channel, listener) != null) {
            throw new IllegalStateException(
                    "channel: " + channel + " (expected: one listener a channel)");
        }
        await(link.subscribe(bytes(channel)), "SSUBSCRIBE " + channel);
        return () -> listeners.remove(channel);
    }

    /// Loads the library unless Redis has the same, or a newer one that a newer replica brought.
    private void loadLibrary() {
        for (RedisClusterAsyncCommands<byte[], byte[]> master : link.masters()) {
            Loaded loaded = loaded(master);
            if (loaded.version() > FunctionLibrary.VERSION) {
                log.warn(
                        "Redis has function library version {}, newer than ours ({}): left as it is",
                        loaded.version(),
                        FunctionLibrary.VERSION);
            } else if (!loaded.digest().equals(library.digest())) {
                await(master.functionLoad(library.code(), true), "FUNCTION LOAD");
            }
        }
    }

    private record Loaded(long version, String digest) {}

    private Loaded loaded(RedisClusterAsyncCommands<byte[], byte[]> master) {
        try {
            RedisFuture<List<Object>> reply =
                    master.fcallReadOnly("yard_version", ScriptOutputType.MULTI, new byte[0][]);
            List<Object> answer = await(reply, "yard_version");
            return new Loaded((Long) answer.get(0), text((byte[]) answer.get(1)));
        } catch (RedisFailure.Rejected e) {
            return new Loaded(0, "");
        }
    }

    private <T> T await(RedisFuture<T> future, String what) {
        try {
            return future.get(config.commandTimeout().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            future.cancel(false);
            throw new RedisFailure.Unknown(
                    what + ": no answer within " + config.commandTimeout().toMillis() + " ms", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RedisFailure.Unknown(what + ": interrupted while waiting for the answer", e);
        } catch (ExecutionException e) {
            throw classified(what, e.getCause() == null ? e : e.getCause());
        }
    }

    private static RedisFailure classified(String what, Throwable cause) {
        String message = String.valueOf(cause.getMessage());
        if (cause instanceof RedisCommandExecutionException) {
            String code = message.split(" ", 2)[0];
            return switch (code) {
                case "OOM",
                        "READONLY",
                        "LOADING",
                        "BUSY",
                        "MISCONF",
                        "NOREPLICAS",
                        "MASTERDOWN",
                        "CLUSTERDOWN",
                        "NOAUTH",
                        "NOPERM",
                        "WRONGPASS",
                        "TRYAGAIN",
                        "MOVED" ->
                        new RedisFailure.NotExecuted(code, what + ": " + message, cause);
                default -> new RedisFailure.Rejected(what + ": " + message, cause);
            };
        }
        if (message.contains("Commands are rejected")
                || message.contains("Request queue size exceeded")) {
            return new RedisFailure.NotExecuted(
                    "DISCONNECTED", what + ": not connected to Redis", cause);
        }
        return new RedisFailure.Unknown(what + ": " + rootMessage(cause), cause);
    }

    @Override
    public void close() {
        link.close();
        resources.shutdown(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(3, TimeUnit.SECONDS);
    }

    public static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    public static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static byte[] argument(Object value) {
        return switch (value) {
            case byte[] raw -> raw;
            case String text -> bytes(text);
            case Number number -> bytes(number.toString());
            default ->
                    throw new IllegalArgumentException(
                            "argument: "
                                    + value.getClass()
                                    + " (expected: String, byte[] or Number)");
        };
    }

    private static String rootMessage(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage());
    }

    /// What differs between a single Redis (or Sentinel) and a cluster.
    private interface Link {
        RedisClusterAsyncCommands<byte[], byte[]> commands();

        List<RedisClusterAsyncCommands<byte[], byte[]>> masters();

        RedisFuture<Void> subscribe(byte[] channel);

        void close();
    }

    private final class Listener extends RedisPubSubAdapter<byte[], byte[]> {
        @Override
        public void smessage(byte[] shardChannel, byte[] message) {
            Consumer<byte[]> listener = listeners.get(text(shardChannel));
            if (listener != null) {
                listener.accept(message);
            }
        }
    }

    private Link singleLink() {
        RedisClient client = RedisClient.create(resources, uri(config.uris().getFirst()));
        client.setOptions(options(ClientOptions.builder()).build());
        StatefulRedisConnection<byte[], byte[]> connection;
        StatefulRedisPubSubConnection<byte[], byte[]> channels;
        try {
            connection = client.connect(ByteArrayCodec.INSTANCE);
            channels = client.connectPubSub(ByteArrayCodec.INSTANCE);
        } catch (RuntimeException e) {
            client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
            throw e;
        }
        channels.addListener(new Listener());
        return new Link() {
            @Override
            public RedisClusterAsyncCommands<byte[], byte[]> commands() {
                return connection.async();
            }

            @Override
            public List<RedisClusterAsyncCommands<byte[], byte[]>> masters() {
                return List.of(connection.async());
            }

            @Override
            public RedisFuture<Void> subscribe(byte[] channel) {
                return channels.async().ssubscribe(channel);
            }

            @Override
            public void close() {
                client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
            }
        };
    }

    private Link clusterLink() {
        RedisClusterClient client =
                RedisClusterClient.create(
                        resources, config.uris().stream().map(this::uri).toList());
        ClusterClientOptions.Builder builder = ClusterClientOptions.builder();
        options(builder);
        client.setOptions(builder.build());
        StatefulRedisClusterConnection<byte[], byte[]> connection;
        io.lettuce.core.cluster.pubsub.StatefulRedisClusterPubSubConnection<byte[], byte[]>
                channels;
        try {
            connection = client.connect(ByteArrayCodec.INSTANCE);
            connection.setReadFrom(ReadFrom.UPSTREAM);
            channels = client.connectPubSub(ByteArrayCodec.INSTANCE);
        } catch (RuntimeException e) {
            client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
            throw e;
        }
        channels.addListener(new Listener());
        return new Link() {
            @Override
            public RedisClusterAsyncCommands<byte[], byte[]> commands() {
                return connection.async();
            }

            @Override
            public List<RedisClusterAsyncCommands<byte[], byte[]>> masters() {
                return connection.getPartitions().stream()
                        .filter(node -> node.getRole().isUpstream())
                        .<RedisClusterAsyncCommands<byte[], byte[]>>map(
                                node -> connection.getConnection(node.getNodeId()).async())
                        .toList();
            }

            @Override
            public RedisFuture<Void> subscribe(byte[] channel) {
                return channels.async().ssubscribe(channel);
            }

            @Override
            public void close() {
                client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
            }
        };
    }

    private RedisURI uri(String text) {
        RedisURI uri = RedisURI.create(text);
        uri.setTimeout(config.commandTimeout());
        return uri;
    }

    private static ClientOptions.Builder options(ClientOptions.Builder builder) {
        return builder.autoReconnect(true)
                .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .requestQueueSize(REQUEST_LIMIT)
                .socketOptions(
                        SocketOptions.builder()
                                .connectTimeout(CONNECT_TIMEOUT)
                                .keepAlive(
                                        KeepAliveOptions.builder()
                                                .enable()
                                                .idle(Duration.ofSeconds(5))
                                                .interval(Duration.ofSeconds(2))
                                                .count(3)
                                                .build())
                                .tcpUserTimeout(
                                        TcpUserTimeoutOptions.builder()
                                                .enable()
                                                .tcpUserTimeout(Duration.ofSeconds(5))
                                                .build())
                                .build());
    }
}
