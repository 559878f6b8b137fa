package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.redis.Redis;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What an accepted request survives in this Redis, read from its settings: at the start, after
/// every reconnect, for it may be another server then, and now and then, for somebody may have
/// changed them. Thread-safe.
public final class RedisSafety {
    private static final Logger log = LoggerFactory.getLogger(RedisSafety.class);
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(30);
    private static final Duration LOOK_FOR_REPAIR = Duration.ofSeconds(2);
    private static final Set<String> NAMES =
            Set.of("appendonly", "appendfsync", "maxmemory-policy", "min-replicas-to-write");

    private final Redis redis;
    private final int waitReplicas;
    private final boolean assumeFsync;
    private final LongSupplier nanos;
    private volatile Found found;
    private long connectionsSeen;
    private long lookedAt;

    /// What Redis told, and what follows from it.
    ///
    /// @param settings by name; of several masters with different values all of them; without those
    ///   that Redis does not show
    /// @param assumed whether an operator's word stands for settings that Redis does not show
    /// @param refusal why new requests are refused, empty when they are not
    public record Found(
            Durability durability,
            Map<String, String> settings,
            int waitReplicas,
            boolean assumed,
            String refusal) {}

    private RedisSafety(Redis redis, int waitReplicas, boolean assumeFsync, LongSupplier nanos) {
        this.redis = redis;
        this.waitReplicas = waitReplicas;
        this.assumeFsync = assumeFsync;
        this.nanos = nanos;
        this.connectionsSeen = redis.connectionsMade();
        this.lookedAt = nanos.getAsLong();
        this.found = judge(redis::settings, waitReplicas, assumeFsync);
    }

    /// Reads the settings and tells the mode.
    ///
    /// @param waitReplicas how many replicas of Redis an enqueue waits for
    /// @param assumeFsync the operator's word, for a Redis that hides its settings
    /// @throws IllegalStateException when Redis may throw requests away to make room
    public static RedisSafety check(
            Redis redis, int waitReplicas, boolean assumeFsync, LongSupplier nanos) {
        RedisSafety safety = new RedisSafety(redis, waitReplicas, assumeFsync, nanos);
        if (!safety.found.refusal().isEmpty()) {
            throw new IllegalStateException(safety.found.refusal());
        }
        tell(safety.found);
        return safety;
    }

    /// What these settings promise.
    ///
    /// @param settings the values of one setting at all masters
    static Found judge(
            Function<String, Set<String>> settings, int waitReplicas, boolean assumeFsync) {
        Map<String, Set<String>> values =
                NAMES.stream().collect(Collectors.toMap(name -> name, settings));
        Set<String> policies = values.getOrDefault("maxmemory-policy", Set.of());
        boolean hidden = values.getOrDefault("appendfsync", Set.of()).isEmpty();
        boolean fsync =
                hidden
                        ? assumeFsync
                        : values.getOrDefault("appendonly", Set.of()).equals(Set.of("yes"))
                                && values.getOrDefault("appendfsync", Set.of())
                                        .equals(Set.of("always"));
        Durability durability =
                waitReplicas > 0
                        ? Durability.REPLICATED
                        : fsync ? Durability.FSYNC : Durability.RELAXED;
        Map<String, String> shown = new TreeMap<>();
        values.forEach((name, each) -> {
            if (!each.isEmpty()) {
                shown.put(name, String.join(",", each));
            }
        });
        boolean keeps = policies.isEmpty() || policies.equals(Set.of("noeviction"));
        return new Found(
                durability,
                shown,
                waitReplicas,
                hidden && assumeFsync,
                keeps
                        ? ""
                        : "redis maxmemory-policy: "
                                + shown.get("maxmemory-policy")
                                + " (expected: noeviction, or Redis deletes accepted requests)");
    }

    /// Reads the settings again if there is a reason to.
    public synchronized void look() {
        long made = redis.connectionsMade();
        Duration since = Duration.ofNanos(nanos.getAsLong() - lookedAt);
        Duration due = found.refusal().isEmpty() ? LOOK_AGAIN : LOOK_FOR_REPAIR;
        if (made == connectionsSeen && since.compareTo(due) < 0) {
            return;
        }
        Found now = judge(redis::settings, waitReplicas, assumeFsync);
        connectionsSeen = made;
        lookedAt = nanos.getAsLong();
        if (now.equals(found)) {
            return;
        }
        Found before = found;
        found = now;
        redis.refuseNew(now.refusal());
        if (!now.refusal().isEmpty()) {
            log.error("{}: new requests are refused until then", now.refusal());
            return;
        }
        if (!before.refusal().isEmpty()) {
            log.info("Redis keeps requests again: new ones are accepted");
        }
        log.warn("Redis' settings were {} and are {}", before.settings(), now.settings());
        tell(now);
    }

    private static void tell(Found found) {
        switch (found.durability()) {
            case FSYNC ->
                    log.info("durability: fsync{}", found.assumed() ? ", as it is assumed" : "");
            case REPLICATED ->
                    log.info(
                            "durability: replicated, an enqueue waits for {} of Redis' replicas",
                            found.waitReplicas());
            case RELAXED ->
                    log.warn(
                            found.settings().containsKey("appendfsync")
                                    ? "durability: relaxed. A crash may lose the last accepted requests (appendonly yes and appendfsync always keep them)"
                                    : "durability: relaxed, because Redis does not show its settings (yardmaster.redis.assume-durability=fsync says that it keeps every write)");
        }
    }

    public Durability durability() {
        return found.durability();
    }

    public Found found() {
        return found;
    }

    /// Why there is no connection to Redis, for people; empty when there is one.
    public String trouble() {
        return redis.trouble();
    }
}
