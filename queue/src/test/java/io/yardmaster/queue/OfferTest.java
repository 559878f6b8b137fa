package io.yardmaster.queue;

import static io.yardmaster.queue.Yard.LOW;
import static io.yardmaster.queue.Yard.NORMAL;
import static io.yardmaster.queue.Yard.offer;
import static io.yardmaster.redis.Redis.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OfferTest {
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

    private static QueueConfig config(int maxSize, double rate, double burst) {
        QueueConfig defaults = QueueConfig.defaults();
        return new QueueConfig(
                maxSize,
                defaults.lease(),
                defaults.outcomeTtl(),
                defaults.deadMax(),
                defaults.deadTtl(),
                defaults.maxBody(),
                defaults.maxMemory(),
                rate,
                burst,
                Map.of());
    }

    private static Offer from(String producer, String id) {
        return new Offer(
                Yard.request(id, NORMAL, -1), Duration.ZERO, Duration.ZERO, producer, false);
    }

    @Test
    void offered_requests_wait_in_the_order_in_which_they_came() {
        List<Offer> offers = List.of(offer("a"), offer("b"), offer("x", LOW), offer("c"));
        assertEquals(
                List.of(
                        new Admission.Queued("a"),
                        new Admission.Queued("b"),
                        new Admission.Queued("x"),
                        new Admission.Queued("c")),
                yard.queue.offer(offers));
        String[] placed = {
            "counts default:low {enqueued=1}",
            "counts default:normal {enqueued=3}",
            "queue default:low [x.0]",
            "queue default:normal [a.0, b.0, c.0]",
            "request a queued attempts=0",
            "request b queued attempts=0",
            "request c queued attempts=0",
            "request x queued attempts=0"
        };
        yard.is(placed);
        assertEquals(
                List.of(
                        new Admission.Duplicate("a"),
                        new Admission.Duplicate("b"),
                        new Admission.Duplicate("x"),
                        new Admission.Duplicate("c")),
                yard.twice(() -> yard.queue.offer(offers)));
        yard.is(placed);
    }

    @Test
    void one_id_twice_in_a_batch_is_queued_once() {
        assertEquals(
                List.of(new Admission.Queued("a"), new Admission.Duplicate("a")),
                yard.queue.offer(List.of(offer("a"), offer("a"))));
        yard.is(
                "counts default:normal {enqueued=1}",
                "queue default:normal [a.0]",
                "request a queued attempts=0");
    }

    @Test
    void known_id_with_other_content_is_a_conflict_and_changes_nothing() {
        yard.offered("a");
        String before = yard.state();
        assertEquals(
                List.of(new Admission.Conflict("a")),
                yard.twice(() -> yard.queue.offer(List.of(offer("a", LOW)))));
        assertEquals(before, yard.state());
    }

    @Test
    void settled_request_is_still_known_by_its_content() {
        yard.offered("a");
        yard.settle(yard.taken("nonce001"), new Settlement.Succeeded("{}"));
        String before = yard.state();
        assertEquals(
                List.of(new Admission.Duplicate("a"), new Admission.Conflict("a")),
                yard.twice(() -> yard.queue.offer(List.of(offer("a"), offer("a", LOW)))));
        assertEquals(before, yard.state());
    }

    @Test
    void queue_that_is_full_takes_what_fits_and_keeps_nothing_of_the_rest() {
        yard.queue.configure(config(2, 0, 0));
        List<Offer> offers =
                List.of(
                        offer("a"),
                        Yard.delayed("later", Duration.ofSeconds(9)),
                        offer("b"),
                        offer("x", LOW));
        assertEquals(
                List.of(
                        new Admission.Queued("a"),
                        new Admission.Queued("later"),
                        new Admission.Full(),
                        new Admission.Queued("x")),
                yard.queue.offer(offers));
        String before = yard.state();
        assertEquals(
                List.of(new Admission.Full()),
                yard.twice(() -> yard.queue.offer(List.of(offer("b")))));
        assertEquals(before, yard.state());
    }

    @Test
    void cancelled_tickets_do_not_count_against_the_size() {
        yard.queue.configure(config(2, 0, 0));
        yard.offered("a", "b");
        yard.queue.cancel("a");
        assertEquals(List.of(new Admission.Queued("c")), yard.queue.offer(List.of(offer("c"))));
        assertEquals(List.of(new Admission.Full()), yard.queue.offer(List.of(offer("d"))));
    }

    @Test
    void producer_over_its_rate_is_told_when_to_come_back_and_others_go_on() {
        yard.queue.configure(config(100, 1, 2));
        List<Admission> answers =
                yard.queue.offer(
                        List.of(
                                from("p", "a"),
                                from("p", "b"),
                                from("p", "c"),
                                from("q", "d"),
                                from("", "e")));
        assertEquals(new Admission.Queued("b"), answers.get(1));
        Admission.Limited limited = assertInstanceOf(Admission.Limited.class, answers.get(2));
        assertTrue(
                limited.retryAfter().toMillis() <= 1000 && limited.retryAfter().toMillis() > 500);
        assertEquals(new Admission.Queued("d"), answers.get(3));
        assertEquals(new Admission.Queued("e"), answers.get(4));
        String before = yard.state();
        yard.queue.offer(List.of(from("p", "c")));
        assertEquals(before, yard.state());
        yard.pass(Duration.ofSeconds(1));
        assertEquals(List.of(new Admission.Queued("c")), yard.queue.offer(List.of(from("p", "c"))));
    }

    @Test
    void duplicate_costs_its_producer_nothing() {
        yard.queue.configure(config(100, 1, 2));
        yard.queue.offer(List.of(from("p", "a")));
        for (int i = 0; i < 5; i++) {
            assertEquals(
                    List.of(new Admission.Duplicate("a")),
                    yard.queue.offer(List.of(from("p", "a"))));
        }
        assertEquals(List.of(new Admission.Queued("b")), yard.queue.offer(List.of(from("p", "b"))));
    }

    private static String view(WorkQueue.OfferedAndTaken done) {
        return done.taken().map(taken -> Yard.members(taken.leases())).orElse("nothing")
                + " "
                + done.taken().map(Taken::left);
    }

    private static WorkQueue.OfferedAndTaken offerAndTake(
            WorkQueue queue, List<Offer> offers, int most) {
        return queue.offerAndTake(offers, Integer.MAX_VALUE, "nonce001", Yard.want(most), 7);
    }

    @Test
    void what_is_offered_with_a_take_is_leased_in_the_same_call_and_nobody_else_is_woken()
            throws Exception {
        BlockingQueue<QueueName> woken = new LinkedBlockingQueue<>();
        try (AutoCloseable _ = yard.queue.onWake(woken::add)) {
            List<Offer> offers = List.of(offer("a"), offer("b"));
            WorkQueue.OfferedAndTaken done =
                    yard.twice(() -> offerAndTake(yard.queue, offers, 5), OfferTest::view);
            assertEquals(
                    new WorkQueue.Offered.Answered(
                            List.of(new Admission.Queued("a"), new Admission.Queued("b"))),
                    done.offered());
            Lease first = done.taken().orElseThrow().leases().getFirst();
            assertEquals(7 + WorkQueue.UNSENT_LEASE.toNanos(), first.heldUntilNanos());
            yard.is(
                    "counts default:normal {enqueued=2, inflight=2}",
                    "lease a.1|nonce001",
                    "lease b.1|nonce001",
                    "request a leased attempts=1",
                    "request b leased attempts=1",
                    "take of r1 a.1|nonce001 b.1|nonce001");
            yard.queue.offer(List.of(offer("x", LOW)));
            assertEquals(LOW, woken.poll(5, TimeUnit.SECONDS), "the first who was woken");
        }
    }

    @Test
    void what_the_take_beside_an_offer_leaves_wakes_the_others() throws Exception {
        BlockingQueue<QueueName> woken = new LinkedBlockingQueue<>();
        try (AutoCloseable _ = yard.queue.onWake(woken::add)) {
            List<Offer> offers = List.of(offer("x", LOW), offer("a"), offer("b"));
            WorkQueue.OfferedAndTaken done = offerAndTake(yard.queue, offers, 1);
            assertEquals(
                    "a.1|nonce001 Optional[{default:normal=Left[waiting=1, hold=None[]]}]",
                    view(done));
            Set<QueueName> both = new HashSet<>();
            both.add(woken.poll(5, TimeUnit.SECONDS));
            both.add(woken.poll(5, TimeUnit.SECONDS));
            assertEquals(Set.of(LOW, NORMAL), both);
            yard.is(
                    "counts default:low {enqueued=1}",
                    "counts default:normal {enqueued=2, inflight=1}",
                    "lease a.1|nonce001",
                    "queue default:low [x.0]",
                    "queue default:normal [b.0]",
                    "request a leased attempts=1",
                    "request b queued attempts=0",
                    "request x queued attempts=0",
                    "take of r1 a.1|nonce001");
        }
    }

    @Test
    void offers_that_are_refused_do_not_keep_the_take_beside_them_from_what_waits() {
        yard.queue.configure(config(1, 0, 0));
        yard.offered("a");
        WorkQueue.OfferedAndTaken done = offerAndTake(yard.queue, List.of(offer("b")), 1);
        assertEquals(new WorkQueue.Offered.Answered(List.of(new Admission.Full())), done.offered());
        assertEquals("a.1|nonce001", Yard.members(done.taken().orElseThrow().leases()));
    }

    @Test
    void offers_that_came_by_an_older_mapping_take_nothing_either() {
        yard.offered("a");
        yard.redis.run(c ->
                c.hset(
                        Yard.key("config"),
                        Map.of(
                                bytes("mapping"), bytes("2"),
                                bytes("shards"), bytes("1,2"))));
        String before = yard.state();
        WorkQueue.OfferedAndTaken done =
                yard.queue.offerAndTake(List.of(offer("b")), 1, "nonce001", Yard.want(5), 0);
        assertInstanceOf(WorkQueue.Offered.Remapped.class, done.offered());
        assertTrue(done.taken().isEmpty());
        assertEquals(before, yard.state());
    }

    @Test
    void key_that_is_corrupt_for_takes_alone_lets_the_offer_in_and_takes_nothing() {
        yard.redis.run(c -> c.set(Yard.key("leases"), bytes("not ours")));
        WorkQueue.OfferedAndTaken done = offerAndTake(yard.queue, List.of(offer("a")), 5);
        assertEquals(
                new WorkQueue.Offered.Answered(List.of(new Admission.Queued("a"))), done.offered());
        assertTrue(done.taken().isEmpty());
        Long records = yard.redis.run(c -> c.exists(Yard.key("r:a")));
        assertEquals(1L, records);
    }

    @Test
    void take_that_fails_beside_an_offer_leaves_it_in_and_wakes_the_others() throws Exception {
        BlockingQueue<QueueName> woken = new LinkedBlockingQueue<>();
        try (AutoCloseable _ = yard.queue.onWake(woken::add)) {
            yard.set("clock", "garbage");
            WorkQueue.OfferedAndTaken done = offerAndTake(yard.queue, List.of(offer("a")), 5);
            assertEquals(
                    new WorkQueue.Offered.Answered(List.of(new Admission.Queued("a"))),
                    done.offered());
            assertTrue(done.taken().isEmpty());
            assertEquals(NORMAL, woken.poll(5, TimeUnit.SECONDS));
            yard.is(
                    "counts default:normal {enqueued=1}",
                    "queue default:normal [a.0]",
                    "request a queued attempts=0");
        }
    }

    @Test
    void four_thousand_queues_are_the_most_and_known_ones_stay_open() {
        byte[][] names =
                IntStream.range(0, 3999)
                        .mapToObj(i -> bytes("s" + i + ":normal"))
                        .toArray(byte[][]::new);
        yard.redis.run(c -> c.sadd(Yard.key("queues"), names));
        List<Admission> answers =
                yard.queue.offer(
                        List.of(
                                offer("a"),
                                offer("b", new QueueName("new", Priority.LOW)),
                                offer("c")));
        assertEquals(new Admission.Queued("a"), answers.get(0));
        assertEquals(
                new Admission.Invalid("service: new (expected: at most 4000 queues)"),
                answers.get(1));
        assertEquals(new Admission.Queued("c"), answers.get(2));
        assertEquals(new Found.Unknown(), yard.queue.find("b"));
        assertEquals("4000", yard.redis.run(c -> c.scard(Yard.key("queues"))).toString());
    }

    @Test
    void delayed_request_waits_among_the_later_ones() {
        yard.queue.offer(List.of(Yard.delayed("a", Duration.ofMillis(1500))));
        yard.is(
                "counts default:normal {enqueued=1, scheduled=1}",
                "later a.0",
                "request a scheduled attempts=0");
        assertEquals(
                List.of(new Admission.Duplicate("a")),
                yard.twice(
                        () -> yard.queue.offer(List.of(Yard.delayed("a", Duration.ofMillis(9))))));
        double due = yard.redis.run(c -> c.zscore(Yard.key("later"), bytes("a.0")));
        assertEquals(1500, due - yard.logicalClock(), 1000);
    }

    @Test
    void time_to_live_and_the_wish_to_be_told_are_kept_with_the_request() {
        Offer offer =
                new Offer(
                        Yard.request("a", NORMAL, -1),
                        Duration.ZERO,
                        Duration.ofSeconds(3),
                        "",
                        true);
        yard.queue.offer(List.of(offer));
        yard.is(
                "counts default:normal {enqueued=1}",
                "queue default:normal [a.0]",
                "request a queued attempts=0 notify expires");
    }

    @Test
    void later_caller_of_a_known_request_is_told_too() {
        yard.offered("a");
        Offer wait =
                new Offer(Yard.request("a", NORMAL, -1), Duration.ZERO, Duration.ZERO, "", true);
        assertEquals(
                List.of(new Admission.Duplicate("a")),
                yard.twice(() -> yard.queue.offer(List.of(wait))));
        yard.is(
                "counts default:normal {enqueued=1}",
                "queue default:normal [a.0]",
                "request a queued attempts=0 notify");
    }

    @Test
    void empty_queue_that_gets_work_wakes_the_replicas_once() throws Exception {
        BlockingQueue<QueueName> woken = new LinkedBlockingQueue<>();
        BlockingQueue<String> settled = new LinkedBlockingQueue<>();
        try (AutoCloseable _ = yard.queue.onWake(woken::add);
                AutoCloseable _ = yard.queue.onSettled(settled::add)) {
            yard.offered("a", "b");
            yard.offered("c");
            yard.queue.offer(List.of(offer("x", LOW)));
            assertEquals(NORMAL, woken.poll(5, TimeUnit.SECONDS));
            assertEquals(LOW, woken.poll(5, TimeUnit.SECONDS));
            Offer wait =
                    new Offer(
                            Yard.request("w", NORMAL, -1), Duration.ZERO, Duration.ZERO, "", true);
            yard.queue.offer(List.of(wait));
            for (Lease lease : yard.take("nonce001", 10)) {
                yard.settle(lease, new Settlement.Succeeded("{}"));
            }
            assertEquals("w", settled.poll(5, TimeUnit.SECONDS));
            assertEquals(0, woken.size() + settled.size());
        }
    }
}
