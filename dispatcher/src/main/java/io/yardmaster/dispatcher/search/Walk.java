package io.yardmaster.dispatcher.search;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.yardmaster.queue.CorruptKeyException;
import io.yardmaster.queue.ListCalls;
import io.yardmaster.queue.ListIndex;
import io.yardmaster.queue.Listed;
import io.yardmaster.queue.QueueDepth;
import io.yardmaster.queue.QueueName;
import io.yardmaster.queue.Shards;
import io.yardmaster.queue.WorkQueue;
import io.yardmaster.redis.RedisFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Goes through the indexes of all shards that can hold what a filter means, page by page, until
/// the reader has enough or a bound is reached. Thread-safe.
///
/// A request that stays where it is the whole time is met. One that moves meanwhile may be met
/// twice or not at all, but never in a state that it does not have at that moment.
public final class Walk {
    private static final Comparator<Step> ORDER =
            Comparator.<Step>comparingInt(step -> rank(step.index()))
                    .thenComparing(step -> queue(step.index()))
                    .thenComparingInt(Step::shard);

    private final Shards shards;
    private final LongSupplier nanos;

    /// @param nanos a monotonic clock
    public Walk(Shards shards, LongSupplier nanos) {
        this.shards = shards;
        this.nanos = nanos;
    }

    /// How far one walk goes; it reads one page at least.
    ///
    /// @param rows that are looked at, give or take a page
    public record Bounds(int rows, Duration time) {}

    /// Gets the rows of one page.
    public interface Reader {
        /// @return how many of the rows were read; the next walk begins at the first that was not
        int read(WorkQueue shard, List<Listed.Row> rows);

        /// Whether it wants no more.
        boolean enough();
    }

    /// How a walk ended.
    ///
    /// @param next where another one goes on; empty: at the end
    /// @param searched rows that were looked at
    /// @param whole false when a shard was away, or a key was not ours
    public record Stop(Optional<Place> next, long searched, boolean whole) {}

    private record Step(ListIndex index, int shard) {}

    /// Where a walk goes on.
    ///
    /// @param at the place in the index; empty: its beginning
    public record Place(ListIndex index, int shard, String at) {
        /// For clients, who send it back as it is.
        public String text() {
            String plain = index.text() + "\n" + shard + "\n" + at;
            return Base64.getUrlEncoder().withoutPadding().encodeToString(plain.getBytes(UTF_8));
        }

        /// Empty when it is not the text of a place.
        public static Optional<Place> of(String text) {
            try {
                String[] parts =
                        new String(Base64.getUrlDecoder().decode(text), UTF_8).split("\n", -1);
                if (parts.length != 3 || !parts[1].matches("\\d{1,3}")) {
                    return Optional.empty();
                }
                int shard = Integer.parseInt(parts[1]);
                return ListIndex.of(parts[0])
                        .filter(index -> index.isPlace(parts[2]))
                        .map(index -> new Place(index, shard, parts[2]));
            } catch (IllegalArgumentException e) {
                return Optional.empty();
            }
        }
    }

    /// @param from empty: from the beginning
    /// @throws RedisFailure when no shard answers
    public Stop run(RequestFilter filter, Optional<Place> from, Bounds bounds, Reader reader) {
        return new Run(bounds, reader).run(steps(filter), from);
    }

    private List<Step> steps(RequestFilter filter) {
        List<ListIndex> indexes = new ArrayList<>();
        boolean expired = filter.states().contains(RequestState.EXPIRED);
        boolean waiting = expired || filter.states().contains(RequestState.QUEUED);
        boolean dead = filter.states().contains(RequestState.DEAD);
        if (filter.states().contains(RequestState.IN_FLIGHT)) {
            indexes.add(new ListIndex.Leases());
        }
        if (waiting || dead) {
            for (QueueDepth depth : shards.depth()) {
                if (means(filter, depth.queue())) {
                    if (waiting && depth.depth() > 0) {
                        indexes.add(new ListIndex.Waiting(depth.queue()));
                    }
                    if (dead && depth.dead() > 0) {
                        indexes.add(new ListIndex.Dead(depth.queue()));
                    }
                }
            }
        }
        if (expired || filter.states().contains(RequestState.SCHEDULED)) {
            indexes.add(new ListIndex.Later());
        }
        if (expired
                || filter.states().contains(RequestState.SUCCEEDED)
                || filter.states().contains(RequestState.CANCELLED)) {
            indexes.add(new ListIndex.Outcomes());
        }
        List<Step> steps = new ArrayList<>();
        for (ListIndex index : indexes) {
            for (WorkQueue shard : shards.all()) {
                steps.add(new Step(index, shard.shard()));
            }
        }
        steps.sort(ORDER);
        return steps;
    }

