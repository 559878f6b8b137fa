package io.yardmaster.redis;

import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.time.Duration;
import java.util.List;

/// What differs between a single Redis (or one behind Sentinel) and a cluster. Thread-safe.
interface Link {
    /// Commands that go where their key is.
    RedisClusterAsyncCommands<byte[], byte[]> commands();

    /// Where the master of this key is found.
    RedisURI master(byte[] key);

    /// One for each master that can be reached.
    List<RedisClusterAsyncCommands<byte[], byte[]>> masters();

    /// The server that has this key, under any name that stays the same.
    String server(byte[] key);

    /// Asks a server for a sign of life.
    RedisFuture<String> ping(String server);

    /// Subscribes anew, at the server that has the channel now.
    RedisFuture<Void> subscribe(byte[] channel);

    /// A command was refused with this code.
    ///
    /// @return whether the way to Redis has been mended, so that the same command may be made again
    ///   at once
    boolean refused(String code, Duration patience);

    /// A server has not answered for so long.
    void silent(String server, Duration silence);

    void close();
}
