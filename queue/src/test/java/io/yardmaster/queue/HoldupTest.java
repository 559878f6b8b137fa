package io.yardmaster.queue;

import static io.yardmaster.queue.Yard.NORMAL;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// `yard_why`, on a real Redis.
class HoldupTest {
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

    private static Holdup of(String id) {
        String before = yard.state();
        Holdup holdup = yard.queue.holdup(id).orElseThrow();
        assertEquals(before, yard.state(), "it only looks");
        return holdup;
    }

    private static void many(String prefix, int count) {
        for (int from = 0; from < count; from += 1000) {
            List<Offer> offers = new ArrayList<>();
            for (int i = from; i < Math.min(count, from + 1000); i++) {
                offers.add(Yard.offer(prefix + i));
            }
            yard.queue.offer(offers);
        }
    }

    @Test
    void waiting_request_knows_how_many_are_before_it() {
        yard.offered("a", "b", "c");
        assertEquals(0, of("a").before());
        assertEquals(2, of("c").before());
        assertTrue(of("c").exact());
        assertEquals(Optional.empty(), of("c").pausedAt());
    }

    @Test
    void paused_queue_tells_since_when() {
        yard.offered("a");
        yard.queue.pause(NORMAL);
        Holdup paused = of("a");
        Duration since = Duration.between(paused.pausedAt().orElseThrow(), paused.now());
        assertFalse(since.isNegative(), since.toString());
        yard.queue.pause(NORMAL);
        assertEquals(paused.pausedAt(), of("a").pausedAt(), "a second order changes nothing");
    }

    @Test
    void request_that_is_in_flight_or_delayed_is_behind_nobody() {
        yard.offered("a", "b");
        yard.queue.take("nonce--1", Yard.want(1));
        assertEquals(-1, of("a").before());
        yard.queue.offer(List.of(Yard.delayed("later", Duration.ofHours(1))));
        assertEquals(-1, of("later").before());
    }

    @Test
    void what_is_not_live_has_nothing_that_holds_it_up() {
        assertEquals(Optional.empty(), yard.queue.holdup("nobody"));
        yard.offered("a");
        yard.queue.cancel("a");
        assertEquals(Optional.empty(), yard.queue.holdup("a"));
    }

    @Test
    void place_among_ten_thousand_is_found_wherever_it_is() {
        many("w", 10_000);
        for (int place : new int[] {0, 999, 1000, 1001, 2500, 5000, 8999, 9000, 9999}) {
            Holdup holdup = yard.queue.holdup("w" + place).orElseThrow();
            // Which of those that came in one ms is which, nobody has to know.
            long most = holdup.exact() ? 0 : 1000;
            assertTrue(Math.abs(holdup.before() - place) <= most, place + ": " + holdup.toString());
        }
        assertTrue(yard.queue.holdup("w999").orElseThrow().exact());
        assertTrue(yard.queue.holdup("w9500").orElseThrow().exact(), "near the end");
    }

    @Test
    void place_is_estimated_where_the_requests_around_it_were_cancelled() {
        many("w", 4_000);
        for (int i = 1500; i < 2500; i++) {
            if (i != 2000) {
                yard.queue.cancel("w" + i);
            }
        }
        long before = of("w2000").before();
        assertTrue(before >= 1000 && before <= 3000, "before: " + before);
    }

    @Test
    void retried_request_is_not_looked_for_where_it_stood_at_first() {
        yard.offered(5, "old");
        Lease lease = yard.queue.take("nonce--1", Yard.want(1)).leases().getFirst();
        many("w", 3_000);
        long now = System.currentTimeMillis();
        yard.queue.settle(
                List.of(
                        new WorkQueue.Ending(
                                lease,
                                new Settlement.Retry(
                                        Duration.ofMillis(1),
                                        "{\"attempt\":1,\"node\":\"n\",\"at\":" + now + "}"))));
        yard.pass(Duration.ofMillis(500));
        yard.call("yard_promote", 10);
        many("x", 3_000);
        Holdup holdup = of("old");
        assertTrue(holdup.before() > 1500, holdup.toString());
    }

    @Test
    void foreign_type_at_a_key_of_the_queue_is_named() {
        yard.offered("a");
        yard.set("q:default:normal", "not a list");
        assertThrows(CorruptKeyException.class, () -> yard.queue.holdup("a"));
    }
}
