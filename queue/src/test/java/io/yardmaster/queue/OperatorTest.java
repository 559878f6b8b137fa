package io.yardmaster.queue;

import static io.yardmaster.queue.Yard.LOW;
import static io.yardmaster.queue.Yard.NORMAL;
import static io.yardmaster.queue.Yard.members;
import static io.yardmaster.redis.Redis.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.queue.WorkQueue.Order;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OperatorTest {
    private static final Settlement SUCCEEDED = new Settlement.Succeeded("{}");
    private static final Settlement DEAD = new Settlement.Dead("{\"status\":400}");
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

    private static Order cancelledTwice(String id) {
        return yard.twice(() -> yard.queue.cancel(id));
    }

    private static String cancelled(String id, int attempts, String history) {
        return ended(id, attempts, "cancelled", "cancelled by request", history);
    }

    private static String ended(
            String id, int attempts, String reason, String message, String history) {
        return ("outcome %s C {\"service\":\"default\",\"priority\":\"normal\",\"attempts\":%d,"
                        + "\"enqueuedAt\":T,\"settledAt\":T,\"error\":{\"reason\":\"%s\","
                        + "\"message\":\"%s\"},\"history\":[%s]}")
                .formatted(id, attempts, reason, message, history);
    }

    @Test
    void waiting_request_is_cancelled_and_its_ticket_no_longer_counts() {
        yard.offered("a", "b");
        assertEquals(Order.DONE, cancelledTwice("a"));
        yard.is(
                "counts default:normal {cancelled=1, enqueued=2, gone=1}",
                cancelled("a", 0, ""),
                "queue default:normal [a.0, b.0]",
                "request b queued attempts=0");
        assertEquals(1, yard.queue.depth().getFirst().depth());
    }

    @Test
    void scheduled_request_is_cancelled() {
        yard.queue.offer(List.of(Yard.delayed("a", Duration.ofSeconds(9))));
        assertEquals(Order.DONE, cancelledTwice("a"));
        yard.is("counts default:normal {cancelled=1, enqueued=1}", cancelled("a", 0, ""));
    }

    @Test
    void request_in_flight_is_cancelled_and_the_replica_that_holds_it_is_told() throws Exception {
        BlockingQueue<String> told = new LinkedBlockingQueue<>();
        BlockingQueue<String> settled = new LinkedBlockingQueue<>();
        try (AutoCloseable _ = yard.queue.onCancelled(told::add);
                AutoCloseable _ = yard.queue.onSettled(settled::add)) {
            Request request = Yard.request("a", NORMAL, -1);
            yard.queue.offer(List.of(new Offer(request, Duration.ZERO, Duration.ZERO, "", true)));
            yard.settle(yard.taken("nonce001"), new Settlement.Retry(Duration.ZERO, "{\"n\":1}"));
            yard.take("nonce002", 1);
            assertEquals(Order.DONE, cancelledTwice("a"));
            assertEquals("a", told.poll(5, TimeUnit.SECONDS));
            assertEquals("a", settled.poll(5, TimeUnit.SECONDS));
            assertEquals(0, told.size() + settled.size());
        }
        yard.is(
                "counts default:normal {cancelled=1, enqueued=1, retried=1}",
                cancelled("a", 2, "{\"n\":1}"),
                "take of r1 a.2|nonce002");
    }

    @Test
    void what_was_sent_is_kept_until_a_request_ends_and_while_it_is_dead() {
        yard.offered("done", "dead", "waits");
        List<Lease> batch = yard.take("nonce001", 2);
        assertEquals("done", storedId("done"));
        yard.settle(batch.get(0), SUCCEEDED);
        yard.settle(batch.get(1), DEAD);
        String before = yard.state();
        assertEquals(
                " dead waits ",
                storedId("done")
                        + " "
                        + storedId("dead")
                        + " "
                        + storedId("waits")
                        + " "
                        + storedId("nobody"));
        assertEquals(StoredRequest.State.DEAD, yard.queue.stored("dead").orElseThrow().state());
        assertEquals(before, yard.state());
    }

    private static String storedId(String id) {
        return yard.queue.stored(id).map(stored -> stored.request().id()).orElse("");
    }

    @Test
    void settled_dead_and_unknown_requests_are_not_cancelled() {
        yard.offered("done", "dead");
        List<Lease> batch = yard.take("nonce001", 2);
        yard.settle(batch.get(0), SUCCEEDED);
        yard.settle(batch.get(1), DEAD);
        String before = yard.state();
        assertEquals(Order.SETTLED, cancelledTwice("done"));
        assertEquals(Order.SETTLED, cancelledTwice("dead"));
        assertEquals(Order.UNKNOWN, cancelledTwice("nobody"));
        assertEquals(before, yard.state());
    }

    @Test
    void redriven_request_has_all_its_attempts_again_and_goes_on_counting() {
        yard.offered(1, "a");
        yard.settle(yard.taken("nonce001"), DEAD);
        assertEquals(Order.DONE, yard.twice(() -> yard.queue.redrive("a", "redrive1")));
        String history = " {\"attempt\":1,\"at\":T,\"cause\":\"operator\"}";
        yard.is(
                "counts default:normal {enqueued=1}",
                "queue default:normal [a.1]",
                "request a queued attempts=1 forgiven=1" + history,
                "take of r1 a.1|nonce001");
        for (int attempt = 2; attempt <= 3; attempt++) {
            assertEquals(attempt, yard.taken("nonce00" + attempt).attempt());
            yard.pass(Duration.ofSeconds(6));
            yard.queue.reclaim(1);
        }
        assertEquals(
                Found.End.DEAD, assertInstanceOf(Found.Settled.class, yard.queue.find("a")).end());
    }

    @Test
    void only_the_dead_are_redriven_or_dropped() {
        yard.offered("done", "waiting");
        yard.settle(yard.taken("nonce001"), SUCCEEDED);
        String before = yard.state();
        for (String id : List.of("done", "waiting")) {
            assertEquals(Order.SETTLED, yard.twice(() -> yard.queue.redrive(id, "redrive1")));
            assertEquals(Order.SETTLED, yard.twice(() -> yard.queue.drop(id)));
        }
        assertEquals(Order.UNKNOWN, yard.twice(() -> yard.queue.redrive("no", "redrive1")));
        assertEquals(Order.UNKNOWN, yard.twice(() -> yard.queue.drop("no")));
        assertEquals(before, yard.state());
    }

    @Test
    void dropped_request_leaves_its_outcome_for_a_while() {
        yard.offered("a");
        yard.settle(yard.taken("nonce001"), DEAD);
        assertEquals(Order.DONE, yard.twice(() -> yard.queue.drop("a")));
        yard.is(
                "counts default:normal {enqueued=1, failed=1}",
                "outcome a D {\"status\":400}",
                "take of r1 a.1|nonce001");
    }

    @Test
    void dead_older_than_the_limit_are_trimmed() {
        died("a", "b", "c");
        yard.redis.run(c -> c.zadd(Yard.key("dead:default:normal"), 1000, bytes("a")));
        yard.redis.run(c -> c.zadd(Yard.key("dead:default:normal"), 2000, bytes("b")));
        assertEquals(1, yard.queue.trim(NORMAL, Duration.ofDays(1), 1));
        assertEquals(1, yard.queue.trim(NORMAL, Duration.ofDays(1), 9));
        assertEquals(0, yard.twice(() -> yard.queue.trim(NORMAL, Duration.ofDays(1), 9)));
        yard.is(
                "counts default:normal {enqueued=3, failed=3}",
                "dead default:normal [c]",
                "outcome c D {\"status\":400} for good",
                "request c dead attempts=1",
                "take of r1 a.1|nonce000 b.1|nonce000 c.1|nonce000");
    }

    private static void died(String... ids) {
        yard.offered(ids);
        yard.queue.settle(
                yard.take("nonce000", ids.length).stream()
                        .map(lease -> new WorkQueue.Ending(lease, DEAD))
                        .toList());
    }

    @Test
    void purge_ends_what_waits_in_one_queue_and_touches_no_other() {
        yard.offered("flying", "gone", "a");
        yard.take("nonce001", 1);
        yard.queue.cancel("gone");
        yard.queue.offer(
                List.of(
                        Yard.delayed("b", Duration.ofSeconds(9)),
                        Yard.offer("x", LOW),
                        new Offer(
                                Yard.request("y", LOW, -1),
                                Duration.ofSeconds(9),
                                Duration.ZERO,
                                "",
                                false)));
        assertEquals(2, yard.queue.purge(NORMAL));
        assertEquals(0, yard.twice(() -> yard.queue.purge(NORMAL)));
        yard.is(
                "counts default:low {enqueued=2, scheduled=1}",
                "counts default:normal {cancelled=3, enqueued=4, inflight=1}",
                "later y.0",
                "lease flying.1|nonce001",
                ended("a", 0, "purged", "its queue was purged", ""),
                ended("b", 0, "purged", "its queue was purged", ""),
                cancelled("gone", 0, ""),
                "queue default:low [x.0]",
                "request flying leased attempts=1",
                "request x queued attempts=0",
                "request y scheduled attempts=0",
                "take of r1 flying.1|nonce001");
    }

    @Test
    void purge_of_a_large_queue_goes_in_steps() {
        yard.offered(IntStream.range(0, 1200).mapToObj(i -> "a" + i).toArray(String[]::new));
        yard.queue.offer(
                IntStream.range(0, 700)
                        .mapToObj(i -> Yard.delayed("b" + i, Duration.ofHours(1)))
                        .toList());
        assertEquals(1900, yard.queue.purge(NORMAL));
        QueueDepth depth = yard.queue.depth().getFirst();
        assertEquals("0 0 1900", depth.depth() + " " + depth.scheduled() + " " + depth.cancelled());
    }

    @Test
    void pause_and_resume_leave_a_mark_and_take_it_away() throws Exception {
        yard.twice(() -> {
            yard.queue.pause(NORMAL);
            return "";
        });
        yard.is("counts default:normal {paused=T}");
        assertTrue(yard.queue.depth().getFirst().paused());
        BlockingQueue<QueueName> woken = new LinkedBlockingQueue<>();
        try (AutoCloseable _ = yard.queue.onWake(woken::add)) {
            yard.queue.resume(NORMAL);
            assertEquals(NORMAL, woken.poll(5, TimeUnit.SECONDS));
            yard.queue.resume(NORMAL);
            yard.is("known queues [default:normal]");
            assertEquals(0, woken.size());
        }
    }

    @Test
    void depth_tells_where_the_requests_of_each_queue_are() {
        yard.queue.offer(
                List.of(
                        Yard.offer("x", LOW),
                        Yard.delayed("later", Duration.ofSeconds(9)),
                        Yard.offer("done"),
                        Yard.offer("dead"),
                        Yard.offer("retried"),
                        Yard.offer("flying"),
                        Yard.offer("gone"),
                        Yard.offer("waits")));
        List<Lease> batch = yard.take("nonce001", 4);
        yard.settle(batch.get(0), SUCCEEDED);
        yard.settle(batch.get(1), DEAD);
        yard.settle(batch.get(2), new Settlement.Retry(Duration.ofSeconds(9), "{}"));
        yard.queue.cancel("gone");
        List<String> figures =
                yard.queue.depth().stream()
                        .map(d -> {
                            assertTrue(d.oldestMs() < 60_000);
                            return d.queue()
                                    + " depth "
                                    + d.depth()
                                    + " inFlight "
                                    + d.inFlight()
                                    + " scheduled "
                                    + d.scheduled()
                                    + " dead "
                                    + d.dead()
                                    + " enqueued "
                                    + d.enqueued()
                                    + " succeeded "
                                    + d.succeeded()
                                    + " failed "
                                    + d.failed()
                                    + " cancelled "
                                    + d.cancelled()
                                    + " expired "
                                    + d.expired()
                                    + " retried "
                                    + d.retried();
                        })
                        .toList();
        assertEquals(
                List.of(
                        "default:normal depth 1 inFlight 1 scheduled 2 dead 1 enqueued 7"
                                + " succeeded 1 failed 1 cancelled 1 expired 0 retried 1",
                        "default:low depth 1 inFlight 0 scheduled 0 dead 0 enqueued 1"
                                + " succeeded 0 failed 0 cancelled 0 expired 0 retried 0"),
                figures);
    }

    private static Found.Live live(String id) {
        return assertInstanceOf(Found.Live.class, yard.queue.find(id));
    }

    @Test
    void request_is_found_wherever_it_is() {
        yard.offered("flying", "a", "b");
        yard.queue.offer(List.of(Yard.delayed("later", Duration.ofSeconds(9))));
        Lease lease = yard.taken("nonce001");
        String before = yard.state();
        assertEquals(StoredRequest.State.LEASED, live("flying").stored().state());
        assertEquals(1.6, live("flying").waits().toMillis() / 1000.0, 1.5);
        assertEquals("0 1", live("a").before() + " " + live("b").before());
        assertEquals(Duration.ZERO, live("a").waits());
        assertEquals(StoredRequest.State.SCHEDULED, live("later").stored().state());
        assertEquals(9.0, live("later").waits().toMillis() / 1000.0, 1.5);
        assertEquals(-1, live("later").before());
        assertEquals(new Found.Unknown(), yard.queue.find("nobody"));
        assertEquals(before, yard.state());
        yard.queue.pause(NORMAL);
        assertTrue(live("a").paused());
        yard.settle(lease, DEAD);
        assertEquals(
                new Found.Settled(Found.End.DEAD, "{\"status\":400}"), yard.queue.find("flying"));
        yard.queue.cancel("a");
        assertEquals(
                Found.End.CANCELLED,
                assertInstanceOf(Found.Settled.class, yard.queue.find("a")).end());
    }

    @Test
    void expired_request_is_found_as_such_before_anybody_took_it() {
        Request request = Yard.request("a", NORMAL, -1);
        yard.queue.offer(
                List.of(new Offer(request, Duration.ZERO, Duration.ofSeconds(1), "", false)));
        assertEquals(false, live("a").expired());
        yard.pass(Duration.ofSeconds(2));
        assertEquals(true, live("a").expired());
    }

    @Test
    void dead_are_paged_latest_first_even_when_all_died_at_once() {
        died("a", "b", "c", "d", "e");
        for (String id : List.of("a", "b", "c", "d")) {
            yard.redis.run(c -> c.zadd(Yard.key("dead:default:normal"), 1000, bytes(id)));
        }
        List<String> seen = new ArrayList<>();
        Optional<String> cursor = Optional.empty();
        while (true) {
            List<WorkQueue.Dead> page = yard.queue.dead(NORMAL, 2, cursor);
            if (page.isEmpty()) {
                break;
            }
            page.forEach(dead -> seen.add(dead.id()));
            assertEquals("{\"status\":400}", page.getFirst().outcomeJson());
            cursor = Optional.of(page.getLast().cursor());
        }
        assertEquals(List.of("e", "d", "c", "b", "a"), seen);
    }

    @Test
    void dead_that_are_redriven_page_by_page_are_all_reached() {
        String[] ids = {"a", "b", "c", "d", "e"};
        died(ids);
        for (String id : ids) {
            yard.redis.run(c -> c.zadd(Yard.key("dead:default:normal"), 1000, bytes(id)));
        }
        int redriven = 0;
        List<WorkQueue.Dead> page = yard.queue.dead(NORMAL, 2, Optional.empty());
        while (!page.isEmpty()) {
            for (WorkQueue.Dead dead : page) {
                assertEquals(Order.DONE, yard.queue.redrive(dead.id(), "redrive1"));
                redriven++;
            }
            page = yard.queue.dead(NORMAL, 2, Optional.of(page.getLast().cursor()));
        }
        assertEquals(5, redriven);
        assertEquals(
                "e.2|n d.2|n c.2|n b.2|n a.2|n",
                members(yard.take("nonce009", 9)).replaceAll("nonce009", "n"));
    }
}
