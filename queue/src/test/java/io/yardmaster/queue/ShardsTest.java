package io.yardmaster.queue;

import static io.yardmaster.queue.Yard.NORMAL;
import static io.yardmaster.redis.Redis.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.queue.Shards.Place;
import io.yardmaster.queue.WorkQueue.Offered;
import io.yardmaster.redis.Redis;
import io.yardmaster.redis.RedisFailure;
import io.yardmaster.redis.RedisFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Several shards in one Redis, and replicas that know different numbers of them.
class ShardsTest {
    private static RedisFixture fixture;
    private static Redis redis;

    @BeforeAll
    static void open() {
        fixture = RedisFixture.start();
        redis = fixture.redis(WorkQueue.library());
    }

    @AfterAll
    static void close() {
        fixture.close();
    }

    @BeforeEach
    void clear() {
        fixture.flush();
    }

    private static Shards replica(String name, int shards) {
        return Shards.open(redis, shards, name, Duration.ofSeconds(5), System::nanoTime);
    }

    private static Offer named(String id) {
        return Yard.offer(id);
    }

    private static Offer unnamed(String id) {
        return new Offer(
                Yard.request(id, NORMAL, -1), Duration.ZERO, Duration.ZERO, "", false, false);
    }

    /// As the door of a replica does it, for one offer.
    private static Admission offer(Shards shards, Offer offer) {
        while (true) {
            ShardMap map = shards.map();
            switch (shards.place(map, List.of(offer), new long[1]).getFirst()) {
                case Place.Nowhere(RedisFailure why) -> throw why;
                case Place.At(WorkQueue shard) -> {
                    switch (shard.offer(List.of(offer), map.generation())) {
                        case Offered.Answered(List<Admission> admissions) -> {
                            return admissions.getFirst();
                        }
                        case Offered.Remapped(ShardMap newer) -> shards.learn(newer);
                    }
                }
            }
        }
    }

    private static void offered(Shards shards, String prefix, int count) {
        for (int i = 0; i < count; i++) {
            assertInstanceOf(Admission.Queued.class, offer(shards, named(prefix + i)));
        }
    }

    private static List<Lease> takeAll(Shards shards) {
        List<Lease> leases = new ArrayList<>();
        for (WorkQueue shard : shards.all()) {
            leases.addAll(shard.take("nonce00" + shard.shard(), Yard.want(1000)).leases());
        }
        return leases;
    }

    private static void settle(Shards shards, Lease lease, Settlement settlement) {
        assertEquals(
                List.of(Settlement.Answer.OK),
                shards.all()
                        .get(lease.shard())
                        .settle(List.of(new WorkQueue.Ending(lease, settlement))));
    }

    private static long total(Shards shards) {
        return shards.depth().stream().mapToLong(QueueDepth::depth).sum();
    }

    @Test
    void ids_live_at_their_homes_and_are_found_cancelled_and_summed_wherever_they_are() {
        Shards shards = replica("r1", 4);
        shards.configure(QueueConfig.defaults());
        offered(shards, "a", 40);
        assertEquals(40, total(shards));
        for (int i = 0; i < 40; i++) {
            String id = "a" + i;
            WorkQueue home = shards.all().get(shards.map().home(id));
            assertInstanceOf(Found.Live.class, home.find(id));
            assertInstanceOf(Found.Live.class, shards.find(id));
        }
        // A producer of its own put these where it liked.
        for (int shard = 0; shard < 4; shard++) {
            redis.call("yard_enqueue", "{yard:" + shard + "}", "ID", "own" + shard, "BODY", "x");
        }
        for (int shard = 0; shard < 4; shard++) {
            assertInstanceOf(Found.Live.class, shards.find("own" + shard));
            assertEquals(WorkQueue.Order.DONE, shards.cancel("own" + shard));
            assertEquals(
                    Found.End.CANCELLED,
                    assertInstanceOf(Found.Settled.class, shards.find("own" + shard)).end());
        }
        assertInstanceOf(Found.Unknown.class, shards.find("nobody"));
        assertEquals(WorkQueue.Order.UNKNOWN, shards.cancel("nobody"));
        assertEquals(40, total(shards));
        assertEquals(40, shards.purge(NORMAL));
        assertEquals(0, total(shards));
    }

