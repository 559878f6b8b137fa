package io.yardmaster.dispatcher.doctor;

import io.yardmaster.dispatcher.dispatch.Durability;
import java.util.ArrayList;
import java.util.List;

/// Whether there is a Redis to take over.
final class ReplicationChecks {
    private static final long LAGGING_SECONDS = 10;

    private final Installation at;
    private final RedisView redis;

    ReplicationChecks(Installation at, RedisView redis) {
        this.at = at;
        this.redis = redis;
    }

    List<Check> list() {
        return List.of(
                Check.ofRedis(
                        "redis-role", "a Redis that is a replica refuses every write", this::role),
                Check.ofRedis(
                        "redis-replicas",
                        "when the master dies, what its replicas have is what is left",
                        this::replicas));
    }

    private Verdict role() {
        String role = redis.text("role");
        return role.equals("master")
                ? new Verdict.Ok("master")
                : new Verdict.Fail(
                        role + " of " + redis.text("master_host") + ":" + redis.text("master_port"),
                        "point yardmaster.redis.uri at the master, or better at the Sentinels"
                                + " (redis-sentinel://...); redis-cli REPLICAOF NO ONE promotes this"
                                + " one");
    }

    private Verdict replicas() {
        boolean sentinel =
                at.settings().redis().uris().stream().anyMatch(uri -> uri.contains("-sentinel://"));
        boolean replicated = at.durability().get() == Durability.REPLICATED;
        long connected = redis.number("connected_slaves");
        if (connected == 0) {
            return sentinel || replicated
                    ? new Verdict.Fail(
                            "no replica is connected: there is nothing to fail over to",
                            "start one: redis-server --replicaof <master> <port>, or look at its"
                                    + " log")
                    : new Verdict.Ok("none, and none is asked for");
        }
        List<String> late = new ArrayList<>();
        for (int i = 0; i < connected; i++) {
            String words = redis.text("slave" + i);
            boolean online = words.contains("state=online");
            long lag = RedisView.whole(words.replaceAll(".*lag=(\\d+).*", "$1")).orElse(0L);
            if (!online || lag >= LAGGING_SECONDS) {
                late.add(words.replaceAll(",offset=\\d+", ""));
            }
        }
        if (!late.isEmpty()) {
            return new Verdict.Warn(
                    late.size() + " of " + connected + " lag behind: " + String.join("; ", late),
                    "look at that replica's log and network");
        }
        String found = Texts.count(connected, "replica", "replicas") + ", none lags behind";
        return sentinel && redis.setting("min-replicas-to-write").equals("0")
                ? new Verdict.Warn(
                        found
                                + "; min-replicas-to-write 0: a master that was cut off goes on"
                                + " accepting what will be thrown away",
                        "redis-cli CONFIG SET min-replicas-to-write 1 min-replicas-max-lag 2 &&"
                                + " redis-cli CONFIG REWRITE; plan failovers with yardmaster"
                                + " failover")
                : new Verdict.Ok(found);
    }
}
