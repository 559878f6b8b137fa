package io.yardmaster.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RequestIdsTest {
    @Test
    void ids_sort_by_their_time() {
        AtomicLong now = new AtomicLong(1_700_000_000_000L);
        RequestIds ids =
                new RequestIds(() -> Instant.ofEpochMilli(now.get()), new SplittableRandom(1));
        String before = ids.next();
        for (long step : new long[] {1, 61, 62, 3844, 86_400_000L, 31_536_000_000L}) {
            now.addAndGet(step);
            String next = ids.next();
            assertTrue(before.compareTo(next) < 0, before + " " + next);
            before = next;
        }
    }

    @Test
    void ids_and_nonces_are_fit_for_keys_and_do_not_repeat() {
        RequestIds ids = new RequestIds(() -> Instant.EPOCH, new SplittableRandom(2));
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 20_000; i++) {
            String id = ids.next();
            String nonce = ids.nonce();
            assertTrue(Request.isId(id) && id.length() == 16, id);
            assertTrue(nonce.matches("[0-9A-Za-z]{8}"), nonce);
            seen.add(id);
            seen.add(nonce);
        }
        assertEquals(40_000, seen.size());
    }
}
