package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.dispatcher.dispatch.Intake.Routed;
import io.yardmaster.queue.Admission;
import io.yardmaster.queue.Convoy;
import io.yardmaster.queue.Offer;
import io.yardmaster.queue.ShardMap;
import io.yardmaster.queue.Shards;
import io.yardmaster.queue.Shards.Place;
import io.yardmaster.queue.WorkQueue;
import io.yardmaster.redis.RedisFailure;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The offers of one caller on their way. Most are answered by the first shard that they are
/// brought to; another is tried when ids are mapped otherwise by now, and, for requests that nobody
/// named, when the first is away or full. Used once.
final class Bringing {
    private static final int MOST_ROUNDS = 4;

    private final Shards queue;
    private final List<Convoy<Routed, Optional<Admission>>> convoys;
    private final List<Offer> offers;
    private final LongSupplier nanos;
    private final long deadline;
    private final @Nullable Admission[] admissions;
    private final @Nullable RuntimeException[] failures;

    /// Shards that an offer was brought to, as bits.
    private final long[] tried;

    /// Whether an offer is still to be brought somewhere.
    private final boolean[] open;

    /// @param convoys of each shard
    Bringing(
            Shards queue,
            List<Convoy<Routed, Optional<Admission>>> convoys,
            List<Offer> offers,
            LongSupplier nanos) {
        this.queue = queue;
        this.convoys = convoys;
        this.offers = offers;
        this.nanos = nanos;
        this.deadline = nanos.getAsLong() + Intake.PATIENCE.toNanos();
        this.admissions = new Admission[offers.size()];
        this.failures = new RuntimeException[offers.size()];
        this.tried = new long[offers.size()];
        this.open = new boolean[offers.size()];
    }

    /// Brings them all; the answers are in order.
    ///
    /// @throws RedisFailure when that is so for all
    List<Admission> answers() throws InterruptedException {
        int[] left = IntStream.range(0, offers.size()).toArray();
        for (int i = 0; i < MOST_ROUNDS && left.length > 0; i++) {
            round(left);
            left = IntStream.of(left).filter(index -> open[index]).toArray();
        }
        boolean none = true;
        for (Admission admission : admissions) {
            none &= admission == null;
        }
        for (RuntimeException failure : failures) {
            if (failure != null && (none || !(failure instanceof RedisFailure))) {
                throw failure;
            }
        }
        List<Admission> answers = new ArrayList<>(admissions.length);
        for (Admission admission : admissions) {
            answers.add(admission == null ? new Admission.Away() : admission);
        }
        return answers;
    }

    private void round(int[] left) throws InterruptedException {
        ShardMap map = queue.map();
        if (map.shards() == 1) {
            bring(left, 0, map);
        } else {
            spread(left, map);
        }
        if (Thread.interrupted()) {
            throw new InterruptedException("while bringing requests to Redis");
        }
    }

    /// Brings each to its shard, to several shards side by side.
    private void spread(int[] left, ShardMap map) throws InterruptedException {
        List<Place> places =
                queue.place(
                        map,
                        IntStream.of(left).mapToObj(offers::get).toList(),
                        IntStream.of(left).mapToLong(index -> tried[index]).toArray());
        Map<Integer, IntStream.Builder> shares = new TreeMap<>();
        for (int i = 0; i < left.length; i++) {
            switch (places.get(i)) {
                case Place.At(WorkQueue shard) ->
                        shares.computeIfAbsent(shard.shard(), _ -> IntStream.builder())
                                .add(left[i]);
                case Place.Nowhere(RedisFailure why) -> nowhere(left[i], why);
            }
        }
        List<Thread> helpers = new ArrayList<>();
        for (Map.Entry<Integer, IntStream.Builder> share : shares.entrySet()) {
            int shard = share.getKey();
            int[] indices = share.getValue().build().toArray();
            if (helpers.size() < shares.size() - 1) {
                helpers.add(Thread.startVirtualThread(() -> bring(indices, shard, map)));
            } else {
                bring(indices, shard, map);
            }
        }
        for (Thread helper : helpers) {
            helper.join();
        }
    }

    /// Brings these to a shard, one part after another, so that they are queued in order.
    private void bring(int[] indices, int shard, ShardMap map) {
        int most = Intake.BOUNDS.batch();
        for (int from = 0; from < indices.length; from += most) {
            int[] part = Arrays.copyOfRange(indices, from, Math.min(indices.length, from + most));
            List<Routed> routed = new ArrayList<>(part.length);
            for (int index : part) {
                tried[index] |= 1L << shard;
                routed.add(new Routed(offers.get(index), map.generation()));
            }
            try {
                if (nanos.getAsLong() - deadline > 0) {
                    throw RedisFailure.away("not sent within " + Intake.PATIENCE);
                }
                List<Optional<Admission>> answers = convoys.get(shard).call(routed);
                for (int i = 0; i < part.length; i++) {
                    answered(part[i], answers.get(i), map);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                failed(part, RedisFailure.unknown("offering a request: interrupted", e), map);
            } catch (RejectedExecutionException e) {
                // Others of the same caller may be in: these are told apart from them.
                failed(part, from == 0 ? e : RedisFailure.away("too many wait for Redis"), map);
            } catch (RuntimeException e) {
                failed(part, e, map);
            }
        }
    }

    private void nowhere(int index, RedisFailure why) {
        open[index] = false;
        if (admissions[index] == null && failures[index] == null) {
            failures[index] = why;
        }
    }

    private void answered(int index, Optional<Admission> answer, ShardMap map) {
        failures[index] = null;
        if (answer.isEmpty()) {
            tried[index] = 0;
            failures[index] = RedisFailure.away("ids were mapped anew all the time");
            open[index] = true;
            return;
        }
        Admission admission = answer.get();
        admissions[index] = admission;
        boolean full =
                admission instanceof Admission.Full || admission instanceof Admission.MemoryFull;
        open[index] = full && elsewhere(index, map);
    }

    private void failed(int[] part, RuntimeException failure, ShardMap map) {
        for (int index : part) {
            failures[index] = failure;
            open[index] = failure instanceof RedisFailure.NotExecuted && elsewhere(index, map);
            if (!(failure instanceof RedisFailure.NotExecuted)) {
                // It may be in: what another shard said before must not make a refusal of that.
                admissions[index] = null;
            }
        }
    }

    private boolean elsewhere(int index, ShardMap map) {
        return !offers.get(index).named() && Long.bitCount(tried[index]) < map.shards();
    }
}
