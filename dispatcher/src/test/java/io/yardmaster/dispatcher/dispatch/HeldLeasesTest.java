package io.yardmaster.dispatcher.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.queue.Found;
import io.yardmaster.queue.Lease;
import io.yardmaster.queue.Offer;
import io.yardmaster.queue.Priority;
import io.yardmaster.queue.StoredRequest;
import io.yardmaster.queue.Taken;
import io.yardmaster.queue.WorkQueue;
import io.yardmaster.redis.Redis;
import io.yardmaster.redis.RedisFixture;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Who may send and for how long, with both clocks of the machine in the test's hand.
class HeldLeasesTest {
    private static final Duration LEASE = Duration.ofSeconds(5);
    private static RedisFixture fixture;

    private long monotonic;
    private Instant wall = Instant.parse("2026-01-01T00:00:00Z");
    private WorkQueue queue;
    private HeldLeases leases;

    @BeforeAll
    static void open() {
        fixture = RedisFixture.start();
    }

    @AfterAll
    static void close() {
        fixture.close();
    }

    @BeforeEach
    void emptyYard() {
        Redis redis = fixture.redis(WorkQueue.library());
        fixture.flush();
        queue = new WorkQueue(redis, 0, "r1", LEASE, () -> monotonic);
        leases = new HeldLeases(LEASE, () -> wall, () -> monotonic);
    }

    private HeldLeases.Held held(String id) {
        queue.offer(List.of(Offer.of(Yard.request(id, Priority.NORMAL))));
        Lease lease =
                queue.take(
                                "nonce-" + id,
                                List.of(
                                        new Taken.Want(
                                                Yard.request(id, Priority.NORMAL).queue(),
                                                1,
                                                0,
                                                0)))
                        .leases()
                        .getFirst();
        return leases.hold(lease, 1);
    }

    private void passes(Duration time) {
        monotonic += time.toNanos();
        wall = wall.plus(time);
    }

    @Test
    void process_that_was_stopped_beyond_its_lease_sends_nothing_more() {
        HeldLeases.Held held = held("a1");
        assertTrue(leases.maySend(held));
        passes(queue.unsentLease());
        assertFalse(leases.maySend(held));
    }

    @Test
    void machine_that_was_suspended_sends_nothing_on_what_it_held_before() {
        HeldLeases.Held held = held("a1");
        wall = wall.plus(Duration.ofMinutes(10)); // the monotonic clock stood still meanwhile
        assertFalse(leases.maySend(held));
    }

    @Test
    void renewal_in_time_lets_it_send_on() {
        HeldLeases.Held held = held("a1");
        for (int i = 0; i < 30; i++) {
            passes(Duration.ofMillis(100));
            assertEquals(0, leases.renew(queue));
            assertTrue(leases.maySend(held));
        }
    }

    @Test
    void lease_that_was_lost_meanwhile_is_called_off_by_its_renewal() {
        HeldLeases.Held held = held("a1");
        queue.cancel("a1");
        passes(Duration.ofSeconds(1));
        assertEquals(1, leases.renew(queue));
        assertTrue(held.calledOff());
        assertFalse(leases.maySend(held));
    }

    @Test
    void what_was_not_sent_is_not_said_to_be() {
        held("a1");
        passes(Duration.ofSeconds(1));
        leases.renew(queue);
        assertEquals(0, flags("a1"));
    }

    private static int flags(String id) {
        Redis redis = fixture.redis(WorkQueue.library());
        byte[] record = redis.run(c -> c.get(Redis.bytes("{yard:0}:r:" + id)));
        return record[2];
    }

    @Test
    void what_is_at_a_node_for_a_moment_is_put_on_record_as_sent_with_its_whole_lease() {
        HeldLeases.Held held = held("a1");
        leases.placed(held, "n1", Optional.empty());
        leases.renew(queue);
        assertEquals(0, flags("a1"), "an answer may come at once");
        passes(Duration.ofMillis(200));
        leases.renew(queue);
        assertEquals(2, flags("a1"));
        passes(queue.unsentLease());
        assertTrue(leases.maySend(held));
        assertEquals(StoredRequest.State.LEASED, ((Found.Live) queue.find("a1")).stored().state());
    }
}
