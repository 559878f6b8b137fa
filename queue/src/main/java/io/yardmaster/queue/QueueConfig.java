package io.yardmaster.queue;

import java.time.Duration;
import java.util.Map;

/// What the functions in Redis need to know of the configuration.
///
/// @param maxSize most waiting and scheduled requests of a queue, at least 1
/// @param lease how long a replica may go without a word, 500 ms to 10 min
/// @param maxMemory share of Redis' `maxmemory` above which nothing is let in, above 0 to 1
/// @param producerRate tokens a second of each producer, 0: unlimited
/// @param attempts attempts of a request that names no retries, by priority name or
///   `<service>:<priority>`
public record QueueConfig(
        int maxSize,
        Duration lease,
        Duration outcomeTtl,
        int deadMax,
        Duration deadTtl,
        int maxBody,
        double maxMemory,
        double producerRate,
        double producerBurst,
        Map<String, Integer> attempts) {
    public QueueConfig {
        require(maxSize >= 1, "queues.max-size", maxSize, "at least 1");
        require(
                lease.toMillis() >= 500 && lease.toMinutes() <= 10,
                "lease",
                lease,
                "500 ms to 10 min");
        require(outcomeTtl.toMillis() >= 1, "outcome.ttl", outcomeTtl, "at least 1 ms");
        require(deadMax >= 1, "dead.max", deadMax, "at least 1");
        require(maxMemory > 0 && maxMemory <= 1, "queues.max-memory", maxMemory, "above 0 to 1");
        require(producerRate >= 0, "rate-limit.producer.rate", producerRate, "0 or more");
        attempts = Map.copyOf(attempts);
    }

    public static QueueConfig defaults() {
        return new QueueConfig(
                10_000,
                Duration.ofSeconds(5),
                Duration.ofHours(1),
                10_000,
                Duration.ofDays(30),
                1 << 20,
                0.85,
                0,
                0,
                Map.of("critical", 4, "high", 3, "normal", 2, "low", 1));
    }

    /// The part of one shard of several. The parts of a number are as equal as can be and add up to
    /// it; each is at least 1, also a burst, without which a bucket never gives anything.
    ///
    /// @param shard 0 to `of` - 1
    QueueConfig part(int shard, int of) {
        return new QueueConfig(
                part(maxSize, shard, of),
                lease,
                outcomeTtl,
                part(deadMax, shard, of),
                deadTtl,
                maxBody,
                maxMemory,
                producerRate / of,
                producerRate == 0 ? 0 : Math.max(1, producerBurst / of),
                attempts);
    }

    private static int part(int whole, int shard, int of) {
        return Math.max(1, whole / of + (shard < whole % of ? 1 : 0));
    }

    private static void require(boolean good, String name, Object value, String expected) {
        if (!good) {
            throw new IllegalArgumentException(
                    name + ": " + value + " (expected: " + expected + ")");
        }
    }
}