    private static boolean means(RequestFilter filter, QueueName queue) {
        return filter.service().orElse(queue.service()).equals(queue.service())
                && filter.priority()
                        .orElse(queue.priority().text())
                        .equals(queue.priority().text());
    }

    private static int rank(ListIndex index) {
        return switch (index) {
            case ListIndex.Leases() -> 0;
            case ListIndex.Waiting _ -> 1;
            case ListIndex.Later() -> 2;
            case ListIndex.Dead _ -> 3;
            case ListIndex.Outcomes() -> 4;
        };
    }

    private static String queue(ListIndex index) {
        return switch (index) {
            case ListIndex.Waiting(QueueName queue) -> ordered(queue);
            case ListIndex.Dead(QueueName queue) -> ordered(queue);
            case ListIndex.Leases _, ListIndex.Later _, ListIndex.Outcomes _ -> "";
        };
    }

    /// By service, then the most urgent first.
    private static String ordered(QueueName queue) {
        return queue.service() + " " + queue.priority().number();
    }

    /// One walk.
    private final class Run {
        private final Bounds bounds;
        private final Reader reader;
        private final long began = nanos.getAsLong();
        private long searched;
        private int answered;
        private boolean whole = true;
        private @Nullable RedisFailure failure;

        Run(Bounds bounds, Reader reader) {
            this.bounds = bounds;
            this.reader = reader;
        }

        Stop run(List<Step> steps, Optional<Place> from) {
            Optional<Step> first = from.map(place -> new Step(place.index(), place.shard()));
            for (Step step : steps) {
                if (first.isPresent() && ORDER.compare(step, first.get()) < 0) {
                    continue;
                }
                if (isOver()) {
                    return stop(Optional.of(new Place(step.index(), step.shard(), "")));
                }
                String at = first.filter(step::equals).isPresent() ? from.get().at() : "";
                Optional<String> left = through(step, at);
                if (left.isPresent()) {
                    return stop(Optional.of(new Place(step.index(), step.shard(), left.get())));
                }
            }
            return stop(Optional.empty());
        }

        private Stop stop(Optional<Place> next) {
            if (answered == 0 && failure != null) {
                throw failure;
            }
            return new Stop(next, searched, whole);
        }

        private boolean isOver() {
            return answered > 0
                    && (reader.enough()
                            || searched >= bounds.rows()
                            || nanos.getAsLong() - began >= bounds.time().toNanos());
        }

        /// Reads an index to its end, or until it is over: then the place where it stopped.
        private Optional<String> through(Step step, String from) {
            WorkQueue shard = shards.all().get(step.shard());
            Optional<String> at = Optional.of(from);
            while (at.isPresent()) {
                String here = at.get();
                Optional<Listed.Page> page = page(shard, step.index(), here);
                if (page.isEmpty()) {
                    return Optional.empty();
                }
                List<Listed.Row> rows = page.get().rows();
                int read = reader.read(shard, rows);
                if (read < rows.size()) {
                    return Optional.of(read == 0 ? here : rows.get(read - 1).after());
                }
                at = page.get().next();
                if (isOver() && at.isPresent()) {
                    return at;
                }
            }
            return Optional.empty();
        }

        private Optional<Listed.Page> page(WorkQueue shard, ListIndex index, String at) {
            boolean away = shards.all().size() > 1 && shards.away(shard.shard());
            if (away && answered > 0) {
                whole = false;
                return Optional.empty();
            }
            try {
                Listed.Page page =
                        shards.on(shard, each -> each.lists().page(index, at, ListCalls.MOST));
                searched += page.looked();
                answered++;
                return Optional.of(page);
            } catch (CorruptKeyException e) {
                answered++;
                whole = false;
            } catch (RedisFailure e) {
                failure = e;
                whole = false;
            }
            return Optional.empty();
        }
    }
}
