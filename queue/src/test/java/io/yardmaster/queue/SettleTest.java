package io.yardmaster.queue;

import static io.yardmaster.queue.Yard.NORMAL;
import static io.yardmaster.queue.Yard.members;
import static io.yardmaster.redis.Redis.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SettleTest {
    private static final Settlement SUCCEEDED = new Settlement.Succeeded("{\"status\":200}");
    private static final Settlement DEAD = new Settlement.Dead("{\"status\":400}");
    private static final Settlement RETRY =
            new Settlement.Retry(Duration.ofSeconds(9), "{\"attempt\":1,\"status\":503}");
    private static final Settlement RELEASE = new Settlement.Release(Duration.ZERO);
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

    private Settlement.Answer settledTwice(Lease lease, Settlement settlement) {
        return yard.twice(() -> yard.settle(lease, settlement));
    }

    @Test
    void success_leaves_nothing_but_the_outcome_for_a_while() {
        yard.offered("a");
        assertEquals(Settlement.Answer.OK, settledTwice(yard.taken("nonce001"), SUCCEEDED));
        yard.is(
                "counts default:normal {enqueued=1, succeeded=1}",
                "outcome a S {\"status\":200}",
                "take of r1 a.1|nonce001");
    }

    @Test
    void dead_request_is_kept_whole_for_a_redrive() {
        yard.offered("a");
        assertEquals(Settlement.Answer.OK, settledTwice(yard.taken("nonce001"), DEAD));
        yard.is(
                "counts default:normal {enqueued=1, failed=1}",
                "dead default:normal [a]",
                "outcome a D {\"status\":400} for good",
                "request a dead attempts=1",
                "take of r1 a.1|nonce001");
    }

    @Test
    void retry_keeps_its_attempt_and_its_history_and_comes_back_when_due() {
        yard.offered("a");
        assertEquals(Settlement.Answer.OK, settledTwice(yard.taken("nonce001"), RETRY));
        yard.is(
                "counts default:normal {enqueued=1, retried=1, scheduled=1}",
                "later a.1",
                "request a scheduled attempts=1 {\"attempt\":1,\"status\":503}",
                "take of r1 a.1|nonce001");
        yard.pass(Duration.ofSeconds(8));
        assertEquals(0, yard.queue.promote(10));
        yard.pass(Duration.ofSeconds(2));
        assertEquals(1, yard.queue.promote(10));
        assertEquals("a.2|nonce002", members(yard.take("nonce002", 1)));
    }

    @Test
    void retry_at_once_is_the_next_of_its_queue() {
        yard.offered("a", "b");
        Lease lease = yard.taken("nonce001");
        assertEquals(
                Settlement.Answer.OK,
                settledTwice(lease, new Settlement.Retry(Duration.ZERO, "{\"attempt\":1}")));
        yard.is(
                "counts default:normal {enqueued=2, retried=1}",
                "queue default:normal [a.1, b.0]",
                "request a queued attempts=1 {\"attempt\":1}",
                "request b queued attempts=0",
                "take of r1 a.1|nonce001");
    }

    @Test
    void node_that_asked_to_come_again_costs_no_retry() {
        yard.offered(0, "a");
        Settlement defer =
                new Settlement.Defer(Duration.ofSeconds(1), "{\"attempt\":1,\"status\":429}");
        assertEquals(Settlement.Answer.OK, settledTwice(yard.taken("nonce001"), defer));
        yard.is(
                "counts default:normal {enqueued=1, retried=1, scheduled=1}",
                "later a.1",
                "request a scheduled attempts=1 forgiven=1 {\"attempt\":1,\"status\":429}",
                "take of r1 a.1|nonce001");
        yard.pass(Duration.ofSeconds(2));
        yard.queue.promote(1);
        assertEquals("a.2|nonce002", members(yard.take("nonce002", 1)));
        yard.pass(Duration.ofSeconds(6));
        assertEquals(1, yard.queue.reclaim(1));
        assertEquals(1, yard.queue.dead(NORMAL, 9, Optional.empty()).size());
    }

    @Test
    void release_gives_the_attempt_back_and_is_the_next_of_its_queue() {
        yard.offered("a", "b");
        assertEquals(Settlement.Answer.OK, settledTwice(yard.taken("nonce001"), RELEASE));
        yard.is(
                "counts default:normal {enqueued=2}",
                "queue default:normal [a.0, b.0]",
                "request a queued attempts=0",
                "request b queued attempts=0",
                "take of r1 a.1|nonce001");
        assertEquals("a.1|nonce002 b.1|nonce002", members(yard.take("nonce002", 2)));
    }

    @Test
    void release_with_a_delay_waits_among_the_later_ones() {
        yard.offered("a");
        assertEquals(
                Settlement.Answer.OK,
                settledTwice(
                        yard.taken("nonce001"), new Settlement.Release(Duration.ofMillis(700))));
        yard.is(
                "counts default:normal {enqueued=1, scheduled=1}",
                "later a.0",
                "request a scheduled attempts=0",
                "take of r1 a.1|nonce001");
    }

    @Test
    void batch_released_at_a_shutdown_keeps_its_order() {
        yard.offered("a", "b", "c", "d");
        List<Lease> batch = yard.take("nonce001", 3);
        yard.queue.settle(
                batch.stream().map(lease -> new WorkQueue.Ending(lease, RELEASE)).toList());
        assertEquals(
                "a.1|nonce002 b.1|nonce002 c.1|nonce002 d.1|nonce002",
                members(yard.take("nonce002", 4)));
    }

    @Test
    void batch_is_settled_each_for_itself_and_answered_in_order() {
        yard.offered("a", "b", "c");
        List<Lease> batch = yard.take("nonce001", 3);
        yard.queue.cancel("b");
        List<WorkQueue.Ending> endings =
                List.of(
                        new WorkQueue.Ending(batch.get(0), SUCCEEDED),
                        new WorkQueue.Ending(batch.get(1), SUCCEEDED),
                        new WorkQueue.Ending(batch.get(2), DEAD));
        assertEquals(
                List.of(Settlement.Answer.OK, Settlement.Answer.GONE, Settlement.Answer.OK),
                yard.twice(() -> yard.queue.settle(endings)));
    }

    @Test
    void late_word_of_a_lost_lease_changes_nothing() {
        yard.offered(3, "a");
        Lease late = yard.taken("nonce001");
        yard.pass(Duration.ofSeconds(6));
        assertEquals(1, yard.queue.reclaim(10));
        for (Settlement word : List.of(SUCCEEDED, DEAD, RETRY, RELEASE)) {
            String before = yard.state();
            assertEquals(Settlement.Answer.FENCED, settledTwice(late, word));
            assertEquals(before, yard.state());
        }
        Lease current = yard.taken("nonce002");
        String before = yard.state();
        for (Settlement word : List.of(SUCCEEDED, DEAD, RETRY, RELEASE)) {
            assertEquals(Settlement.Answer.FENCED, settledTwice(late, word));
            assertEquals(before, yard.state());
        }
        assertEquals(Settlement.Answer.OK, settledTwice(current, SUCCEEDED));
        before = yard.state();
        assertEquals(Settlement.Answer.FENCED, settledTwice(late, DEAD));
        assertEquals(before, yard.state());
    }

    /// Only a replica's last take is known to be a repetition. An older one that was held up on its
    /// way takes anew, with a nonce that was used before.
    @Test
    void late_word_is_fenced_although_the_next_attempt_has_the_same_nonce() {
        yard.offered("a");
        yard.offered("b");
        Lease late = yard.taken("nonce001");
        yard.taken("nonce002");
        Settlement again = new Settlement.Retry(Duration.ZERO, "{\"attempt\":1}");
        assertEquals(Settlement.Answer.OK, yard.settle(late, again));
        List<Lease> second = yard.take("nonce001", 1);
        assertEquals("a.2|nonce001", members(second));
        assertEquals(Settlement.Answer.FENCED, settledTwice(late, SUCCEEDED));
        assertEquals(Settlement.Answer.FENCED, settledTwice(late, again));
        assertEquals(Settlement.Answer.OK, settledTwice(second.getFirst(), SUCCEEDED));
    }

    /// What a clock of no known form would do in the middle of a batch.
    @Test
    void a_clock_that_is_none_is_found_before_anything_is_written() {
        yard.offered("a");
        yard.offered("b");
        List<Lease> both = yard.take("nonce001", 2);
        yard.set("clock", "none");
        String before = yard.state();
        assertThrows(
                CorruptKeyException.class,
                () ->
                        yard.queue.settle(
                                List.of(
                                        new WorkQueue.Ending(both.get(0), RETRY),
                                        new WorkQueue.Ending(both.get(1), SUCCEEDED))));
        assertEquals(before, yard.state());
    }

    @Test
    void settled_request_stays_as_it_was_settled() {
        yard.offered("a");
        Lease lease = yard.taken("nonce001");
        yard.settle(lease, SUCCEEDED);
        String before = yard.state();
        yard.settle(lease, DEAD);
        yard.settle(lease, RETRY);
        assertEquals(before, yard.state());
    }

    @Test
    void word_on_a_cancelled_request_is_told_that_it_is_gone() {
        yard.offered("a");
        Lease lease = yard.taken("nonce001");
        yard.queue.cancel("a");
        String before = yard.state();
        assertEquals(Settlement.Answer.GONE, settledTwice(lease, SUCCEEDED));
        assertEquals(before, yard.state());
    }

    @Test
    void dead_are_bounded_and_the_oldest_go_first() {
        yard.redis.call("yard_configure", Yard.BASE, "dead-max", 2);
        yard.offered("a", "b", "c");
        for (String nonce : List.of("nonce001", "nonce002", "nonce003")) {
            yard.settle(yard.taken(nonce), DEAD);
        }
        assertEquals(
                List.of("c", "b"),
                yard.queue.dead(NORMAL, 9, Optional.empty()).stream()
                        .map(WorkQueue.Dead::id)
                        .toList());
        assertEquals(new Found.Unknown(), yard.queue.find("a"));
        yard.is(
                "config {dead-max=2}",
                "counts default:normal {enqueued=3, failed=3}",
                "dead default:normal [b, c]",
                "outcome b D {\"status\":400} for good",
                "outcome c D {\"status\":400} for good",
                "request b dead attempts=1",
                "request c dead attempts=1",
                "take of r1 c.1|nonce003");
    }

    @Test
    void renewed_lease_outlives_its_first_end() {
        yard.offered("a", "b");
        List<Lease> batch = yard.take("nonce001", 2);
        yard.pass(Duration.ofSeconds(4));
        assertEquals(List.of(), yard.twice(() -> yard.queue.renew(batch.subList(0, 1))));
        yard.pass(Duration.ofSeconds(2));
        assertEquals(1, yard.queue.reclaim(10));
        assertEquals(List.of(batch.get(1)), yard.twice(() -> yard.queue.renew(batch)));
        assertEquals(Settlement.Answer.OK, yard.settle(batch.getFirst(), SUCCEEDED));
    }

    @Test
    void renewal_never_shortens_a_lease() {
        yard.offered("a");
        Lease lease = yard.taken("nonce001");
        double end = leaseEnd(lease);
        yard.call("yard_renew", 1, lease.member());
        assertEquals(end, leaseEnd(lease));
        yard.pass(Duration.ofSeconds(1));
        yard.queue.renew(List.of(lease));
        assertTrue(leaseEnd(lease) >= end + 1000);
    }

    private static double leaseEnd(Lease lease) {
        return yard.redis.run(c -> c.zscore(Yard.key("leases"), bytes(lease.member())));
    }

    @Test
    void renewal_of_a_cancelled_or_settled_request_says_that_it_is_lost() {
        yard.offered("a", "b");
        List<Lease> batch = yard.take("nonce001", 2);
        yard.queue.cancel("a");
        yard.settle(batch.get(1), SUCCEEDED);
        String before = yard.state();
        assertEquals(batch, yard.twice(() -> yard.queue.renew(batch)));
        assertEquals(before, yard.state());
    }
}
