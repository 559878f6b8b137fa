package io.yardmaster.queue;

import static io.yardmaster.queue.Yard.LOW;
import static io.yardmaster.queue.Yard.NORMAL;
import static io.yardmaster.queue.Yard.offer;
import static io.yardmaster.redis.Redis.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
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
