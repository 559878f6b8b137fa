package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

final class SharedCoresTest {
    private static final long SECOND = 1_000_000_000L;

    @Test
    void jobs_up_to_the_cores_run_at_full_speed() {
        SharedCores<String> cores = new SharedCores<>(2, 0.5, 0);
        cores.begin("a", 1, 0);
        cores.begin("b", 1.5, 0);
        assertEquals(2 * SECOND, cores.next());
        assertEquals(List.of("a"), cores.ended(2 * SECOND));
        assertEquals(3 * SECOND, cores.next());
        assertEquals(List.of("b"), cores.ended(3 * SECOND));
        assertEquals(Long.MAX_VALUE, cores.next());
    }

    @Test
    void more_jobs_than_cores_share_them_and_speed_up_when_one_ends() {
        SharedCores<String> cores = new SharedCores<>(1, 1, 0);
        cores.begin("short", 1, 0);
        cores.begin("long", 2, 0);
        // Half a core each until the short one ends at 2 s, then one more second alone.
        assertEquals(List.of("short"), cores.ended(2 * SECOND));
        assertEquals(3 * SECOND, cores.next());
    }

    @Test
    void who_comes_later_slows_down_who_is_there() {
        SharedCores<String> cores = new SharedCores<>(1, 1, 0);
        cores.begin("first", 2, 0);
        cores.begin("second", 0.5, SECOND);
        assertEquals(List.of("second"), cores.ended(2 * SECOND));
        assertEquals(List.of("first"), cores.ended(5 * SECOND / 2));
    }

    @Test
    void several_that_ended_before_anybody_looked_end_in_order() {
        SharedCores<String> cores = new SharedCores<>(1, 1, 0);
        cores.begin("b", 0.2, 0);
        cores.begin("a", 0.1, 0);
        assertEquals(List.of("a", "b"), cores.ended(10 * SECOND));
    }

    @Test
    void busy_time_counts_used_cores_only() {
        SharedCores<String> cores = new SharedCores<>(4, 1, 0);
        assertEquals(0, cores.busySeconds(SECOND));
        cores.begin("a", 1, SECOND);
        cores.begin("b", 1, SECOND);
        assertEquals(2, cores.busySeconds(2 * SECOND), 1e-9);
        assertEquals(2, cores.ended(2 * SECOND).size());
        assertEquals(2, cores.busySeconds(9 * SECOND), 1e-9);
    }
}
