package io.yardmaster.dispatcher.doctor;

import io.lettuce.core.Range;
import io.lettuce.core.ScriptOutputType;
import io.yardmaster.redis.FunctionLibrary;
import io.yardmaster.redis.Redis;
import io.yardmaster.redis.RedisFailure;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Whether what runs fits together: Redis, the function library, the replicas.
final class VersionChecks {
    private static final long ALIVE_MS = 5_000;

    private final Installation at;
    private final RedisView redis;

    VersionChecks(Installation at, RedisView redis) {
        this.at = at;
        this.redis = redis;
    }

    List<Check> list() {
        return List.of(
                Check.ofRedis(
                        "redis-version",
                        "the queue needs Redis 7, and old versions have faults that let others in",
                        this::redisVersion),
                Check.ofRedis(
                        "functions",
                        "the functions inside Redis are the queue; replicas expect their own"
                                + " version",
                        this::functions),
                Check.ofRedis(
                        "replicas",
                        "while no replica is alive nothing is dispatched; different versions are"
                                + " for the time of an upgrade only",
                        this::replicas));
    }

    private Verdict redisVersion() {
        boolean valkey = redis.text("server_name").equals("valkey");
        RedisVersion version =
                RedisVersion.of(valkey, redis.text(valkey ? "valkey_version" : "redis_version"));
        return version.verdict(Addresses.of(at.settings().redis()).loopback());
    }

    private Verdict functions() {
        List<Object> loaded;
        try {
            loaded =
                    redis.redis()
                            .run(c ->
                                    c.fcallReadOnly(
                                            "yard_version", ScriptOutputType.MULTI, new byte[0][]));
        } catch (RedisFailure.Rejected e) {
            return new Verdict.Fail(
                    "the function library is not loaded",
                    "restart a replica: it loads the library when it starts, and at its next call");
        }
        long number = (Long) loaded.get(0);
        String digest = Redis.text((byte[]) loaded.get(1));
        String found = "library version " + number + " (" + digest + ")";
        if (digest.equals(at.library())) {
            return new Verdict.Ok(found + ", as this replica brings it");
        }
        String both =
                found
                        + "; this replica brings "
                        + FunctionLibrary.VERSION
                        + " ("
                        + at.library()
                        + ")";
        return number < FunctionLibrary.VERSION
                ? new Verdict.Fail(both, "restart this replica: it loads its library then")
                : new Verdict.Warn(
                        both, "finish the upgrade: restart every replica with the same version");
    }

    private Verdict replicas() {
        Set<String> alive = new TreeSet<>();
        for (String base : at.bases()) {
            long now = ClockChecks.logical(redis.redis(), base).logical();
            redis.redis()
                    .run(c ->
                            c.zrangebyscore(
                                    Redis.bytes(base + ":replicas"),
                                    Range.create(now - ALIVE_MS, Double.POSITIVE_INFINITY)))
                    .forEach(name -> alive.add(Redis.text(name)));
        }
        if (!alive.contains(at.replica())) {
            return new Verdict.Fail(
                    "this replica, " + at.replica() + ", has not called for 5 s",
                    "look at its log; systemctl restart yardmaster");
        }
        List<Roster.Entry> present =
                Roster.present(redis.redis()).stream()
                        .filter(entry -> alive.contains(entry.replica()))
                        .toList();
        String found = Texts.count(alive.size(), "replica is", "replicas are") + " alive";
        Set<String> libraries =
                present.stream().map(Roster.Entry::library).collect(Collectors.toSet());
        Set<String> versions =
                present.stream()
                        .map(Roster.Entry::version)
                        .collect(Collectors.toCollection(TreeSet::new));
        if (versions.size() > 1 || libraries.size() > 1) {
            String each =
                    present.stream()
                            .map(entry ->
                                    entry.replica() + " " + entry.version() + "/" + entry.library())
                            .sorted()
                            .collect(Collectors.joining(", "));
            return new Verdict.Warn(
                    found + ", of different versions: " + each,
                    "bring all replicas to the same version, one after the other");
        }
        return new Verdict.Ok(found + (versions.isEmpty() ? "" : ", version " + versions));
    }
}
