package io.yardmaster.dispatcher.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.queue.Priority;
import io.yardmaster.queue.QueueDepth;
import io.yardmaster.queue.QueueName;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ThroughputTest {
    private static final QueueName LOW = new QueueName("default", Priority.LOW);

    private long now = 1;
    private final Throughput throughput = new Throughput(() -> now);

    private void look(long succeeded) {
        throughput.looked(
                List.of(new QueueDepth(LOW, 9, 0, 0, 0, 0, false, 0, succeeded, 0, 0, 0, 0)));
    }

    private void passes(Duration time) {
        now += time.toNanos();
    }

    @Test
    void rate_is_that_of_the_last_minute_and_not_of_the_night_before() {
        look(0);
        for (int second = 1; second <= 300; second++) {
            passes(Duration.ofSeconds(1));
            look(second <= 200 ? 1000L * second : 200_000 + 5L * (second - 200));
        }
        assertEquals(5, throughput.perSecond(LOW).orElseThrow(), 1e-9);
    }

    @Test
    void nothing_is_said_after_one_look_or_of_a_queue_that_stands_still() {
        assertTrue(throughput.perSecond(LOW).isEmpty());
        look(7);
        assertTrue(throughput.perSecond(LOW).isEmpty());
        passes(Duration.ofSeconds(10));
        look(7);
        assertTrue(throughput.perSecond(LOW).isEmpty());
    }

    @Test
    void queue_that_is_gone_is_forgotten() {
        look(0);
        passes(Duration.ofSeconds(10));
        look(50);
        assertEquals(5, throughput.perSecond(LOW).orElseThrow(), 1e-9);
        throughput.looked(List.of());
        assertTrue(throughput.perSecond(LOW).isEmpty());
    }
}
