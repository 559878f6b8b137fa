package io.yardmaster.dispatcher.search;

import io.yardmaster.queue.ListCalls;
import io.yardmaster.queue.Listed;
import io.yardmaster.queue.Shards;
import io.yardmaster.queue.WorkQueue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Finds requests by their ids: at their homes, and those that are not there at the other shards,
/// because producers may put ids of their own anywhere. Thread-safe.
public final class IdLookup {
    private final Shards shards;

    public IdLookup(Shards shards) {
        this.shards = shards;
    }

    /// A request and its shard.
    public record Hit(WorkQueue shard, Listed request) {}

    /// Those that are known, in the order of the ids.
    ///
    /// @throws io.yardmaster.redis.RedisFailure when a shard that could know one is away
    public List<Hit> find(List<String> ids) {
        Map<String, Hit> hits = new LinkedHashMap<>();
        for (WorkQueue shard : shards.all()) {
            ask(shard, ids.stream().filter(id -> home(id) == shard.shard()).toList(), hits);
        }
        for (WorkQueue shard : shards.all()) {
            Set<String> missing = new LinkedHashSet<>(ids);
            missing.removeAll(hits.keySet());
            ask(shard, missing.stream().filter(id -> home(id) != shard.shard()).toList(), hits);
        }
        return new LinkedHashSet<>(ids).stream().filter(hits::containsKey).map(hits::get).toList();
    }

    private int home(String id) {
        return shards.map().home(id);
    }

    private void ask(WorkQueue shard, List<String> ids, Map<String, Hit> hits) {
        for (int from = 0; from < ids.size(); from += ListCalls.MOST) {
            List<String> part =
                    new ArrayList<>(ids.subList(from, Math.min(ids.size(), from + ListCalls.MOST)));
            for (Listed found : shards.on(shard, each -> each.lists().byId(part))) {
                hits.putIfAbsent(found.id(), new Hit(shard, found));
            }
        }
    }
}