    @Test
    void producer_may_use_any_shard_that_a_replica_serves_and_no_other() {
        Shards _ = replica("r1", 2);
        Shards shards = replica("r2", 2);
        shards.configure(QueueConfig.defaults());
        assertEquals("queued", code(redis.call("yard_enqueue", "{yard:1}", "BODY", "x")));
        assertEquals("invalid", code(redis.call("yard_enqueue", "{yard:2}", "BODY", "x")));
    }

    private static String code(List<Object> answer) {
        return text((byte[]) answer.getFirst());
    }

    @Test
    void pause_and_resume_hold_at_every_shard() {
        Shards shards = replica("r1", 3);
        offered(shards, "a", 12);
        shards.pause(NORMAL);
        assertTrue(shards.depth().getFirst().paused());
        assertEquals(List.of(), takeAll(shards));
        shards.resume(NORMAL);
        assertEquals(12, takeAll(shards).size());
    }

    @Test
    void dead_of_all_shards_are_listed_page_by_page_latest_first_and_redriven() throws Exception {
        Shards shards = replica("r1", 3);
        offered(shards, "a", 25);
        for (Lease lease : takeAll(shards)) {
            settle(shards, lease, new Settlement.Dead("{}"));
            Thread.sleep(1);
        }
        for (int page : List.of(1, 4, 7, 25, 100)) {
            List<WorkQueue.Dead> listed = new ArrayList<>();
            Optional<String> cursor = Optional.empty();
            while (true) {
                List<WorkQueue.Dead> some = shards.dead(NORMAL, page, cursor);
                listed.addAll(some);
                if (some.size() < page) {
                    break;
                }
                cursor = Optional.of(some.getLast().cursor());
            }
            assertEquals(25, listed.stream().map(WorkQueue.Dead::id).distinct().count());
            assertEquals(25, listed.size(), "pages of " + page);
            for (int i = 1; i < 25; i++) {
                assertTrue(listed.get(i - 1).diedAtMs() >= listed.get(i).diedAtMs());
            }
        }
        assertEquals(WorkQueue.Order.DONE, shards.redrive("a3", "nonce-r3"));
        assertEquals(WorkQueue.Order.DONE, shards.drop("a4"));
        assertEquals(23, shards.depth().getFirst().dead());
        assertEquals(1, total(shards));
    }

    @Test
    void bounds_and_rates_of_the_shards_add_up_to_what_was_configured() {
        Shards shards = replica("r1", 3);
        shards.configure(
                new QueueConfig(
                        10,
                        Duration.ofSeconds(5),
                        Duration.ofHours(1),
                        8,
                        Duration.ofDays(1),
                        1 << 20,
                        0.85,
                        30,
                        60,
                        Map.of()));
        assertEquals(List.of(4, 3, 3), configured("max-size"));
        assertEquals(List.of(3, 3, 2), configured("dead-max"));
        assertEquals(List.of(10, 10, 10), configured("producer-rate"));
        assertEquals(List.of(20, 20, 20), configured("producer-burst"));
        int queued = 0;
        for (int i = 0; i < 200; i++) {
            queued += offer(shards, named("a" + i)) instanceof Admission.Queued ? 1 : 0;
        }
        assertEquals(10, queued);
    }

    private static List<Integer> configured(String field) {
        return IntStream.range(0, 3)
                .mapToObj(shard ->
                        (int)
                                Double.parseDouble(
                                        text(
                                                redis.run(c ->
                                                        c.hget(
                                                                Redis.bytes(
                                                                        "{yard:"
                                                                                + shard
                                                                                + "}:config"),
                                                                Redis.bytes(field))))))
                .toList();
    }

    @Test
    void new_shards_are_used_only_when_every_live_replica_serves_them() {
        Shards old = replica("old", 1);
        offered(old, "a", 20);
        Shards first = replica("first", 3);
        first.agree();
        assertEquals(1, first.map().shards(), "while `old` lives");
        old.leave();
        Shards second = replica("second", 2);
        first.agree();
        assertEquals("1,2", first.map().toString(), "what both serve");
        second.leave();
        first.agree();
        assertEquals("1,2,3", first.map().toString());
        Shards third = replica("third", 3);
        assertEquals("1,2,3", third.map().toString(), "learnt at once");
    }

    @Test
    void replica_of_a_version_that_knew_no_shards_counts_as_serving_one() {
        redis.call("yard_join", "{yard:0}", "ancient");
        Shards shards = replica("r1", 4);
        shards.agree();
        assertEquals(1, shards.map().shards());
        redis.call("yard_leave", "{yard:0}", "ancient");
        shards.agree();
        assertEquals(4, shards.map().shards());
    }

