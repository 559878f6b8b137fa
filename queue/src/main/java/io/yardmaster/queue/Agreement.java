package io.yardmaster.queue;

import static io.yardmaster.queue.WorkQueue.checked;
import static io.yardmaster.queue.WorkQueue.longs;
import static io.yardmaster.queue.WorkQueue.string;

import io.yardmaster.redis.Redis;
import java.util.ArrayList;
import java.util.List;

/// How replicas agree on the mapping of ids to shards. Thread-safe; throws as [WorkQueue] does.
final class Agreement {
    private static final String FIRST = "{yard:0}";

    private final Redis redis;
    private final String replica;
    private final int serves;

    /// @param serves how many shards this replica serves
    Agreement(Redis redis, String replica, int serves) {
        this.redis = redis;
        this.replica = replica;
        this.serves = serves;
    }

    /// @param map in use
    /// @param all how many shards every live replica serves
    record Said(ShardMap map, int all) {}

    /// Says what this replica serves and hears what is in use.
    ///
    /// @param wanted shards to use from now on if all replicas serve them; 0: just ask
    Said say(int wanted) {
        List<Object> reply = checked(redis.call("yard_agree", FIRST, replica, serves, wanted));
        return new Said(ShardMap.parse(string(reply, 0)), (int) longs(reply, 1));
    }

    /// Which of these ids a shard has or had. From then on it takes no offers by an older mapping.
    List<String> known(WorkQueue shard, ShardMap map, List<String> ids) {
        List<Object> arguments = new ArrayList<>(1 + ids.size());
        arguments.add(map.toString());
        arguments.addAll(ids);
        List<Object> reply =
                checked(redis.call("yard_known", shard.toString(), arguments.toArray()));
        List<String> known = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            if (longs(reply, i) == 1) {
                known.add(ids.get(i));
            }
        }
        return known;
    }

    /// Goes back to the shards that this replica serves, when those beyond are empty and no other
    /// replica is alive.
    ///
    /// @throws IllegalStateException when that isn't so
    void shrink(List<WorkQueue> all) {
        String setting = "yardmaster.shards: " + serves + " (expected: " + all.size();
        for (WorkQueue shard : all.subList(serves, all.size())) {
            long requests =
                    shard.depth().stream()
                            .mapToLong(queue ->
                                    queue.depth()
                                            + queue.inFlight()
                                            + queue.scheduled()
                                            + queue.dead())
                            .sum();
            long pushed = redis.run(c -> c.llen(Redis.bytes(shard + ":in")));
            if (requests + pushed > 0) {
                throw new IllegalStateException(
                        setting
                                + " or more, "
                                + (requests + pushed)
                                + " requests are in "
                                + shard
                                + ")");
            }
        }
        for (WorkQueue shard : all) {
            List<Object> reply =
                    checked(redis.call("yard_shrink", shard.toString(), replica, serves));
            if (!string(reply, 0).equals("ok")) {
                throw new IllegalStateException(
                        setting + ", as long as replicas run that use so many)");
            }
        }
    }
}
