package io.yardmaster.nodes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// Nodes that are modelled by the pace at which they complete what is in flight.
class CapacityTest {
    private static final double FREE_CORES = 4;
    private static final double MEAN_SECONDS = 0.2;

    private long now = 5_000_000_000L;
    private final Capacity capacity = new Capacity(now);
    private double owed;

    private interface Node {
        /// Requests completed in a second with so many in flight.
        double throughput(double inFlight);
    }

    private static Node cores(double cores, double speed) {
        return inFlight -> speed * Math.min(cores, inFlight);
    }

    private void run(Node node, int own, double seconds) {
        for (double t = 0; t < seconds; t += 0.05) {
            now += 50_000_000L;
            capacity.passed(own, 1, FREE_CORES, now);
            owed += 0.05 * node.throughput(own);
            while (owed >= 1) {
                owed--;
                capacity.completed();
            }
        }
        capacity.learn(FREE_CORES, MEAN_SECONDS, false);
        capacity.believe(capacity.lastingPace());
    }

    @Test
    void pace_is_what_one_core_completes_however_many_share_it() {
        run(cores(4, 5), 2, 20);
        assertEquals(5, capacity.pace(), 0.3);
        run(cores(4, 5), 12, 20);
        assertEquals(5, capacity.pace(), 0.5);
    }

    @Test
    void node_that_others_load_is_noticed_within_seconds_without_a_report() {
        run(cores(4, 5), 3, 60);
        run(cores(1, 5), 3, 3);
        assertTrue(capacity.pace() < 3.5, "pace: " + capacity.pace());
    }

    @Test
    void node_that_answers_nothing_any_more_gets_dearer_by_the_second() {
        run(cores(4, 5), 3, 60);
        double before = capacity.pace();
        run(inFlight -> 0, 3, 3);
        double after = capacity.pace();
        assertTrue(after < before / 2, before + " -> " + after);
    }

    @Test
    void limit_binds_where_more_requests_only_slow_each_other_down() {
        assertEquals(Integer.MAX_VALUE, capacity.limit(), "nothing is known");
        run(cores(4, 5), 3, 60);
        assertEquals(Integer.MAX_VALUE, capacity.limit(), "nothing speaks against more");
        run(cores(4, 5), 16, 60);
        assertEquals(6, capacity.limit(), 0.01);
        assertEquals(4, capacity.parallel(), 0.01);
    }

    @Test
    void service_with_one_lane_on_four_cores_gets_two_at_most() {
        run(cores(1, 5), 1, 60);
        run(cores(1, 5), 4, 60);
        assertTrue(capacity.limit() <= 2.4, "limit: " + capacity.limit());
        assertTrue(capacity.limit() >= 2, "the urgent need one besides: " + capacity.limit());
    }

    @Test
    void work_that_waits_for_others_is_not_limited_by_cores() {
        Node waiting = inFlight -> 5 * inFlight;
        run(waiting, 3, 30);
        run(waiting, 40, 30);
        assertEquals(Integer.MAX_VALUE, capacity.limit());
        assertTrue(capacity.parallel() >= 30, "parallel: " + capacity.parallel());
    }

    @Test
    void idle_cpu_beside_many_requests_says_that_more_may_come() {
        run(inFlight -> 0.1 * inFlight, 12, 10);
        capacity.reported(0.1, FREE_CORES, 12);
        capacity.learn(FREE_CORES, MEAN_SECONDS, false);
        assertEquals(120, capacity.parallel(), 5);
    }

    @Test
    void saturated_cpu_limits_before_any_knee_was_seen() {
        run(cores(4, 5), 16, 60);
        capacity.learn(FREE_CORES, MEAN_SECONDS, true);
        assertTrue(capacity.limit() < 1000, "limit: " + capacity.limit());
    }

    @Test
    void quick_responses_are_never_limited() {
        run(cores(4, 500), 3, 60);
        run(cores(4, 500), 16, 60);
        capacity.learn(FREE_CORES, 0.002, true);
        assertEquals(Integer.MAX_VALUE, capacity.limit());
    }

    @Test
    void word_of_the_others_counts_at_once_and_fades_within_a_second() {
        assertEquals(9, capacity.total(3, 3, now), 1e-9, "each is like us");
        capacity.heard(1, now);
        assertEquals(4, capacity.total(3, 3, now), 1e-9);
        assertEquals(6.5, capacity.total(3, 3, now + 500_000_000L), 1e-9);
        assertEquals(9, capacity.total(3, 3, now + 2_000_000_000L), 1e-9);
        assertEquals(3, capacity.total(3, 1, now), 1e-9, "alone");
    }
}
