package io.yardmaster.dispatcher.doctor;

import io.yardmaster.dispatcher.dispatch.Durability;
import io.yardmaster.dispatcher.settings.Settings;
import io.yardmaster.nodes.Nodes;
import io.yardmaster.queue.QueueDepth;
import io.yardmaster.redis.Redis;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// What is examined.
///
/// @param depths the figures of all queues, as Redis has them now
/// @param durability what this replica tells producers
/// @param version of this program
/// @param library digest of the function library that this program brings
public record Installation(
        Settings settings,
        Redis redis,
        Supplier<List<QueueDepth>> depths,
        Nodes nodes,
        Supplier<Durability> durability,
        String version,
        String library,
        Host host) {

    /// The computer this replica runs on.
    ///
    /// @param nanos monotonic clock
    /// @param root where `/proc` and `/sys` are
    /// @param disk how full a directory's file system is
    public record Host(InstantSource clock, LongSupplier nanos, Path root, Disk disk) {}

    /// Room on a file system.
    @FunctionalInterface
    public interface Disk {
        /// @throws java.io.IOException when it cannot be seen
        Space of(Path directory) throws java.io.IOException;

        /// In bytes.
        record Space(long free, long total) {}
    }

    /// The tags of the shards' keys, such as `{yard:0}`.
    List<String> bases() {
        return IntStream.range(0, Math.max(1, settings.redis().shards()))
                .mapToObj(shard -> "{yard:" + shard + "}")
                .toList();
    }

    String replica() {
        return settings.server().replicaId();
    }
}
