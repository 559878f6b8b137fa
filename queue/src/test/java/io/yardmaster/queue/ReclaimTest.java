package io.yardmaster.queue;

import static io.yardmaster.queue.Yard.NORMAL;
import static io.yardmaster.queue.Yard.members;
import static io.yardmaster.redis.Redis.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReclaimTest {
    private static final Settlement SUCCEEDED = new Settlement.Succeeded("{}");
    private static final String LOST = "{\"attempt\":%d,\"at\":T,\"cause\":\"lease-lost\"}";
    private static Yard yard;

    @BeforeAll
    static void open() {
        yard = new Yard();
    }

    @AfterAll
    static void close() {
        yard.close();
    }

    @BeforeEach
    void clear() {
        yard.clear();
    }

    private long leaseIsLost() {
        yard.pass(Duration.ofSeconds(6));
        long lost = yard.queue.reclaim(10);
        assertEquals(0, yard.twice(() -> yard.queue.reclaim(10)));
        return lost;
    }

    @Test
    void requests_of_a_killed_replica_are_next_in_the_order_they_had() {
        yard.offered("a", "b", "c", "d");
        yard.take("nonce001", 3);
        assertEquals(0, yard.queue.reclaim(10));
        assertEquals(3, leaseIsLost());
        yard.is(
                "counts default:normal {enqueued=4}",
                "queue default:normal [a.1, b.1, c.1, d.0]",
                "request a queued attempts=1 " + LOST.formatted(1),
                "request b queued attempts=1 " + LOST.formatted(1),
                "request c queued attempts=1 " + LOST.formatted(1),
                "request d queued attempts=0",
                "take of r1 a.1|nonce001 b.1|nonce001 c.1|nonce001");
    }

    @Test
    void reclaim_takes_no_more_than_it_was_told() {
        yard.offered("a", "b", "c");
        yard.take("nonce001", 3);
        yard.pass(Duration.ofSeconds(6));
        assertEquals(2, yard.queue.reclaim(2));
        assertEquals(1, yard.queue.reclaim(2));
    }

    @Test
    void request_without_an_attempt_left_dies_of_its_lost_lease() {
        yard.offered(0, "a");
        yard.take("nonce001", 1);
        assertEquals(1, leaseIsLost());
        yard.is(
                "counts default:normal {enqueued=1, failed=1}",
                "dead default:normal [a]",
                "outcome a D {\"service\":\"default\",\"priority\":\"normal\",\"attempts\":1,"
                        + "\"enqueuedAt\":T,\"settledAt\":T,\"error\":{\"reason\":\"lease-lost\","
                        + "\"message\":\"its dispatcher was lost after it may have been sent,"
                        + " and no attempt is left\"},\"history\":["
                        + LOST.formatted(1)
                        + "]} for good",
                "request a dead attempts=1 " + LOST.formatted(1),
                "take of r1 a.1|nonce001");
    }

    @Test
    void queue_decides_on_the_attempts_of_requests_that_name_none() {
        yard.redis.call("yard_configure", Yard.BASE, "attempts:normal", 1);
        yard.offered("a");
        yard.take("nonce001", 1);
        leaseIsLost();
        assertEquals(Found.End.DEAD, end("a"));
        yard.redis.call("yard_configure", Yard.BASE, "attempts:default:normal", 2);
        yard.offered("b");
        yard.take("nonce002", 1);
        leaseIsLost();
        assertEquals("b.2|nonce003", members(yard.take("nonce003", 1)));
    }

    private static Found.End end(String id) {
        return ((Found.Settled) yard.queue.find(id)).end();
    }

    @Test
    void lease_lost_three_times_after_the_send_is_poison_whatever_attempts_are_left() {
        yard.offered(100, "a");
        for (String nonce : List.of("nonce001", "nonce002", "nonce003")) {
            List<Lease> batch = yard.take(nonce, 1);
            assertEquals(List.of(), yard.twice(() -> yard.queue.sent(batch)));
            assertEquals(1, leaseIsLost());
        }
        Found.Settled found = (Found.Settled) yard.queue.find("a");
        assertEquals(Found.End.DEAD, found.end());
        assertTrue(found.json().contains("\"reason\":\"poison\""), found.json());
        assertTrue(
                Yard.timeless(found.json())
                        .endsWith(
                                "\"history\":["
                                        + LOST.formatted(1)
                                        + ","
                                        + LOST.formatted(2)
                                        + ","
                                        + LOST.formatted(3)
                                        + "]}"),
                found.json());
    }

    @Test
    void request_that_nobody_has_sent_is_not_blamed_for_the_deaths_of_its_dispatchers() {
        yard.offered(100, "a");
        for (String nonce : List.of("nonce001", "nonce002", "nonce003", "nonce004")) {
            assertEquals(1, yard.take(nonce, 1).size());
            assertEquals(1, leaseIsLost());
        }
        Lease lease = yard.taken("nonce005");
        assertEquals(0, lease.stored().lostLeases());
        assertEquals(Settlement.Answer.OK, yard.settle(lease, SUCCEEDED));
    }

    @Test
    void send_before_the_last_lease_is_no_send_of_the_last_lease() {
        yard.offered(100, "a");
        yard.queue.sent(yard.take("nonce001", 1));
        leaseIsLost();
        yard.take("nonce002", 1);
        leaseIsLost();
        assertEquals(1, yard.taken("nonce003").stored().lostLeases());
    }

    @Test
    void unsent_work_is_back_after_its_short_first_lease_and_sent_work_after_the_whole() {
        yard.offered("sent", "unsent");
        List<Lease> batch = yard.take("nonce001", 2);
        assertEquals(List.of(), yard.queue.sent(batch.subList(0, 1)));
        yard.pass(WorkQueue.UNSENT_LEASE);
        assertEquals(1, yard.queue.reclaim(10));
        assertEquals("unsent.2|nonce002", members(yard.take("nonce002", 10)));
        yard.pass(Yard.LEASE.minus(WorkQueue.UNSENT_LEASE));
        assertEquals("sent.2|nonce003", reclaimedFirst());
    }

    private static String reclaimedFirst() {
        yard.queue.reclaim(10);
        return members(yard.take("nonce003", 1));
    }

    @Test
    void word_of_a_send_on_a_lost_lease_changes_nothing() {
        yard.offered(100, "a");
        List<Lease> batch = yard.take("nonce001", 1);
        leaseIsLost();
        yard.take("nonce002", 1);
        String before = yard.state();
        assertEquals(batch, yard.twice(() -> yard.queue.sent(batch)));
        assertEquals(before, yard.state());
    }

    @Test
    void first_call_after_a_long_outage_of_redis_ends_no_lease() {
        yard.offered("a");
        List<Lease> batch = yard.take("nonce001", 1);
        yard.stepWallClock(Duration.ofMinutes(10));
        assertEquals(0, yard.queue.tend(Duration.ZERO, 100).leasesLost());
        assertEquals(List.of(), yard.queue.renewUnsent(batch));
    }

    @Test
    void entry_left_in_an_index_never_overwrites_a_final_state() {
        yard.offered("done", "dead", "cancelled");
        List<Lease> batch = yard.take("nonce001", 3);
        yard.settle(batch.get(0), SUCCEEDED);
        yard.settle(batch.get(1), new Settlement.Dead("{}"));
        yard.queue.cancel("cancelled");
        String settled = yard.state();
        for (Lease lease : batch) {
            yard.redis.run(c -> c.zadd(Yard.key("leases"), 1, bytes(lease.member())));
            yard.redis.run(c -> c.zadd(Yard.key("later"), 1, bytes(lease.id() + ".1")));
        }
        yard.redis.run(c -> c.zadd(Yard.key("leases"), 1, bytes("rubbish")));
        yard.redis.run(c -> c.zadd(Yard.key("later"), 1, bytes("rubbish")));
        assertEquals(0, yard.queue.reclaim(10));
        yard.queue.promote(10);
        assertEquals(settled, yard.state());
    }

    @Test
    void promoted_requests_stand_behind_those_that_wait() {
        yard.queue.offer(
                List.of(
                        Yard.delayed("later", Duration.ofSeconds(3)),
                        Yard.delayed("soon", Duration.ofSeconds(1))));
        yard.offered("a");
        yard.pass(Duration.ofSeconds(2));
        assertEquals(1, yard.queue.promote(10));
        yard.pass(Duration.ofSeconds(2));
        assertEquals(1, yard.queue.promote(10));
        assertEquals(0, yard.queue.promote(10));
        yard.is(
                "counts default:normal {enqueued=3}",
                "queue default:normal [a.0, soon.0, later.0]",
                "request a queued attempts=0",
                "request later queued attempts=0",
                "request soon queued attempts=0");
    }

    @Test
    void promotion_wakes_the_replicas() throws Exception {
        BlockingQueue<QueueName> woken = new LinkedBlockingQueue<>();
        yard.queue.offer(List.of(Yard.delayed("a", Duration.ofSeconds(1))));
        try (AutoCloseable _ = yard.queue.onWake(woken::add)) {
            yard.pass(Duration.ofSeconds(2));
            yard.queue.promote(1);
            assertEquals(NORMAL, woken.poll(5, TimeUnit.SECONDS));
        }
    }

    @Test
    void tending_moves_what_is_due_and_tells_who_lives() {
        yard.queue.join();
        yard.queue.offer(List.of(Yard.offer("a"), Yard.delayed("b", Duration.ofSeconds(5))));
        yard.take("nonce001", 1);
        yard.redis.run(c -> c.rpush(Yard.key("in"), bytes("{}")));
        yard.pass(Duration.ofSeconds(6));
        assertEquals(
                new WorkQueue.Tended(1, 1, 1, 1, false),
                yard.queue.tend(Duration.ofMillis(500), 100));
        assertEquals(
                new WorkQueue.Tended(0, 0, 1, 1, false),
                yard.twice(() -> yard.queue.tend(Duration.ofMillis(500), 100)));
        yard.is(
                "counts default:normal {enqueued=2}",
                "in [{}]",
                "queue default:normal [a.1, b.0]",
                "replicas [r1]",
                "request a queued attempts=1 " + LOST.formatted(1),
                "request b queued attempts=0",
                "take of r1 a.1|nonce001");
    }

    @Test
    void replicas_are_counted_from_join_to_leave_or_silence() {
        WorkQueue other = yard.replica("r2");
        assertEquals(1, yard.twice(yard.queue::join));
        assertEquals(2, yard.twice(other::join));
        other.leave();
        yard.is("replicas [r1]");
        other.leave();
        yard.is("replicas [r1]");
        assertEquals(2, other.join());
        yard.pass(Duration.ofSeconds(6));
        assertEquals(1, yard.queue.tend(Duration.ZERO, 1).replicas());
        yard.pass(Duration.ofSeconds(60));
        assertEquals(1, yard.queue.tend(Duration.ZERO, 1).replicas());
        yard.is("replicas [r1]");
    }

    @Test
    void clock_step_of_an_hour_ahead_steals_no_lease() {
        yard.offered("a");
        Lease lease = yard.taken("nonce001");
        yard.stepWallClock(Duration.ofHours(1));
        assertEquals(0, yard.queue.tend(Duration.ofMillis(500), 100).leasesLost());
        assertEquals(List.of(), yard.queue.renew(List.of(lease)));
        assertEquals(Settlement.Answer.OK, yard.settle(lease, SUCCEEDED));
    }

    @Test
    void clock_step_of_an_hour_back_freezes_no_lease() {
        yard.offered("a");
        yard.take("nonce001", 1);
        yard.stepWallClock(Duration.ofHours(-1));
        assertEquals(0, yard.queue.reclaim(10));
        assertEquals(1, leaseIsLost());
        assertEquals("a.2|nonce002", members(yard.take("nonce002", 1)));
    }

    @Test
    void outage_of_all_replicas_does_not_hold_back_what_became_due() {
        yard.offered(3, "a");
        yard.queue.offer(List.of(Yard.delayed("b", Duration.ofMinutes(5))));
        yard.take("nonce001", 1);
        yard.stepWallClock(Duration.ofMinutes(10));
        assertEquals(1, yard.replica("r2").join());
        assertEquals(
                new WorkQueue.Tended(1, 1, 0, 1, false),
                yard.replica("r2").tend(Duration.ofMillis(500), 100));
    }

    @Test
    void replica_that_was_cut_off_from_redis_lets_the_clock_catch_up() {
        yard.queue.offer(List.of(Yard.delayed("b", Duration.ofSeconds(30))));
        yard.queue.join();
        yard.stepWallClock(Duration.ofSeconds(40));
        assertEquals(1, yard.queue.tend(Duration.ofSeconds(40), 100).promoted());
    }
}
