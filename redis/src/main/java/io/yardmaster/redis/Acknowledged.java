package io.yardmaster.redis;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.resource.ClientResources;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Calls that return only when enough replicas of Redis have what was written. Thread-safe.
///
/// `WAIT` vouches for the writes of its own connection to its own master. So the call, a write and
/// the `WAIT` travel over one connection that never reconnects: behind a failover it would vouch
/// for the wrong server. It holds up everything behind it, hence the connection is used for nothing
/// else, by one thread at a time.
final class Acknowledged implements AutoCloseable {
    /// Only to see whether replicas are there at all; they acknowledge old writes at once.
    private static final Duration LOOK = Duration.ofMillis(50);

    private static final SetArgs FOR_A_MINUTE = SetArgs.Builder.px(Duration.ofMinutes(1));

    private final RedisConfig config;
    private final ClientResources resources;
    private final Link link;
    private final Asking asking;
    private final ReentrantLock lock = new ReentrantLock(true);
    private final Map<String, StatefulRedisConnection<byte[], byte[]>> open = new HashMap<>();
    private volatile @Nullable RedisClient client;
    private boolean wasShort;

    Acknowledged(RedisConfig config, ClientResources resources, Link link, Asking asking) {
        this.config = config;
        this.resources = resources;
        this.link = link;
        this.asking = asking;
    }

    <T> T call(
            String what,
            byte[] key,
            Function<RedisAsyncCommands<byte[], byte[]>, RedisFuture<T>> command) {
        Duration longest = config.commandTimeout().plus(config.copies().patience());
        boolean ours = false;
        try {
            ours = lock.tryLock(longest.toNanos(), TimeUnit.NANOSECONDS);
            if (!ours) {
                throw new RedisFailure.NotExecuted(
                        "UNANSWERED", what + ": earlier calls still wait for Redis' replicas");
            }
            return orAgain(what, key, command);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RedisFailure.NotExecuted("UNANSWERED", what + ": interrupted", e);
        } finally {
            if (ours) {
                lock.unlock();
            }
        }
    }

    private <T> T orAgain(
            String what,
            byte[] key,
            Function<RedisAsyncCommands<byte[], byte[]>, RedisFuture<T>> command) {
        try {
            return once(what, key, command);
        } catch (RedisFailure.NotExecuted e) {
            if (!link.refused(e.code(), config.commandTimeout())) {
                throw e;
            }
            return once(what, key, command);
        }
    }

    private <T> T once(
            String what,
            byte[] key,
            Function<RedisAsyncCommands<byte[], byte[]>, RedisFuture<T>> command) {
        String server = link.server(key);
        asking.refuseIfSilent(what, server);
        try {
            RedisAsyncCommands<byte[], byte[]> master = connection(what, server, key).async();
            if (wasShort) {
                requireCopies(what, asking.answer("WAIT", wait(master, LOOK)));
            }
            T answer = asking.answer(what, command.apply(master));
            confirm(what, key, master);
            return answer;
        } catch (RedisFailure.Rejected e) {
            throw e; // the connection is fine
        } catch (RedisFailure e) {
            drop(server);
            throw e;
        }
    }

    /// From here on the call has run: whatever goes wrong, nobody knows where it will be found.
    private void confirm(String what, byte[] key, RedisAsyncCommands<byte[], byte[]> master) {
        long copies;
        try {
            // A call that changed nothing, such as a repeated one, has no write to wait for. What
            // it
            // answers about may have been written over another connection a moment ago.
            byte[] mark = Redis.bytes(Redis.text(key) + ":copied");
            asking.answer(what, master.set(mark, new byte[] {'1'}, FOR_A_MINUTE));
            copies =
                    asking.answer(
                            "WAIT",
                            wait(master, config.copies().patience()),
                            config.commandTimeout().plus(config.copies().patience()));
        } catch (RedisFailure e) {
            throw new RedisFailure.Unknown(
                    what + ": done, but whether replicas have it is unknown: " + e.getMessage(), e);
        }
        if (copies < config.copies().replicas()) {
            wasShort = true;
            throw new RedisFailure.Unknown(
                    what
                            + ": "
                            + copies
                            + " of "
                            + config.copies().replicas()
                            + " replicas have it after "
                            + config.copies().patience().toMillis()
                            + " ms",
                    null);
        }
    }

    private RedisFuture<Long> wait(RedisAsyncCommands<byte[], byte[]> master, Duration patience) {
        return master.waitForReplication(config.copies().replicas(), patience.toMillis());
    }

    private void requireCopies(String what, long copies) {
        if (copies < config.copies().replicas()) {
            throw new RedisFailure.NotExecuted(
                    "NOREPLICAS",
                    what
                            + ": not sent, Redis has "
                            + copies
                            + " replicas that follow it (expected: "
                            + config.copies().replicas()
                            + ")");
        }
        wasShort = false;
    }

    private StatefulRedisConnection<byte[], byte[]> connection(
            String what, String server, byte[] key) {
        StatefulRedisConnection<byte[], byte[]> known = open.get(server);
        if (known != null && known.isOpen()) {
            return known;
        }
        drop(server);
        try {
            StatefulRedisConnection<byte[], byte[]> fresh =
                    client().connect(ByteArrayCodec.INSTANCE, link.master(key));
            open.put(server, fresh);
            return fresh;
        } catch (RedisException e) {
            throw RedisFailure.disconnected(what, e);
        }
    }

    private RedisClient client() {
        RedisClient known = client;
        if (known == null) {
            known = new AsyncClient(resources);
            known.setOptions(
                    ClientSetup.options(ClientOptions.builder(), config)
                            .autoReconnect(false)
                            .build());
            client = known;
        }
        return known;
    }

    private void drop(String server) {
        StatefulRedisConnection<byte[], byte[]> lost = open.remove(server);
        if (lost != null) {
            var _ = lost.closeAsync();
        }
    }

    @Override
    public void close() {
        RedisClient known = client;
        if (known != null) {
            known.shutdown(Duration.ZERO, Duration.ofSeconds(2));
        }
    }
}
