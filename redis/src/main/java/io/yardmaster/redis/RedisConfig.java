package io.yardmaster.redis;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/// Where Redis is and how long a call may take.
///
/// @param uri `redis://`, `rediss://` or `redis-sentinel://`; several `redis://` separated by
///   commas are a cluster
/// @param commandTimeout longest wait for an answer, 10 ms to 1 min
public record RedisConfig(String uri, Duration commandTimeout) {
    /// 1 s: long enough for an fsync on a slow SD card, short enough that a black hole is noticed.
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(1);

    public RedisConfig {
        for (String each : uri.split(",", -1)) {
            if (!each.matches("(redis|rediss|redis-sentinel)://.+")) {
                throw new IllegalArgumentException(
                        "redis.uri: "
                                + redact(each)
                                + " (expected: redis://, rediss:// or redis-sentinel://)");
            }
        }
        if (commandTimeout.toMillis() < 10 || commandTimeout.toSeconds() > 60) {
            throw new IllegalArgumentException(
                    "redis.timeout: " + commandTimeout + " (expected: 10 ms to 1 min)");
        }
    }

    public static RedisConfig of(String uri) {
        return new RedisConfig(uri, DEFAULT_TIMEOUT);
    }

    List<String> uris() {
        return Arrays.asList(uri.split(","));
    }

    boolean cluster() {
        return uri.contains(",");
    }

    /// The address without user and password, fit for logs and answers.
    public String redacted() {
        return redact(uri);
    }

    private static String redact(String uri) {
        return uri.replaceAll("//[^@/,]*@", "//***@");
    }
}
