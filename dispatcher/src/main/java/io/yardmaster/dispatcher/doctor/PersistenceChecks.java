package io.yardmaster.dispatcher.doctor;

import io.yardmaster.dispatcher.dispatch.Durability;
import java.util.List;

/// Whether what was accepted survives a crash of Redis or its machine.
final class PersistenceChecks {
    private static final String ALWAYS =
            "redis-cli CONFIG SET appendonly yes && redis-cli CONFIG SET appendfsync always &&"
                    + " redis-cli CONFIG REWRITE";

    private final Installation at;
    private final RedisView redis;

    PersistenceChecks(Installation at, RedisView redis) {
        this.at = at;
        this.redis = redis;
    }

    List<Check> list() {
        return List.of(
                Check.ofRedis(
                        "persistence",
                        "an accepted request has to survive a crash of Redis or its machine",
                        this::settings),
                Check.ofRedis(
                        "persistence-writes",
                        "when Redis can't write its file, it refuses requests or loses them",
                        this::writes),
                Check.ofRedis(
                        "durability",
                        "producers are told in every answer how safe their request is",
                        this::told));
    }

    private Verdict settings() {
        boolean appendOnly = redis.setting("appendonly").equals("yes");
        String fsync = redis.setting("appendfsync");
        if (!appendOnly) {
            boolean snapshots = !redis.setting("save").isEmpty();
            return new Verdict.Fail(
                    snapshots
                            ? "appendonly no: a crash loses everything since the last snapshot"
                            : "appendonly no, save \"\": a restart of Redis loses every request",
                    ALWAYS);
        }
        if (redis.setting("no-appendfsync-on-rewrite").equals("yes")) {
            return new Verdict.Warn(
                    "no-appendfsync-on-rewrite yes: nothing is synced while the file is rewritten",
                    "redis-cli CONFIG SET no-appendfsync-on-rewrite no");
        }
        return switch (fsync) {
            case "always" ->
                    new Verdict.Ok(
                            "appendonly yes, appendfsync always: accepted requests survive a power"
                                    + " cut");
            case "everysec" ->
                    new Verdict.Warn(
                            "appendfsync everysec: a crash may lose the last 2 seconds and one"
                                    + " fsync",
                            "redis-cli CONFIG SET appendfsync always && redis-cli CONFIG REWRITE");
            default ->
                    new Verdict.Fail(
                            "appendfsync " + fsync + ": a crash may lose half a minute and more",
                            ALWAYS);
        };
    }

    private Verdict writes() {
        boolean appendOnly = redis.number("aof_enabled") == 1;
        if (appendOnly && redis.text("aof_last_write_status").equals("err")) {
            return new Verdict.Fail(
                    "aof_last_write_status err: the last write of the append-only file failed",
                    "make room on the disk (df -h), and look at Redis' log");
        }
        if (appendOnly && redis.text("aof_last_bgrewrite_status").equals("err")) {
            return new Verdict.Warn(
                    "aof_last_bgrewrite_status err: the append-only file grows without bound",
                    "make room for a second copy of the data, then redis-cli BGREWRITEAOF");
        }
        if (redis.text("rdb_last_bgsave_status").equals("err")) {
            return new Verdict.Fail(
                    "rdb_last_bgsave_status err: the last snapshot failed, and Redis refuses writes"
                            + " while snapshots are on",
                    "make room on the disk and in memory, then redis-cli BGSAVE; or redis-cli"
                            + " CONFIG SET save \"\"");
        }
        return new Verdict.Ok(
                (appendOnly
                                ? "append-only file of "
                                        + Texts.bytes(redis.number("aof_current_size"))
                                : "no append-only file")
                        + ", last writes went well");
    }

    private Verdict told() {
        Durability told = at.durability().get();
        boolean fsync =
                redis.setting("appendonly").equals("yes")
                        && redis.setting("appendfsync").equals("always");
        return switch (told) {
            case FSYNC ->
                    fsync
                            ? new Verdict.Ok("fsync: every answer waits for the disk")
                            : new Verdict.Fail(
                                    "this replica says fsync, and Redis' settings are no longer so",
                                    ALWAYS);
            case REPLICATED -> new Verdict.Ok("replicated: every answer waits for Redis' replicas");
            case RELAXED ->
                    fsync
                            ? new Verdict.Warn(
                                    "this replica says relaxed, and Redis' settings are better than"
                                            + " that by now",
                                    "restart this replica")
                            : new Verdict.Warn(
                                    "relaxed: a crash may lose the last accepted requests", ALWAYS);
        };
    }
}
