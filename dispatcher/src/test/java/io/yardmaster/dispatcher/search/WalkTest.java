package io.yardmaster.dispatcher.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.queue.Listed;
import io.yardmaster.queue.Offer;
import io.yardmaster.queue.Priority;
import io.yardmaster.queue.QueueName;
import io.yardmaster.queue.Request;
import io.yardmaster.queue.RequestIds;
import io.yardmaster.queue.Settlement;
import io.yardmaster.queue.Shards;
import io.yardmaster.queue.Taken;
import io.yardmaster.queue.WorkQueue;
import io.yardmaster.redis.RedisFailure;
import io.yardmaster.redis.RedisFixture;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Searching and ordering over several shards, one of which may be away.
class WalkTest {
    private static final QueueName QUEUE = new QueueName("s", Priority.HIGH);
    private static final Walk.Bounds WIDE = new Walk.Bounds(1_000_000, Duration.ofHours(1));
    private static final RequestIds IDS = new RequestIds(InstantSource.system(), new Random(7));
    private static final RedisFixture redis = RedisFixture.start();
    private static final WorkQueue zero = shard(redis, 0);
    private static final WorkQueue one = shard(redis, 1);
    private static final Shards shards = Shards.of(zero, one);

    private static WorkQueue shard(RedisFixture at, int number) {
        return new WorkQueue(
                at.redis(WorkQueue.library()),
                number,
                "t",
                Duration.ofSeconds(30),
                System::nanoTime);
    }

    @AfterAll
    static void close() {
        redis.close();
    }

    @BeforeEach
    void clear() {
        redis.flush();
    }

    private static void offer(WorkQueue shard, String... ids) {
        for (String id : ids) {
            shard.offer(List.of(Offer.of(Request.of(id, QUEUE, "/", new byte[0]))));
        }
    }

    private static void die(WorkQueue shard, String... ids) {
        offer(shard, ids);
        shard.settle(
                shard
                        .take(IDS.nonce(), List.of(new Taken.Want(QUEUE, ids.length, 0, 0)))
                        .leases()
                        .stream()
                        .map(lease ->
                                new WorkQueue.Ending(
                                        lease,
                                        new Settlement.Dead(
                                                "{\"service\":\"s\",\"settledAt\":5,\"error\":"
                                                        + "{\"reason\":\"status\",\"message\":\"m\"}}")))
                        .toList());
    }

    static RequestFilter filter(RequestState... states) {
        return new RequestFilter(
                Set.of(states),
                Optional.of("s"),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of());
    }

    /// Has enough after so many rows.
    private static final class Few implements Walk.Reader {
        private final List<String> ids = new ArrayList<>();
        private final int most;

        Few(int most) {
            this.most = most;
        }

        @Override
        public int read(WorkQueue shard, List<Listed.Row> rows) {
            int read = 0;
            while (read < rows.size() && !enough()) {
                ids.add(rows.get(read++).request().id());
            }
            return read;
        }

        @Override
        public boolean enough() {
            return ids.size() >= most;
        }
    }

    @Test
    void all_shards_are_walked_in_parts_of_any_size() {
        Set<String> all = new TreeSet<>();
        for (int i = 0; i < 60; i++) {
            offer(i % 3 == 0 ? one : zero, "w" + i);
            all.add("w" + i);
        }
        die(zero, "d0", "d1");
        die(one, "d2");
        all.addAll(List.of("d0", "d1", "d2"));
        Walk walk = new Walk(shards, System::nanoTime);
        for (int most : new int[] {1, 7, 1000}) {
            List<String> seen = new ArrayList<>();
            Optional<Walk.Place> at = Optional.empty();
            do {
                Few few = new Few(most);
                Walk.Stop stop = walk.run(filter(), at, WIDE, few);
                assertTrue(stop.whole() && few.ids.size() <= most);
                seen.addAll(few.ids);
                at = stop.next().flatMap(place -> Walk.Place.of(place.text()));
                assertEquals(stop.next(), at);
            } while (at.isPresent());
            assertEquals(all, new TreeSet<>(seen));
            assertEquals(all.size(), seen.size());
        }
    }

    @Test
    void a_walk_ends_at_its_bounds_and_still_gets_on() {
        offer(zero, IntStream.range(0, 300).mapToObj(i -> "b" + i).toArray(String[]::new));
        Walk walk = new Walk(shards, System::nanoTime);
        Set<String> seen = new HashSet<>();
        Optional<Walk.Place> at = Optional.empty();
        int walks = 0;
        do {
            Few few = new Few(10_000);
            Walk.Stop stop =
                    walk.run(
                            filter(RequestState.QUEUED),
                            at,
                            new Walk.Bounds(100, Duration.ZERO),
                            few);
            seen.addAll(few.ids);
            at = stop.next();
            walks++;
        } while (at.isPresent());
        assertEquals(300, seen.size());
        assertTrue(walks >= 6, walks + " walks");
    }