    @Test
    void ids_from_before_the_growth_stay_found_and_are_not_accepted_again() {
        Shards old = replica("old", 1);
        offered(old, "a", 60);
        List<Lease> leases = old.all().getFirst().take("nonce001", Yard.want(20)).leases();
        leases.subList(0, 10).forEach(each -> settle(old, each, new Settlement.Succeeded("{}")));
        leases.subList(10, 20).forEach(each -> settle(old, each, new Settlement.Dead("{}")));
        old.leave();

        Shards shards = replica("new", 4);
        shards.agree();
        assertEquals("1,4", shards.map().toString());
        for (int i = 0; i < 60; i++) {
            String id = "a" + i;
            assertFalse(shards.find(id) instanceof Found.Unknown, id);
            assertInstanceOf(Admission.Duplicate.class, offer(shards, named(id)), id);
            assertInstanceOf(
                    Admission.Conflict.class,
                    offer(shards, Offer.of(Yard.request(id, NORMAL, 7))),
                    id);
        }
        assertEquals(40, total(shards), "nothing was accepted twice");
        assertEquals(WorkQueue.Order.DONE, shards.redrive("a15", "nonce-15"));
        offered(shards, "b", 60);
        assertEquals(101, total(shards));
        long elsewhere = shards.all().get(0).depth().getFirst().depth();
        assertTrue(elsewhere < 80, "new ones go to the new shards too: " + elsewhere);
    }

