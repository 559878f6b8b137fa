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

    private static void require(boolean good, String name, Object value, String expected) {
        if (!good) {
            throw new IllegalArgumentException(
                    name + ": " + value + " (expected: " + expected + ")");
        }
    }
}
