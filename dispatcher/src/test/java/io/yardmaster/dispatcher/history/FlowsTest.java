package io.yardmaster.dispatcher.history;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.yardmaster.queue.Priority;
import io.yardmaster.queue.QueueDepth;
import io.yardmaster.queue.QueueName;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class FlowsTest {
    private static final QueueName LOW = new QueueName("default", Priority.LOW);
    private static final long BEGAN = 1_700_000_000_000L;

    private final Flows flows = new Flows();

    private static List<QueueDepth> counters(long enqueued, long succeeded) {
        return List.of(new QueueDepth(LOW, 0, 0, 0, 0, 0, false, enqueued, succeeded, 0, 0, 0, 0));
    }

    private void look(long afterMs, long enqueued, long succeeded) {
        flows.looked(BEGAN + afterMs, counters(enqueued, succeeded));
    }

    private Flow minute(long afterMs) {
        return flows.lastMinute(BEGAN + afterMs).getOrDefault(LOW, Flow.NONE);
    }

    @Test
    void a_minute_slides_and_forgets() {
        look(0, 1000, 500);
        look(5_000, 1010, 505);
        assertEquals(10, minute(5_000).enqueued());
        assertEquals(5, minute(5_000).succeeded());
        look(65_000, 1010, 505);
        assertEquals(5, minute(65_000).enqueued(), "half of the first step is in the minute");
        look(71_000, 1010, 505);
        assertEquals(0, minute(71_000).enqueued());
    }

    @Test
    void counters_that_go_back_after_a_restore_say_nothing() {
        look(0, 1000, 500);
        look(2_000, 10, 5);
        assertEquals(0, minute(2_000).enqueued());
        look(4_000, 12, 6);
        assertEquals(2, minute(4_000).enqueued());
    }

    @Test
    void a_queue_that_is_new_since_the_last_look_counts_from_nothing() {
        flows.looked(BEGAN, List.of());
        look(1_000, 7, 0);
        assertEquals(7, minute(1_000).enqueued());
    }

    @Test
    void a_look_just_after_a_step_belongs_to_it() {
        look(0, 0, 0);
        look(10_050, 0, 4);
        long first = BEGAN / Flows.STEP_MS;
        assertEquals(4, flows.step(first).getOrDefault(LOW, Flow.NONE).succeeded());
        look(20_050, 0, 10);
        List<Long> steps = flows.succeeded(LOW);
        assertEquals(Flows.STEPS, steps.size());
        assertEquals(4, steps.getLast());
        look(30_050, 0, 10);
        assertEquals(List.of(4L, 6L), flows.succeeded(LOW).subList(28, 30));
    }

    @Test
    void a_restart_knows_the_minutes_before_it_from_the_history() {
        long now = BEGAN / Flows.STEP_MS;
        List<String> names =
                List.of("rate.enqueued:default/low", "rate.succeeded:default/low", "inFlight");
        Map<Long, float[]> rows = new TreeMap<>();
        rows.put(now - 2, new float[] {0.5f, 0.3f, 1});
        rows.put(now - 1, new float[] {0.1f});
        flows.restore(new Block(names, rows));
        look(0, 1000, 500);
        assertEquals(6, minute(0).enqueued(), 1e-3);
        assertEquals(3, minute(0).succeeded(), 1e-3);
        assertEquals(3, flows.succeeded(LOW).get(Flows.STEPS - 2));
    }

    @Test
    void a_long_pause_leaves_nothing_old() {
        look(0, 0, 0);
        look(1_000, 50, 50);
        look(3_600_000, 50, 50);
        assertEquals(0, minute(3_600_000).enqueued());
        assertEquals(Collections.nCopies(Flows.STEPS, 0L), flows.succeeded(LOW));
    }
}
