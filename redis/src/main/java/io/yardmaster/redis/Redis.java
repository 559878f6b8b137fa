package io.yardmaster.redis;

import io.lettuce.core.RedisException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.resource.ClientResources;
import io.netty.util.HashedWheelTimer;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one connection of this process to Redis: calls the library's functions and plain commands.
///
/// Thread-safe; calls of many threads share one pipelined connection. Every call waits at most the
/// command timeout and then fails with a [RedisFailure] that says whether it may have run. Commands
/// are never replayed: while the connection is down, or Redis stands still, calls fail at once, and
/// the connection comes back by itself.
public final class Redis implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Redis.class);

    /// What time limits may be late by.
    private static final Duration TICK = Duration.ofMillis(20);

    private final RedisConfig config;
    private final LongSupplier nanos = System::nanoTime;
    private final HashedWheelTimer timer =
            new HashedWheelTimer(
                    new DefaultThreadFactory("redis-timer", true),
                    TICK.toMillis(),
                    TimeUnit.MILLISECONDS);
    private final ClientResources resources;
    private final Connections connections;
    private final Subscriptions subscriptions = new Subscriptions(this::subscribe);
    private final Link link;
    private final Asking asking;
    private final LibraryLoader library;
    private final Acknowledged acknowledged;
    private volatile BiConsumer<String, Duration> callListener = (_, _) -> {};
    private volatile String refusal = "";

    private Redis(RedisConfig config, FunctionLibrary library, EventLoops loops) {
        this.config = config;
        this.resources = ClientSetup.resources(timer, loops);
        this.connections = new Connections(resources.eventBus(), nanos);
        timer.start(); // at the first use it would swallow an interrupt
        try {
            this.link =
                    config.cluster()
                            ? new ClusterLink(config, resources, subscriptions, nanos)
                            : new SingleLink(config, resources, subscriptions, nanos);
        } catch (RuntimeException e) {
            shutDownResources();
            throw e;
        }
        this.asking = new Asking(link, config.commandTimeout(), connections::trouble, nanos, timer);
        this.library = new LibraryLoader(library, link, asking);
        this.acknowledged = new Acknowledged(config, resources, link, asking);
    }

    /// Connects and brings the function library.
    ///
    /// @param loops for its connections; they must outlive it
    /// @throws RedisFailure when Redis can't be reached or doesn't take the library
    public static Redis connect(RedisConfig config, FunctionLibrary library, EventLoops loops) {
        String what = "connecting to " + config.redacted();
        Redis redis;
        try {
            redis = new Redis(config, library, loops);
        } catch (RedisException e) {
            throw RedisFailure.disconnected(what, e);
        } catch (IllegalArgumentException e) { // a PEM file that is none
            throw new RedisFailure.NotExecuted("TLS", what + ": " + RedisFailure.reason(e), e);
        }
        try {
            redis.library.load();
            redis.subscriptions.start();
            redis.connections.whenMade(redis.subscriptions::renew);
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
        byte[][] keys = {bytes(key)};
        byte[][] values = encoded(arguments);
        return timed(
                function,
                () ->
                        asking.ask(
                                function,
                                () -> link.server(keys[0]),
                                c -> c.fcall(function, ScriptOutputType.MULTI, keys, values)));
    }

    /// As [#call], for what must not be lost: returns only when as many replicas of Redis have it
    /// as the configuration asks for.
    ///
    /// @throws RedisFailure.Unknown also when too few of them said in time that they have it; the
    ///   call may be repeated
    /// @throws RedisFailure.NotExecuted also when too few of them are there, or when Redis would
    ///   not keep it ([#refuseNew])
    public List<Object> callAcknowledged(String function, String key, Object... arguments) {
        String reason = refusal;
        if (!reason.isEmpty()) {
            throw new RedisFailure.NotExecuted("EVICTING", function + ": not sent, " + reason);
        }
        if (config.copies().replicas() == 0) {
            return call(function, key, arguments);
        }
        byte[][] keys = {bytes(key)};
        byte[][] values = encoded(arguments);
        return timed(
                function,
                () ->
                        acknowledged.call(
                                function,
                                keys[0],
                                c -> c.fcall(function, ScriptOutputType.MULTI, keys, values)));
    }

    /// From now on [#callAcknowledged] fails with this reason; an empty one ends that.
    public void refuseNew(String reason) {
        refusal = reason;
    }

    /// Hands the name and duration of every function call to the listener, failed ones too.
    public void onCall(BiConsumer<String, Duration> listener) {
        callListener = listener;
    }

    private List<Object> timed(String function, Supplier<List<Object>> call) {
        long began = nanos.getAsLong();
        try {
            return withLibrary(call);
        } finally {
            callListener.accept(function, Duration.ofNanos(nanos.getAsLong() - began));
        }
    }

    private List<Object> withLibrary(Supplier<List<Object>> call) {
        try {
            return call.get();
        } catch (RedisFailure.Rejected e) {
            String message = e.getMessage();
            if (message == null || !message.contains("Function not found")) {
                throw e;
            }
            log.info("Redis lost the function library, loading it again");
            library.load();
            return call.get();
        }
    }

    /// Runs one plain command and waits for its answer.
    public <T> T run(Function<RedisClusterAsyncCommands<byte[], byte[]>, RedisFuture<T>> command) {
        return asking.ask("command", () -> "", command);
    }

    /// Sends a message to whoever has subscribed to the sharded channel at this moment.
    public void publish(String channel, byte[] message) {
        byte[] name = bytes(channel);
        var _ = asking.ask("SPUBLISH", () -> link.server(name), c -> c.spublish(name, message));
    }

    /// Redis' wall clock in ms; of a cluster one master's. For people and for numbering, never for
    /// a decision: those are made inside Redis.
    public long wallClock() {
        List<byte[]> time = run(c -> c.time());
        return Long.parseLong(text(time.get(0))) * 1000 + Long.parseLong(text(time.get(1))) / 1000;
    }

    /// A setting of the server; empty when it doesn't have it, or doesn't let us see it.
    public String setting(String name) {
        return String.join(",", settings(name));
    }

    /// The values that a setting has at the masters, without those that don't let us see it.
    public Set<String> settings(String name) {
        Set<String> values = new TreeSet<>();
        for (RedisClusterAsyncCommands<byte[], byte[]> master : link.masters()) {
            try {
                String value = asking.answer("CONFIG GET", master.configGet(name)).get(name);
                if (value != null) {
                    values.add(value);
                }
            } catch (RedisFailure.Rejected e) {
                // A managed Redis that has no such command.
            } catch (RedisFailure.NotExecuted e) {
                if (!e.code().equals("NOPERM")) {
                    throw e;
                }
            }
        }
        return values;
    }

    /// How many connections were made so far; when it grows, Redis may be another one than before.
    public long connectionsMade() {
        return connections.made();
    }

    /// Why there is no connection to Redis, for people; empty when there is one.
    public String trouble() {
        return connections.trouble();
    }

    /// Hands every message of a sharded channel to the listener, on a thread that must not be held
    /// up. One listener a channel; the subscription survives reconnects, failovers and moved slots,
    /// messages sent meanwhile are lost.
    public AutoCloseable subscribe(String channel, Consumer<byte[]> listener) {
        return subscriptions.add(channel, listener);
    }

    private void subscribe(String channel) {
        byte[] name = bytes(channel);
        try {
            asking.answer("SSUBSCRIBE " + channel, link.subscribe(name));
        } catch (RedisFailure.NotExecuted e) {
            if (!link.refused(e.code(), config.commandTimeout())) {
                throw e;
            }
            asking.answer("SSUBSCRIBE " + channel, link.subscribe(name));
        }
    }

    @Override
    public void close() {
        subscriptions.close();
        acknowledged.close();
        link.close();
        shutDownResources();
    }

    private void shutDownResources() {
        resources.shutdown(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(3, TimeUnit.SECONDS);
        timer.stop();
    }

    public static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    public static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static byte[][] encoded(Object[] arguments) {
        byte[][] encoded = new byte[arguments.length][];
        for (int i = 0; i < encoded.length; i++) {
            encoded[i] = argument(arguments[i]);
        }
        return encoded;
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
}
