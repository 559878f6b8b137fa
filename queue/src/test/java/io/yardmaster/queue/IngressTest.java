package io.yardmaster.queue;

import static io.yardmaster.redis.Redis.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.yardmaster.queue.WorkQueue.Admitted;
import io.yardmaster.queue.WorkQueue.Sorted;
import io.yardmaster.redis.Redis;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class IngressTest {
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

    private static void pushed(String... items) {
        for (String item : items) {
            yard.redis.run(c -> c.rpush(Yard.key("in"), bytes(item)));
        }
    }

    private static Sorted good(String id) {
        return new Sorted.Good(Yard.offer(id));
    }

    private static Sorted bad(String entry) {
        return new Sorted.Bad(bytes(entry));
    }

    private static String peek(int most, int bytes) {
        WorkQueue.Ingress ingress = yard.queue.peekIngress(most, bytes);
        return ingress.seq() + " " + ingress.items().stream().map(Redis::text).toList();
    }

    @Test
    void peek_shows_the_oldest_and_takes_nothing() {
        pushed("one", "two", "three");
        assertEquals("0 [one, two]", yard.twice(() -> peek(2, 100)));
        assertEquals("0 [one, two]", yard.twice(() -> peek(9, 6)));
        assertEquals("0 [one]", yard.twice(() -> peek(9, 1)));
        yard.is("in [one, two, three]");
    }

    @Test
    void good_ones_are_admitted_and_bad_ones_hold_nobody_up() {
        pushed("A", "rubbish", "B", "C");
        assertEquals(
                new Admitted(2, 1, 0),
                yard.queue.admitIngress(0, List.of(good("a"), bad("why\nrubbish"), good("b")), 9));
        String[] admitted = {
            "counts default:normal {enqueued=2}",
            "in [C]",
            "ingress {quarantined=1, seq=3}",
            "quarantine [why\nrubbish]",
            "queue default:normal [a.0, b.0]",
            "request a queued attempts=0",
            "request b queued attempts=0"
        };
        yard.is(admitted);
        assertEquals(
                new Admitted(0, 0, 0),
                yard.twice(() ->
                        yard.queue.admitIngress(
                                0, List.of(good("a"), bad("why\nrubbish"), good("b")), 9)));
        yard.is(admitted);
        assertEquals("3 [C]", peek(9, 100));
    }

    @Test
    void of_two_replicas_that_peeked_alike_one_admits() {
        pushed("A", "B");
        WorkQueue other = yard.replica("r2");
        List<Sorted> sorted = List.of(good("a"), good("b"));
        assertEquals(new Admitted(2, 0, 0), yard.queue.admitIngress(0, sorted, 9));
        String before = yard.state();
        pushed("C", "D");
        assertEquals(new Admitted(0, 0, 0), other.admitIngress(0, sorted, 9));
        assertEquals("2 [C, D]", peek(9, 100));
        assertEquals("[moved]", yard.call("yard_ingress_admit", 1, 9, "quarantine", "x"));
        yard.redis.run(c -> c.del(Yard.key("in")));
        assertEquals(before, yard.state());
    }

    @Test
    void request_whose_queue_is_full_goes_to_the_end_to_be_tried_again() {
        yard.redis.call("yard_configure", Yard.BASE, "max-size", 1);
        pushed("A", "B", "C");
        assertEquals(
                new Admitted(1, 0, 1),
                yard.queue.admitIngress(0, List.of(good("a"), good("b")), 9));
        yard.is(
                "config {max-size=1}",
                "counts default:normal {enqueued=1}",
                "in [C, B]",
                "ingress {seq=2}",
                "queue default:normal [a.0]",
                "request a queued attempts=0");
    }

    @Test
    void pushed_twice_is_admitted_once_and_other_content_is_quarantined() {
        yard.offered("a", "b");
        pushed("A", "B");
        Sorted other = new Sorted.Good(Yard.offer("b", Yard.LOW));
        assertEquals(
                new Admitted(1, 1, 0), yard.queue.admitIngress(0, List.of(good("a"), other), 9));
        yard.is(
                "counts default:normal {enqueued=2}",
                "ingress {quarantined=1, seq=2}",
                "quarantine [{\"reason\":\"conflict: id b\"}\nB]",
                "queue default:normal [a.0, b.0]",
                "request a queued attempts=0",
                "request b queued attempts=0");
    }

    @Test
    void quarantine_is_bounded_and_the_oldest_go_first() {
        pushed("1", "2", "3");
        yard.queue.admitIngress(0, List.of(bad("1"), bad("2"), bad("3")), 2);
        yard.is("ingress {quarantined=3, seq=3}", "quarantine [2, 3]");
        yard.offered("a");
        pushed("A");
        yard.queue.admitIngress(3, List.of(new Sorted.Good(Yard.offer("a", Yard.LOW))), 2);
        assertEquals(2, yard.redis.run(c -> c.llen(Yard.key("quarantine"))).intValue());
    }

    @Test
    void list_that_was_cleared_behind_our_back_loses_nothing_that_was_pushed_since() {
        pushed("A", "B");
        yard.redis.run(c -> c.del(Yard.key("in")));
        pushed("C");
        assertEquals(
                new Admitted(0, 0, 0), yard.queue.admitIngress(0, List.of(good("a"), bad("b")), 9));
        yard.is("in [C]");
    }

    @Test
    void request_whose_keys_are_damaged_stays_pushed() {
        pushed("A", "X");
        yard.redis.run(c -> c.sadd(Yard.key("q:default:normal"), bytes("x")));
        assertEquals(
                new Admitted(1, 0, 1),
                yard.queue.admitIngress(
                        0, List.of(good("a"), new Sorted.Good(Yard.offer("x", Yard.LOW))), 9));
        assertEquals("2 [A]", peek(9, 100));
    }
}
