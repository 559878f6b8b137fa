package io.yardmaster.nodes.strategy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// `least_response_time`, `random` and `power_of_two`.
final class LatencyTest {
    private static Table peaks(double... seconds) {
        Table table = Table.of(seconds.length);
        for (int i = 0; i < seconds.length; i++) {
            table.row(i).peakResponse = seconds[i];
        }
        return table;
    }

    @Test
    void quickest_node_serves_until_its_backlog_makes_it_slow() {
        int[] counts = peaks(0.1, 0.3).pileUp(new LeastResponseTime(), 400);
        assertEquals(300, counts[0], 2, () -> Arrays.toString(counts));
    }

    @Test
    void node_without_history_neither_draws_everything_nor_starves() {
        // zero would give it all (new pods crash), a large constant nothing
        int[] counts = peaks(0.1, 0.3, 0).pileUp(new LeastResponseTime(), 1100);
        // 1/0.1 : 1/0.3 : 1/0.2
        assertEquals(1100 * 5 / 18.33, counts[2], 5, () -> Arrays.toString(counts));
    }

    @Test
    void first_node_to_answer_fast_is_not_the_only_one_afterwards() {
        int[] counts = peaks(0.05, 0, 0).pileUp(new LeastResponseTime(), 300);
        assertArrayEquals(new int[] {100, 100, 100}, counts);
    }

    @Test
    void differences_below_a_millisecond_are_noise() {
        int[] counts = peaks(0.000_01, 0.000_9).choices(new LeastResponseTime(), 1000);
        assertEquals(500, counts[0], 60, () -> Arrays.toString(counts));
    }

    @Test
    void node_that_answers_in_two_seconds_is_left_alone() {
        Table table = Table.of(11);
        table.rows.forEach(row -> row.peakResponse = 0.17);
        table.row(4).peakResponse = 2;
        int[] counts = table.pileUp(new LeastResponseTime(), 100);
        assertEquals(0, counts[4], () -> Arrays.toString(counts));
    }

    @Test
    void latency_counts_in_proportion_and_not_as_latency_plus_a_second() {
        // 1/(latency + 1 s) makes 50 ms against 500 ms 1.43 times instead of 10
        int[] counts = peaks(0.05, 0.5).pileUp(new LeastResponseTime(), 1100);
        assertEquals(1000, counts[0], 3, () -> Arrays.toString(counts));
    }

    @Test
    void operators_weight_counts() {
        for (Strategy strategy :
                new Strategy[] {new LeastResponseTime(), new WeightedRandom(), new PowerOfTwo()}) {
            Table table = Table.of(2);
            table.row(0).weight = 3;
            int[] counts = table.pileUp(strategy, 4000);
            assertEquals(3000, counts[0], 120, () -> strategy + Arrays.toString(counts));
        }
    }

    @Test
    void random_node_that_fails_half_the_time_gets_a_sixth() {
        Table table = Table.of(2);
        table.row(0).errorRate = 0.5;
        int[] counts = table.choices(new WeightedRandom(), 7000);
        assertEquals(1000, counts[0], 120, () -> Arrays.toString(counts));
    }

    @Test
    void power_of_two_spreads_a_pile_by_capacity() {
        Table table = Table.of(3);
        table.row(0).speed = 2;
        table.row(0).freeCores = 8; // capacity 16 beside 4 and 1
        table.row(2).freeCores = 1;
        int[] counts = table.pileUp(new PowerOfTwo(), 2100);
        assertEquals(1600, counts[0], 40, () -> Arrays.toString(counts));
        assertEquals(400, counts[1], 30, () -> Arrays.toString(counts));
        assertEquals(100, counts[2], 20, () -> Arrays.toString(counts));
    }

    @Test
    void two_slow_ones_of_twelve_are_seldom_drawn_together() {
        Table table = Table.of(12);
        for (int i = 0; i < 4; i++) {
            table.row(i).speed = 0.1;
        }
        // evenly drawn, both are slow in 4·3 of 12·11 draws: 909 of 10,000
        int[] counts = table.choices(new PowerOfTwo(), 10_000);
        int slow = counts[0] + counts[1] + counts[2] + counts[3];
        assertTrue(slow < 60, "slow ones: " + slow);
    }

    @Test
    void power_of_two_compares_two_different_nodes() {
        Table table = Table.of(2);
        table.row(0).inFlight = 3;
        assertArrayEquals(new int[] {0, 1000}, table.choices(new PowerOfTwo(), 1000));
        assertArrayEquals(new int[] {10}, Table.of(1).choices(new PowerOfTwo(), 10));
    }

    @Test
    void power_of_two_does_not_herd_on_one_stale_report() {
        Table table = Table.of(4);
        table.row(2).freeCores = 8; // the latest report says: this one is idle
        int[] counts = table.choices(new PowerOfTwo(), 10_000); // nobody's own count is known
        assertTrue(counts[2] < 8500, () -> Arrays.toString(counts));
        assertTrue(counts[0] > 300 && counts[1] > 300 && counts[3] > 300);
    }
}
