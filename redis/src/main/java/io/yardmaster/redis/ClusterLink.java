package io.yardmaster.redis;

import io.lettuce.core.ReadFrom;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions.RefreshTrigger;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.cluster.pubsub.StatefulRedisClusterPubSubConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.pubsub.RedisPubSubListener;
import io.lettuce.core.resource.ClientResources;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The way to the masters of a cluster.
///
/// Redirections are not followed. `ASK` must not be: while a slot moves, our functions would run on
/// the importing master with half of their keys. No key bears the bare name that functions are
/// called with, so Redis answers `ASK` to every call until the slot has arrived, and nothing runs
/// in between. After `MOVED` the topology is read anew, and the command, which did not run, is made
/// again.
final class ClusterLink implements Link {
    private static final Logger log = LoggerFactory.getLogger(ClusterLink.class);

    /// The safety net below the errors that tell of a change.
    private static final Duration REFRESH = Duration.ofSeconds(10);

    /// Asking a cluster for its topology costs it something; more often does not help.
    private static final Duration BETWEEN_REFRESHES = Duration.ofMillis(250);

    private final LongSupplier nanos;
    private final RedisClusterClient client;
    private final StatefulRedisClusterConnection<byte[], byte[]> connection;
    private final StatefulRedisClusterPubSubConnection<byte[], byte[]> channels;
    private @Nullable CompletableFuture<?> refresh;
    private long refreshedAt;

    ClusterLink(
            RedisConfig config,
            ClientResources resources,
            RedisPubSubListener<byte[], byte[]> listener,
            LongSupplier nanos) {
        this.nanos = nanos;
        this.refreshedAt = nanos.getAsLong() - BETWEEN_REFRESHES.toNanos();
        client =
                RedisClusterClient.create(
                        resources,
                        config.uris().stream().map(uri -> ClientSetup.uri(config, uri)).toList());
        client.setOptions(
                ClientSetup.options(ClusterClientOptions.builder(), config)
                        .maxRedirects(0)
                        .topologyRefreshOptions(
                                ClusterTopologyRefreshOptions.builder()
                                        .enablePeriodicRefresh(REFRESH)
                                        .enableAdaptiveRefreshTrigger(
                                                RefreshTrigger.PERSISTENT_RECONNECTS,
                                                RefreshTrigger.UNCOVERED_SLOT,
                                                RefreshTrigger.UNKNOWN_NODE)
                                        .refreshTriggersReconnectAttempts(2)
                                        .adaptiveRefreshTriggersTimeout(Duration.ofSeconds(1))
                                        .build())
                        .build());
        try {
            connection = client.connect(ByteArrayCodec.INSTANCE);
            connection.setReadFrom(ReadFrom.UPSTREAM);
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
        RedisClusterNode node = node(key);
        if (node == null) {
            throw new RedisFailure.NotExecuted("CLUSTERDOWN", "no master has the slot");
        }
        return node.getUri();
    }

    @Override
    public List<RedisClusterAsyncCommands<byte[], byte[]>> masters() {
        List<RedisClusterAsyncCommands<byte[], byte[]>> masters = new ArrayList<>();
        for (RedisClusterNode node : connection.getPartitions()) {
            if (node.getRole().isUpstream() && !node.getSlots().isEmpty()) {
                try {
                    masters.add(connection.getConnection(node.getNodeId()).async());
                } catch (RuntimeException e) {
                    log.info(
                            "master {} of the cluster: {}",
                            node.getUri().getPort(),
                            RedisFailure.reason(e));
                }
            }
        }
        return masters;
    }

    @Override
    public String server(byte[] key) {
        RedisClusterNode node = node(key);
        return node == null ? "" : node.getNodeId();
    }

    private @Nullable RedisClusterNode node(byte[] key) {
        return connection.getPartitions().getPartitionBySlot(SlotHash.getSlot(key));
    }

    @Override
    public RedisFuture<String> ping(String server) {
        return server.isEmpty()
                ? connection.async().ping()
                : connection.getConnection(server).async().ping();
    }

    @Override
    public RedisFuture<Void> subscribe(byte[] channel) {
        return channels.async().ssubscribe(channel);
    }

    @Override
    public boolean refused(String code, Duration patience) {
        return switch (code) {
            case "MOVED" -> awaited(refresh(), patience);
            case "DISCONNECTED", "CLUSTERDOWN", "READONLY", "MASTERDOWN" -> {
                var _ = refresh();
                yield false;
            }
            default -> false;
        };
    }

    @Override
    public void silent(String server, Duration silence) {
        var _ = refresh();
    }

    /// One at a time, shared by all who ask for it.
    private synchronized CompletableFuture<?> refresh() {
        CompletableFuture<?> running = refresh;
        long now = nanos.getAsLong();
        if (running != null
                && (!running.isDone() || now - refreshedAt < BETWEEN_REFRESHES.toNanos())) {
            return running;
        }
        refreshedAt = now;
        running = client.refreshPartitionsAsync().toCompletableFuture();
        refresh = running;
        return running;
    }

    private static boolean awaited(CompletableFuture<?> refresh, Duration patience) {
        try {
            refresh.get(patience.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException | TimeoutException e) {
            return false;
        }
    }

    @Override
    public void close() {
        client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }
}
