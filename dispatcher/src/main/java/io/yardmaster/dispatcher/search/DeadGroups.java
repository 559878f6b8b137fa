package io.yardmaster.dispatcher.search;

import io.yardmaster.queue.CorruptKeyException;
import io.yardmaster.queue.ListCalls;
import io.yardmaster.queue.ListIndex;
import io.yardmaster.queue.Listed;
import io.yardmaster.queue.QueueName;
import io.yardmaster.queue.Shards;
import io.yardmaster.queue.WorkQueue;
import io.yardmaster.redis.RedisFailure;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Groups dead requests by what they died of. Of each queue the latest are looked at, in turn with
/// those of the other queues, until all were or a bound is reached. Thread-safe.
public final class DeadGroups {
    private static final int MOST_GROUPS = 200;
    private static final int MOST_NODES = 10;

    private final Shards shards;
    private final LongSupplier nanos;

    /// @param nanos a monotonic clock
    public DeadGroups(Shards shards, LongSupplier nanos) {
        this.shards = shards;
        this.nanos = nanos;
    }

    /// Requests that died of the same.
    ///
    /// @param cause that of the latest; empty: all that are in no other group
    /// @param firstMs when the first and the last of those looked at died, wall clock
    /// @param sample id of the latest
    /// @param nodes where they were last, at most 10
    public record Group(
            Optional<Cause> cause,
            long count,
            long firstMs,
            long lastMs,
            String sample,
            List<String> nodes) {}

    /// The groups, the largest first.
    ///
    /// @param complete whether all dead requests were looked at
    public record Found(List<Group> groups, long searched, boolean complete) {}

    private record Source(WorkQueue shard, QueueName queue, String at) {}

    private static final class Gathered {
        private final @Nullable Cause cause;
        private final TreeSet<String> nodes = new TreeSet<>();
        private String sample = "";
        private long count;
        private long firstMs = Long.MAX_VALUE;
        private long lastMs = Long.MIN_VALUE;

        Gathered(@Nullable Cause cause) {
            this.cause = cause;
        }

        void add(Entry dead) {
            count++;
            firstMs = Math.min(firstMs, dead.settledAtMs());
            if (dead.settledAtMs() > lastMs) {
                lastMs = dead.settledAtMs();
                sample = dead.id();
            }
            if (dead.node() != null && nodes.size() < MOST_NODES) {
                nodes.add(dead.node());
            }
        }

        Group group() {
            return new Group(
                    Optional.ofNullable(cause), count, firstMs, lastMs, sample, List.copyOf(nodes));
        }
    }

    /// @param queues whose dead are meant
    /// @throws RedisFailure when no shard answers
    public Found find(List<QueueName> queues, Walk.Bounds bounds) {
        long began = nanos.getAsLong();
        Deque<Source> sources = new ArrayDeque<>();
        for (QueueName queue : queues) {
            shards.all().forEach(shard -> sources.add(new Source(shard, queue, "")));
        }
        Map<String, Gathered> groups = new LinkedHashMap<>();
        Gathered other = new Gathered(null);
        RedisFailure failure = null;
        boolean whole = true;
        long searched = 0;
        int answered = 0;
        while (!sources.isEmpty()
                && (answered == 0
                        || (searched < bounds.rows()
                                && nanos.getAsLong() - began < bounds.time().toNanos()))) {
            Source source = sources.remove();
            try {
                Listed.Page page = page(source);
                answered++;
                searched += page.looked();
                page.rows().forEach(row -> gather(row.request(), groups, other));
                page.next()
                        .ifPresent(
                                at -> sources.add(new Source(source.shard(), source.queue(), at)));
            } catch (CorruptKeyException e) {
                whole = false;
            } catch (RedisFailure e) {
                failure = e;
                whole = false;
            }
        }
        if (answered == 0 && failure != null) {
            throw failure;
        }
        return new Found(largestFirst(groups, other), searched, whole && sources.isEmpty());
    }

    private Listed.Page page(Source source) {
        ListIndex index = new ListIndex.Dead(source.queue());
        return shards.on(
                source.shard(), each -> each.lists().page(index, source.at(), ListCalls.MOST));
    }

    private static void gather(Listed request, Map<String, Gathered> groups, Gathered other) {
        Entry dead = Entry.of(request, (_, _) -> Optional.empty());
        Cause cause = Cause.of(dead);
        Gathered group = groups.get(cause.key());
        if (group == null && groups.size() < MOST_GROUPS) {
            group = new Gathered(cause);
            groups.put(cause.key(), group);
        }
        (group == null ? other : group).add(dead);
    }

    private static List<Group> largestFirst(Map<String, Gathered> groups, Gathered other) {
        List<Group> sorted = new ArrayList<>();
        groups.values().forEach(each -> sorted.add(each.group()));
        sorted.sort(Comparator.comparingLong(Group::count).reversed());
        if (other.count > 0) {
            sorted.add(other.group());
        }
        return sorted;
    }
}