    /// Replicas learn of a new mapping one after the other. At each moment an id is offered by some
    /// that know it and some that don't, and one offer only may be accepted.
    @Test
    void id_that_is_offered_by_old_and_new_mapping_at_once_is_accepted_once() throws Exception {
        int ids = 400;
        List<Shards> replicas = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            replicas.add(replica("r" + i, 2));
        }
        replicas.forEach(Shards::leave);
        List<Shards> grown = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            grown.add(replica("g" + i, 8));
        }
        // Their first word: 2 are in use, because it was when they came.
        grown.forEach(each -> assertEquals(2, each.map().shards()));

        Map<String, AtomicInteger> accepted = new ConcurrentHashMap<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> producers = new ArrayList<>();
            for (Shards each : grown) {
                producers.add(
                        threads.submit(() -> {
                            for (int i = 0; i < ids; i++) {
                                if (offer(each, named("x" + i)) instanceof Admission.Queued) {
                                    accepted.computeIfAbsent("x" + i, _ -> new AtomicInteger())
                                            .incrementAndGet();
                                }
                            }
                        }));
            }
            while (accepted.size() < ids / 8) {
                Thread.onSpinWait();
            }
            grown.getFirst().agree();
            assertEquals("2,8", grown.getFirst().map().toString());
            for (Future<?> producer : producers) {
                producer.get();
            }
        }
        assertEquals(ids, accepted.size());
        accepted.forEach((id, times) -> assertEquals(1, times.get(), id));
        assertEquals(ids, total(grown.getFirst()), "requests in all shards");
        long moved = grown.getFirst().all().stream().skip(2).mapToLong(s -> s.depth().size()).sum();
        assertTrue(moved > 0, "the mapping changed only after the last offer");
    }

    /// The old home of an id was asked whether it knows it, and said no. If it took it afterwards
    /// from a replica that hasn't heard of the growth, it would be in twice.
    @Test
    void shard_that_was_asked_for_an_id_takes_no_offer_by_an_older_mapping_from_then_on() {
        replica("old", 2).leave();
        Shards stale = replica("stale", 8);
        Shards fresh = replica("fresh", 8);
        fresh.agree();
        assertEquals("2,8", fresh.map().toString());
        assertEquals("2", stale.map().toString());
        String id =
                IntStream.range(0, 1000)
                        .mapToObj(i -> "a" + i)
                        .filter(each -> fresh.map().earlierHomes(each).equals(List.of(1)))
                        .findFirst()
                        .orElseThrow();
        assertInstanceOf(Admission.Queued.class, offer(fresh, named(id)));

        Offered late = stale.all().get(1).offer(List.of(named(id)), stale.map().generation());
        assertEquals("2,8", assertInstanceOf(Offered.Remapped.class, late).map().toString());
        assertInstanceOf(Found.Unknown.class, stale.all().get(1).find(id));
        assertInstanceOf(Admission.Duplicate.class, offer(stale, named(id)));
        assertEquals("2,8", stale.map().toString(), "learnt by it");
        assertEquals(1, total(fresh));
    }

    @Test
    void what_is_paused_is_paused_in_new_shards_before_anything_goes_there() {
        Shards old = replica("old", 1);
        offered(old, "a", 1);
        old.pause(NORMAL);
        old.leave();
        Shards shards = replica("new", 2);
        shards.agree();
        assertEquals(2, shards.map().shards());
        offered(shards, "b", 20);
        assertEquals(List.of(), takeAll(shards));
    }

    @Test
    void replica_with_fewer_shards_than_are_in_use_does_not_start_while_there_is_work_in_them() {
        Shards four = replica("four", 4);
        offered(four, "a", 20);
        IllegalStateException refused =
                assertThrows(IllegalStateException.class, () -> replica("two", 2));
        assertTrue(
                String.valueOf(refused.getMessage())
                        .startsWith("yardmaster.shards: 2 (expected: 4 or more, "),
                refused.getMessage());
        takeAll(four).forEach(each -> settle(four, each, new Settlement.Succeeded("{}")));
        refused = assertThrows(IllegalStateException.class, () -> replica("two", 2));
        assertEquals(
                "yardmaster.shards: 2 (expected: 4, as long as replicas run that use so many)",
                refused.getMessage());
        four.leave();
        Shards two = replica("two", 2);
        assertEquals("2", two.map().toString());
        offered(two, "b", 20);
        assertEquals(20, total(two));
        two.leave();
        Shards again = replica("again", 4);
        again.agree();
        assertEquals("2,4", again.map().toString());
        assertInstanceOf(Admission.Duplicate.class, offer(again, named("b7")));
        offered(again, "c", 20);
    }

    @Test
    void replica_that_slept_through_a_growth_beyond_its_shards_refuses_offers() {
        Shards small = replica("small", 1);
        offered(small, "a", 1);
        redis.call("yard_leave", "{yard:0}", "small"); // as if it had been stopped for long
        Shards big = replica("big", 2);
        big.agree();
        assertEquals(2, big.map().shards());
        assertThrows(RedisFailure.NotExecuted.class, () -> offer(small, named("b")));
        assertEquals(2, small.agreed());
        assertInstanceOf(Found.Unknown.class, big.find("b"));
        assertEquals(1, small.all().getFirst().take("nonce001", Yard.want(9)).leases().size());
    }

    @Test
    void shard_that_is_away_holds_up_no_id_of_another() {
        try (RedisFixture gone = RedisFixture.start()) {
            Redis other = gone.redis(WorkQueue.library());
            WorkQueue here = new WorkQueue(redis, 0, "r1", Duration.ofSeconds(5), () -> 0);
            WorkQueue away = new WorkQueue(other, 1, "r1", Duration.ofSeconds(5), () -> 0);
            Shards shards = Shards.of(here, away);
            List<String> ids = IntStream.range(0, 40).mapToObj(i -> "a" + i).toList();
            ids.forEach(id -> offer(shards, named(id)));
            assertThrows(
                    RedisFailure.class,
                    () ->
                            other.run(c -> {
                                c.shutdown(false);
                                return c.ping();
                            }));

            assertEquals(List.of(1), shards.silent());
            assertTrue(shards.away(1) && !shards.away(0));
            int answered = 0;
            for (String id : ids) {
                if (shards.map().home(id) == 0) {
                    assertInstanceOf(Found.Live.class, shards.find(id));
                    assertInstanceOf(Admission.Duplicate.class, offer(shards, named(id)));
                    answered++;
                } else {
                    assertThrows(RedisFailure.class, () -> shards.find(id));
                    assertThrows(RedisFailure.class, () -> offer(shards, named(id)));
                }
            }
            assertEquals(answered, total(shards), "the figures of those that answer");
            assertThrows(RedisFailure.class, () -> shards.pause(NORMAL), "not at all shards");
            // Nobody named these: they go where they can, and are found there.
            for (int i = 0; i < 40; i++) {
                assertInstanceOf(Admission.Queued.class, offer(shards, unnamed("free" + i)));
                assertInstanceOf(Found.Live.class, shards.find("free" + i));
            }
        }
    }
}