    @Test
    void an_id_is_found_at_a_shard_that_is_not_its_home() {
        String[] ids = IntStream.range(0, 20).mapToObj(i -> "i" + i).toArray(String[]::new);
        offer(one, ids);
        List<String> asked = new ArrayList<>(List.of(ids));
        asked.add(3, "nobody");
        asked.add("i4");
        List<IdLookup.Hit> hits = new IdLookup(shards).find(asked);
        assertEquals(List.of(ids), hits.stream().map(hit -> hit.request().id()).toList());
        assertTrue(hits.stream().allMatch(hit -> hit.shard() == one));
    }

    @Test
    void a_shard_that_is_away_hides_its_own_only_and_the_search_says_so() {
        RedisFixture other = RedisFixture.start();
        WorkQueue away = shard(other, 1);
        Shards none = Shards.of(shard(other, 0));
        Shards half = Shards.of(zero, away);
        offer(zero, "here");
        die(zero, "dead");
        offer(away, "there");
        other.close();
        Walk.Stop stop =
                new Walk(half, System::nanoTime).run(filter(), Optional.empty(), WIDE, new Few(9));
        assertFalse(stop.whole());
        Few few = new Few(9);
        new Walk(half, System::nanoTime).run(filter(), Optional.empty(), WIDE, few);
        assertEquals(Set.of("here", "dead"), new HashSet<>(few.ids));
        DeadGroups.Found groups = new DeadGroups(half, System::nanoTime).find(List.of(QUEUE), WIDE);
        assertEquals(1, groups.groups().getFirst().count());
        assertFalse(groups.complete());
        assertThrows(
                RedisFailure.class,
                () ->
                        new Walk(none, System::nanoTime)
                                .run(
                                        filter(RequestState.IN_FLIGHT),
                                        Optional.empty(),
                                        WIDE,
                                        new Few(9)));
        try (BulkOrders orders = new BulkOrders(half, IDS)) {
            BulkOrders.Result result =
                    orders.give(BulkOrders.Action.CANCEL, away, List.of("there", "x"));
            assertNotNull(result.failure());
            assertEquals(0, result.done() + result.failed());
        }
    }

    @Test
    void what_moved_on_meanwhile_is_counted_as_failed_and_a_repeated_order_changes_nothing() {
        die(zero, "a", "b");
        offer(zero, "c");
        try (BulkOrders orders = new BulkOrders(shards, IDS)) {
            BulkOrders.Result retried =
                    orders.give(BulkOrders.Action.RETRY, zero, List.of("a", "c", "nobody"));
            assertEquals("1 done, 2 failed", told(retried));
            String after = redis.content().toString();
            assertEquals(
                    "0 done, 1 failed",
                    told(orders.give(BulkOrders.Action.RETRY, zero, List.of("a"))));
            assertEquals(after, redis.content().toString());
            assertEquals(
                    "1 done, 0 failed",
                    told(orders.give(BulkOrders.Action.DROP, zero, List.of("b"))));
        }
    }

    private static String told(BulkOrders.Result result) {
        return result.done() + " done, " + result.failed() + " failed";
    }

    @Test
    void more_causes_than_are_shown_are_counted_together() {
        for (int i = 0; i < 203; i++) {
            offer(zero, "m" + i);
        }
        List<WorkQueue.Ending> endings = new ArrayList<>();
        for (var lease :
                zero.take(IDS.nonce(), List.of(new Taken.Want(QUEUE, 203, 0, 0))).leases()) {
            String word = lease.id().replaceAll("\\d", "") + "x".repeat(1 + endings.size());
            endings.add(
                    new WorkQueue.Ending(
                            lease,
                            new Settlement.Dead(
                                    "{\"error\":{\"reason\":\"status\",\"message\":\""
                                            + word
                                            + "\"}}")));
        }
        zero.settle(endings);
        DeadGroups.Found found =
                new DeadGroups(shards, System::nanoTime).find(List.of(QUEUE), WIDE);
        assertEquals(201, found.groups().size());
        assertEquals(3, found.groups().getLast().count());
        assertTrue(found.groups().getLast().cause().isEmpty());
        assertEquals(203, found.searched());
        assertTrue(found.complete());
    }

    @Test
    void messages_that_differ_in_numbers_and_ids_only_are_the_same_cause() {
        List<List<String>> same =
                List.of(
                        List.of("no connection: /192.0.2.7:9000", "no connection: /10.0.0.1:80"),
                        List.of("order 4f1c9a2b7788 failed", "order 123e4567ab failed"),
                        List.of(
                                "job 123e4567-e89b-12d3-a456-426614174000 gone",
                                "job aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee gone"),
                        List.of("took 7 ms", "took 12345 ms"));
        for (List<String> pair : same) {
            assertEquals(Cause.normalised(pair.get(0)), Cause.normalised(pair.get(1)));
        }
        assertEquals("no connection: refused", Cause.normalised("no connection: refused"));
    }

    @Test
    void text_that_is_no_place_is_none() {
        for (String text : List.of("", "x", "!!", "bGVhc2VzCjAKLTE", "cTphIGI6bG93CjAK")) {
            assertEquals(Optional.empty(), Walk.Place.of(text), text);
        }
    }
}
