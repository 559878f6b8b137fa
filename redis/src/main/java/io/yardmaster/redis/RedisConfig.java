package io.yardmaster.redis;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// Where Redis is, how it is reached, and how long a call may take.
///
/// @param uri `redis://`, `rediss://`, `redis-sentinel://` or `rediss-sentinel://`; several
///   `redis://` or `rediss://` separated by commas are a cluster
/// @param commandTimeout longest wait for an answer, 10 ms to 1 min
/// @param tls for the schemes with a double s
/// @param copies how many replicas must have what [Redis#callAcknowledged] wrote
public record RedisConfig(String uri, Duration commandTimeout, Tls tls, Copies copies) {
    /// 1 s: long enough for an fsync on a slow SD card, short enough that a black hole is noticed.
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(1);

    /// Files in PEM form. The name in Redis' certificate is always checked.
    ///
    /// @param ca who signs Redis' certificate; empty: those that the JDK trusts
    /// @param certificate our own, for a Redis that asks for one; its chain may follow it
    /// @param key of the certificate, in PKCS #8 form without a password
    public record Tls(Optional<Path> ca, Optional<Path> certificate, Optional<Path> key) {
        public static final Tls DEFAULT =
                new Tls(Optional.empty(), Optional.empty(), Optional.empty());

        public Tls {
            if (certificate.isPresent() != key.isPresent()) {
                throw new IllegalArgumentException(
                        "redis.tls: half a pair (expected: cert and key, or neither)");
            }
        }
    }

    /// What Redis' `WAIT` is asked for.
    ///
    /// @param replicas 0: nothing is waited for
    /// @param patience how long for their acknowledgement
    public record Copies(int replicas, Duration patience) {
        public static final Copies NONE = new Copies(0, Duration.ofSeconds(1));
    }

    public RedisConfig {
        for (String each : split(uri)) {
            if (!each.matches("(redis|rediss|redis-sentinel|rediss-sentinel)://.+")) {
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

    public RedisConfig(String uri, Duration commandTimeout) {
        this(uri, commandTimeout, Tls.DEFAULT, Copies.NONE);
    }

    public static RedisConfig of(String uri) {
        return new RedisConfig(uri, DEFAULT_TIMEOUT);
    }

    List<String> uris() {
        return split(uri);
    }

    /// The hosts of one sentinel address are themselves separated by commas.
    private static List<String> split(String uri) {
        return uri.matches("rediss?-sentinel://.*") ? List.of(uri) : Arrays.asList(uri.split(","));
    }

    boolean cluster() {
        return uris().size() > 1;
    }

    boolean encrypted() {
        return uri.startsWith("rediss");
    }

    /// The address without user and password, fit for logs and answers.
    public String redacted() {
        return redact(uri);
    }

    /// Greedy, so that a password that should have been encoded and was not is not told either.
    private static String redact(String uri) {
        return split(uri).stream()
                .map(each -> each.replaceAll("//.*@", "//***@"))
                .collect(Collectors.joining(","));
    }
}
