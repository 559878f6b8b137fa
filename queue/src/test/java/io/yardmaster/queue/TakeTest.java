package io.yardmaster.queue;

import static io.yardmaster.queue.Yard.CRITICAL;
import static io.yardmaster.queue.Yard.NORMAL;
import static io.yardmaster.queue.Yard.members;
import static io.yardmaster.redis.Redis.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TakeTest {
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

    private static String view(Taken taken) {
        return members(taken.leases()) + " " + taken.left();
    }

    private static Taken.Left left(long waiting) {
        return new Taken.Left(waiting, new Taken.Hold.None());
    }

    @Test
    void first_come_are_first_taken_and_their_attempts_are_counted_before_anybody_sends() {
        yard.offered("a", "b", "c");
        Taken taken = yard.twice(() -> yard.queue.take("nonce001", Yard.want(2)), TakeTest::view);
        assertEquals("a.1|nonce001 b.1|nonce001", members(taken.leases()));
        assertEquals(left(1), taken.left().get(NORMAL));
        Lease first = taken.leases().getFirst();
        assertEquals(StoredRequest.State.LEASED, first.stored().state());
        assertEquals(1, first.attempt());
        assertEquals(WorkQueue.UNSENT_LEASE.toNanos(), first.heldUntilNanos());
        assertArrayEquals(bytes("body of a"), first.request().body());
        yard.is(
                "counts default:normal {enqueued=3, inflight=2}",
                "lease a.1|nonce001",
                "lease b.1|nonce001",
                "queue default:normal [c.0]",
                "request a leased attempts=1",
                "request b leased attempts=1",
                "request c queued attempts=0",
                "take of r1 a.1|nonce001 b.1|nonce001");
    }

    @Test
    void one_take_serves_several_queues() {
        yard.offered("a", "b");
        yard.queue.offer(List.of(Yard.offer("x", CRITICAL)));
        List<Taken.Want> wants =
                List.of(new Taken.Want(CRITICAL, 5, 0, 0), new Taken.Want(NORMAL, 1, 0, 0));
        Taken taken = yard.twice(() -> yard.queue.take("nonce001", wants), TakeTest::view);
        assertEquals("x.1|nonce001 a.1|nonce001", members(taken.leases()));
        assertEquals(left(0), taken.left().get(CRITICAL));
        assertEquals(left(1), taken.left().get(NORMAL));
    }

    @Test
    void asking_for_nothing_just_tells_what_waits() {
        yard.offered("a");
        String before = yard.state();
        Taken taken = yard.twice(() -> yard.queue.take("nonce001", Yard.want(0)), TakeTest::view);
        assertEquals("", members(taken.leases()));
        assertEquals(left(1), taken.left().get(NORMAL));
        assertEquals(before, yard.state());
    }

    @Test
    void replay_leaves_out_what_was_settled_since() {
        yard.offered("a", "b");
        List<Lease> batch = yard.take("nonce001", 2);
        yard.settle(batch.getFirst(), new Settlement.Succeeded("{}"));
        assertEquals("b.1|nonce001", members(yard.take("nonce001", 2)));
    }

    @Test
    void replay_never_takes_more_than_the_first_call_did() {
        yard.offered("a");
        yard.take("nonce001", 2);
        yard.offered("b");
        assertEquals("a.1|nonce001", members(yard.take("nonce001", 2)));
        assertEquals("b.1|nonce002", members(yard.take("nonce002", 2)));
    }

    @Test
    void two_replicas_never_hold_the_same_request() {
        yard.offered("a", "b", "c");
        WorkQueue other = yard.replica("r2");
        assertEquals("a.1|nonce001 b.1|nonce001", members(yard.take("nonce001", 2)));
        assertEquals("c.1|nonce002", members(other.take("nonce002", Yard.want(2)).leases()));
        assertEquals("a.1|nonce001 b.1|nonce001", members(yard.take("nonce001", 2)));
    }

    @Test
    void cancelled_tickets_are_skipped_and_make_room_for_the_next() {
        yard.offered("a", "b", "c");
        yard.queue.cancel("a");
        yard.queue.cancel("b");
        assertEquals("c.1|nonce001", members(yard.take("nonce001", 1)));
        yard.is(
                "counts default:normal {cancelled=2, enqueued=3, inflight=1}",
                "lease c.1|nonce001",
                "outcome a C " + cancelled(),
                "outcome b C " + cancelled(),
                "request c leased attempts=1",
                "take of r1 c.1|nonce001");
    }

    private static String cancelled() {
        return "{\"service\":\"default\",\"priority\":\"normal\",\"attempts\":0,\"enqueuedAt\":T,"
                + "\"settledAt\":T,\"error\":{\"reason\":\"cancelled\","
                + "\"message\":\"cancelled by request\"},\"history\":[]}";
    }

    @Test
    void request_deleted_behind_our_back_does_not_bend_the_figures_for_ever() {
        yard.offered("a", "b");
        yard.redis.run(c -> c.del(Yard.key("r:a")));
        assertEquals("b.1|nonce001", members(yard.take("nonce001", 2)));
        assertEquals(0, yard.queue.depth().getFirst().depth());
        yard.is(
                "counts default:normal {enqueued=2, inflight=1}",
                "lease b.1|nonce001",
                "request b leased attempts=1",
                "take of r1 b.1|nonce001");
    }

    @Test
    void damaged_request_is_skipped_and_the_others_are_taken() {
        yard.offered("a", "b", "c");
        yard.set("r:a", "rubbish");
        yard.set("r:b", "\u0001q" + "x".repeat(60));
        assertEquals("c.1|nonce001", members(yard.take("nonce001", 3)));
        assertEquals("[]", yard.queue.take("nonce002", Yard.want(1)).leases().toString());
    }

    @Test
    void record_that_java_cannot_read_does_not_take_its_batch_along() {
        yard.offered("a", "b");
        // The header stays whole, the content behind the service's name does not.
        yard.redis.run(c -> c.setrange(Yard.key("r:a"), 32 + 3 + 7, bytes("?")));
        assertEquals("b.1|nonce001", members(yard.take("nonce001", 2)));
        assertEquals("b.1|nonce001", members(yard.take("nonce001", 2)));
    }

    @Test
    void expired_request_ends_instead_of_being_sent() {
        yard.queue.offer(
                List.of(
                        new Offer(
                                Yard.request("a", NORMAL, -1),
                                Duration.ZERO,
                                Duration.ofSeconds(3),
                                "",
                                false),
                        Yard.offer("b")));
        yard.pass(Duration.ofSeconds(4));
        assertEquals("b.1|nonce001", members(yard.take("nonce001", 2)));
        yard.is(
                "counts default:normal {enqueued=2, expired=1, inflight=1}",
                "lease b.1|nonce001",
                "outcome a X {\"service\":\"default\",\"priority\":\"normal\",\"attempts\":0,"
                        + "\"enqueuedAt\":T,\"settledAt\":T,\"error\":{\"reason\":\"expired\","
                        + "\"message\":\"its time to live ended before a node was free\"},"
                        + "\"history\":[]}",
                "request b leased attempts=1",
                "take of r1 b.1|nonce001");
    }

    @Test
    void paused_queue_gives_nothing_until_it_is_resumed() {
        yard.offered("a");
        yard.queue.pause(NORMAL);
        String before = yard.state();
        Taken taken = yard.twice(() -> yard.queue.take("nonce001", Yard.want(9)), TakeTest::view);
        assertEquals(new Taken.Left(1, new Taken.Hold.Paused()), taken.left().get(NORMAL));
        assertEquals("", members(taken.leases()));
        assertEquals(before, yard.state());
        yard.queue.resume(NORMAL);
        assertEquals("a.1|nonce002", members(yard.take("nonce002", 9)));
    }

    private static List<Taken.Want> limited(int most) {
        return List.of(new Taken.Want(NORMAL, most, 1, 2));
    }

    @Test
    void request_denied_by_the_rate_limit_is_never_popped() {
        yard.offered("a", "b", "c");
        Taken taken = yard.queue.take("nonce001", limited(3));
        assertEquals("a.1|nonce001 b.1|nonce001", members(taken.leases()));
        String before = yard.state();
        Taken denied = yard.queue.take("nonce002", limited(3));
        Taken.Left left = Objects.requireNonNull(denied.left().get(NORMAL));
        assertEquals(1, left.waiting());
        Taken.Hold.Limited hold = assertInstanceOf(Taken.Hold.Limited.class, left.hold());
        assertEquals(1.0, hold.retryAfter().toMillis() / 1000.0, 0.5);
        assertEquals(before, yard.state());
        yard.pass(Duration.ofSeconds(1));
        assertEquals("c.1|nonce003", members(yard.queue.take("nonce003", limited(3)).leases()));
    }

    @Test
    void replay_costs_no_tokens() {
        yard.offered("a", "b");
        Taken taken = yard.twice(() -> yard.queue.take("nonce001", limited(1)), TakeTest::view);
        assertEquals("a.1|nonce001", members(taken.leases()));
        assertEquals("b.1|nonce002", members(yard.queue.take("nonce002", limited(1)).leases()));
    }

    @Test
    void tokens_for_tickets_that_were_skipped_are_given_back() {
        yard.offered("a", "b");
        yard.queue.cancel("a");
        yard.queue.cancel("b");
        assertEquals("", members(yard.queue.take("nonce001", limited(2)).leases()));
        yard.offered("c", "d");
        assertEquals(
                "c.1|nonce002 d.1|nonce002",
                members(yard.queue.take("nonce002", limited(2)).leases()));
    }

    @Test
    void full_queue_of_skipped_tickets_is_worked_off_in_bounded_steps() {
        String[] ids = new String[300];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = "a" + i;
        }
        yard.offered(ids);
        for (String id : ids) {
            yard.queue.cancel(id);
        }
        yard.offered("z");
        Taken taken = yard.queue.take("nonce001", Yard.want(1));
        assertEquals("", members(taken.leases()));
        assertEquals(left(200), taken.left().get(NORMAL));
        yard.take("nonce002", 1);
        assertEquals("z.1|nonce003", members(yard.take("nonce003", 1)));
    }
}
