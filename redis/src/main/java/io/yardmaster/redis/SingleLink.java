package io.yardmaster.redis;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.pubsub.RedisPubSubListener;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The way to one Redis, by its address or by way of its sentinels.
final class SingleLink implements Link {
    private static final Logger log = LoggerFactory.getLogger(SingleLink.class);

    /// A new connection costs nothing, but one a moment is enough.
    private static final Duration BETWEEN_RECONNECTS = Duration.ofMillis(500);

    private static final Duration SAID_ONCE_IN = Duration.ofSeconds(30);

    /// A server that is silent for so long may have a successor elsewhere. Its connection stays
    /// open as long as its kernel lives, so it is left.
    static final Duration LEAVE_AFTER = Duration.ofSeconds(3);

    private final LongSupplier nanos;
    private final RedisURI uri;
    private final RedisClient client;
    private final StatefulRedisConnection<byte[], byte[]> connection;
    private final StatefulRedisPubSubConnection<byte[], byte[]> channels;
    private final AtomicLong reconnectedAt;

    SingleLink(
            RedisConfig config,
            ClientResources resources,
            RedisPubSubListener<byte[], byte[]> listener,
            LongSupplier nanos) {
        this.nanos = nanos;
        this.reconnectedAt = new AtomicLong(nanos.getAsLong() - SAID_ONCE_IN.toNanos() - 1);
        uri = ClientSetup.uri(config, config.uris().getFirst());
        client = new AsyncClient(resources, uri);
        client.setOptions(ClientSetup.options(ClientOptions.builder(), config).build());
        try {
            connection = client.connect(ByteArrayCodec.INSTANCE);
            channels = client.connectPubSub(ByteArrayCodec.INSTANCE);
        } catch (RuntimeException e) {
            client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
            throw e;
        }
        channels.addListener(listener);
    }

    @Override
    public RedisClusterAsyncCommands<byte[], byte[]> commands() {
        return connection.async();
    }

    @Override
    public RedisURI master(byte[] key) {
        return uri;
    }

    @Override
    public List<RedisClusterAsyncCommands<byte[], byte[]>> masters() {
        return List.of(connection.async());
    }

    @Override
    public String server(byte[] key) {
        return "";
    }

    @Override
    public RedisFuture<String> ping(String server) {
        return connection.async().ping();
    }

    @Override
    public RedisFuture<Void> subscribe(byte[] channel) {
        return channels.async().ssubscribe(channel);
    }

    /// A demoted master keeps its connections. Only a new one asks again who is master.
    @Override
    public boolean refused(String code, Duration patience) {
        if (code.equals("READONLY") || code.equals("MASTERDOWN")) {
            reconnect("answers " + code);
        }
        return false;
    }

    @Override
    public void silent(String server, Duration silence) {
        if (silence.compareTo(LEAVE_AFTER) >= 0) {
            reconnect("is silent for " + silence.toMillis() + " ms");
        }
    }

    private void reconnect(String why) {
        long now = nanos.getAsLong();
        long last = reconnectedAt.get();
        if (now - last < BETWEEN_RECONNECTS.toNanos() || !reconnectedAt.compareAndSet(last, now)) {
            return;
        }
        if (now - last > SAID_ONCE_IN.toNanos()) {
            log.warn("Redis {}: connecting anew until it is well", why);
        }
        ClientSetup.reconnect(connection);
        ClientSetup.reconnect(channels);
    }

    @Override
    public void close() {
        client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }
}
