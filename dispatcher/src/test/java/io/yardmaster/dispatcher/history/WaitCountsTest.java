package io.yardmaster.dispatcher.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class WaitCountsTest {
    private static WaitCounts of(long... waits) {
        int[] buckets = new int[WaitCounts.BUCKETS];
        for (long wait : waits) {
            buckets[WaitCounts.bucket(wait)]++;
        }
        return WaitCounts.of(buckets);
    }

    @Test
    void a_wait_is_known_to_within_a_sixteenth_and_buckets_do_not_overlap() {
        int last = -1;
        for (long wait = 0; wait < 5_000_000; wait += 1 + wait / 50) {
            int bucket = WaitCounts.bucket(wait);
            assertTrue(bucket >= last, "bucket of " + wait);
            assertTrue(bucket < WaitCounts.BUCKETS);
            assertTrue(Math.abs(WaitCounts.value(bucket) - wait) <= wait / 16 + 1, "of " + wait);
            last = bucket;
        }
        assertEquals(0, WaitCounts.bucket(-5));
        assertEquals(WaitCounts.BUCKETS - 1, WaitCounts.bucket(Long.MAX_VALUE));
    }

    @Test
    void percentiles_of_two_replicas_are_those_of_all_their_requests() {
        WaitCounts quick = of(1, 1, 1, 1, 1, 1, 1, 1, 1);
        WaitCounts slow = of(10);
        WaitCounts both = WaitCounts.parse(quick.text()).plus(WaitCounts.parse(slow.text()));
        assertEquals(OptionalLong.of(1), both.quantile(0.5));
        assertEquals(OptionalLong.of(1), both.quantile(0.9));
        assertEquals(OptionalLong.of(10), both.quantile(0.95));
        assertEquals(OptionalLong.of(10), both.quantile(1));
    }

    @Test
    void nothing_sent_has_no_percentiles() {
        assertEquals(OptionalLong.empty(), WaitCounts.NONE.quantile(0.5));
        assertTrue(WaitTimes.of(WaitCounts.NONE).isEmpty());
        assertEquals("", WaitCounts.NONE.text());
    }

    @Test
    void what_somebody_damaged_is_passed_over() {
        assertEquals(of(3).counts(), WaitCounts.parse("x:1 3:1 9999:2 4:").counts());
    }
}
