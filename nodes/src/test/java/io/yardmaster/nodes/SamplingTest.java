package io.yardmaster.nodes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SamplingTest {
    private static final long SECOND = 1_000_000_000L;

    private static int taken(Sampling sampling, int nodes, int asked, long from, long to) {
        int taken = 0;
        for (int i = 0; i < asked; i++) {
            taken += sampling.takes(nodes, from + (to - from) / asked * i) ? 1 : 0;
        }
        return taken;
    }

    @Test
    void quiet_system_is_sampled_in_full() {
        Sampling sampling = new Sampling(10, 0);
        assertEquals(600, taken(sampling, 5, 600, 0, 60 * SECOND));
    }

    @Test
    void flood_is_sampled_at_the_rate_and_a_burst_in_full() {
        Sampling sampling = new Sampling(10, 0);
        assertEquals(100, taken(sampling, 5, 1000, 0, 0), "ten seconds' worth");
        int later = taken(sampling, 5, 100_000, 0, 60 * SECOND);
        assertTrue(Math.abs(later - 600) <= 1, "in a minute: " + later);
    }

    @Test
    void decision_about_many_nodes_counts_as_several() {
        Sampling sampling = new Sampling(10, 0);
        int taken = taken(sampling, 640, 100_000, 0, 60 * SECOND);
        assertTrue(Math.abs(taken - 70) <= 1, "a tenth of 700, but " + taken);
    }

    @Test
    void rate_of_zero_takes_nothing_and_a_negative_one_is_refused() {
        assertFalse(new Sampling(0, 0).takes(1, SECOND));
        assertThrows(IllegalArgumentException.class, () -> new Sampling(-1, 0));
        assertThrows(IllegalArgumentException.class, () -> new Sampling(Double.NaN, 0));
    }

    @Test
    void clock_that_goes_back_gives_nothing() {
        Sampling sampling = new Sampling(1, 100 * SECOND);
        assertEquals(10, taken(sampling, 1, 100, 100 * SECOND, 100 * SECOND));
        assertFalse(sampling.takes(1, 0));
        assertFalse(sampling.takes(1, SECOND / 2));
    }
}
