package io.yardmaster.queue;

import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The configuration as each shard is to know it: its part of what was configured for all, so that
/// the parts add up. Thread-safe.
final class ShardConfigs {
    private final AtomicReferenceArray<@Nullable QueueConfig> told;
    private @Nullable QueueConfig whole;
    private volatile List<QueueConfig> parts = List.of();

    /// @param shards how many there are, used or not
    ShardConfigs(int shards) {
        told = new AtomicReferenceArray<>(shards);
    }

    /// @param used how many shards new requests are spread over
    synchronized void want(QueueConfig config, int used) {
        whole = config;
        spread(used);
    }

    /// As many shards are used from now on.
    synchronized void spread(int used) {
        QueueConfig config = whole;
        if (config != null) {
            parts =
                    IntStream.range(0, told.length())
                            .mapToObj(shard ->
                                    used == 1
                                            ? config
                                            : config.part(Math.min(shard, used - 1), used))
                            .toList();
        }
    }

    /// Somebody deleted what a shard knew.
    void forget(int shard) {
        told.set(shard, null);
    }

    /// Tells a shard its part unless it knows it.
    void keep(WorkQueue shard) {
        List<QueueConfig> wanted = parts;
        if (!wanted.isEmpty() && !wanted.get(shard.shard()).equals(told.get(shard.shard()))) {
            shard.configure(wanted.get(shard.shard()));
            told.set(shard.shard(), wanted.get(shard.shard()));
        }
    }
}
