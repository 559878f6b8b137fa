package io.yardmaster.dispatcher.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

class DispatchMetricsTest {
    /// The registry holds what it asks weakly, and nobody else holds a method reference.
    @Test
    void counts_that_others_keep_go_on_after_a_garbage_collection() {
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        DispatchMetrics metrics = new DispatchMetrics(meters);
        LongAdder limited = new LongAdder();
        LongAdder unreadable = new LongAdder();
        metrics.rateLimited("node", limited::sum);
        metrics.unreadable("answer", unreadable::sum);
        collectGarbage();
        limited.increment();
        unreadable.add(2);
        assertEquals(1, meters.get("yardmaster.rate.limited").functionCounter().count());
        assertEquals(2, meters.get("yardmaster.node.figures.unreadable").functionCounter().count());
    }

    private static void collectGarbage() {
        WeakReference<Object> witness = new WeakReference<>(new Object());
        for (int i = 0; i < 100 && witness.get() != null; i++) {
            System.gc();
        }
    }
}
