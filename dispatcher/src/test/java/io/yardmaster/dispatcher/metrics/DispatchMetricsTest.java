package io.yardmaster.dispatcher.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.yardmaster.queue.Priority;
import io.yardmaster.queue.QueueDepth;
import io.yardmaster.queue.QueueName;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DispatchMetricsTest {
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    /// The registry holds what it asks weakly, and nobody else holds a method reference.
    @Test
    void counts_that_others_keep_go_on_after_a_garbage_collection() {
        DispatchMetrics metrics = new DispatchMetrics(meters);
        LongAdder limited = new LongAdder();
        LongAdder unreadable = new LongAdder();
        metrics.rateLimited("node", limited::sum);
        metrics.unreadable("answer", unreadable::sum);
        metrics.depths(List.of(depth("default", 7)));
        collectGarbage();
        limited.increment();
        unreadable.add(2);
        assertEquals(1, meters.get("yardmaster.rate.limited").functionCounter().count());
        assertEquals(2, meters.get("yardmaster.node.figures.unreadable").functionCounter().count());
        assertEquals(7, meters.get("yardmaster.queue.enqueued").functionCounter().count());
        assertEquals(7, meters.get("yardmaster.queue.depth").gauge().value());
    }

    private static void collectGarbage() {
        WeakReference<Object> witness = new WeakReference<>(new Object());
        for (int i = 0; i < 100 && witness.get() != null; i++) {
            System.gc();
        }
    }

    private static QueueDepth depth(String service, long waiting) {
        return new QueueDepth(
                new QueueName(service, Priority.LOW),
                waiting,
                0,
                0,
                0,
                0,
                false,
                waiting,
                0,
                0,
                0,
                0,
                0);
    }

    private Series<String, Counter> series(int most) {
        return new Series<>(
                meters,
                most,
                "other",
                name -> Counter.builder("calls").tags("name", name).register(meters));
    }

    @Test
    void names_that_a_user_makes_up_without_end_are_counted_together() {
        Series<String, Counter> series = series(2);
        for (String name : List.of("a", "b", "c", "d", "a")) {
            series.of(name).increment();
        }
        assertEquals(3, meters.find("calls").counters().size());
        assertEquals(2, meters.get("calls").tags("name", "a").counter().count());
        assertEquals(2, meters.get("calls").tags("name", "other").counter().count());
    }

    @Test
    void what_is_gone_leaves_the_page_after_a_last_scrape_and_makes_room() {
        Series<String, Counter> series = series(1);
        series.of("gone").increment();
        long grace = Series.GRACE.toNanos();
        series.retain(Set.of("new")::contains, 0);
        series.retain(Set.of("new")::contains, grace - 1);
        assertEquals(1, meters.get("calls").tags("name", "gone").counter().count());
        series.retain(Set.of("gone")::contains, grace);
        series.retain(Set.of("new")::contains, grace + 1);
        series.retain(Set.of("new")::contains, 2 * grace);
        assertEquals(1, meters.find("calls").counters().size(), "it was back in between");
        series.retain(Set.of("new")::contains, 2 * grace + 1);
        assertEquals(0, meters.find("calls").counters().size());
        series.of("new").increment();
        assertEquals(1, meters.get("calls").tags("name", "new").counter().count());
    }

    @Test
    void a_row_that_stays_is_never_off_the_page_while_it_changes() {
        Rows<String> rows = rows(10);
        rows.show(List.of("a", "b"), name -> name, _ -> 1.0);
        var before = meters.get("load").tags("name", "a").gauge();
        rows.show(List.of("a"), name -> name, _ -> 2.0);
        assertSame(before, meters.get("load").tags("name", "a").gauge());
        assertEquals(2, before.value());
        assertEquals(1, meters.find("load").gauges().size());
    }

    @Test
    void rows_have_a_bound_and_what_has_no_figure_has_no_row() {
        Rows<Integer> rows =
                new Rows<>(
                        meters,
                        Rows.Kind.GAUGE,
                        3,
                        "load",
                        "Load",
                        name -> Tags.of("name", name.toString()));
        List<Integer> ten = IntStream.range(0, 10).boxed().toList();
        assertEquals(7, rows.show(ten, n -> n, n -> (double) n));
        assertEquals(3, meters.find("load").gauges().size());
        assertEquals(0, rows.show(ten, n -> n, n -> n == 4 ? 1.0 : null));
        assertEquals(1, meters.find("load").gauges().size());
    }

    private Rows<String> rows(int most) {
        return new Rows<>(
                meters, Rows.Kind.GAUGE, most, "load", "Load", name -> Tags.of("name", name));
    }

    @Test
    void the_queues_of_a_service_that_is_gone_leave_the_page_once_they_are_empty() {
        PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        DispatchMetrics metrics = new DispatchMetrics(prometheus);
        metrics.nodes(List.of(), Set.of("video"), List.of(), 0);
        metrics.depths(List.of(depth("default", 0), depth("mail", 3), depth("video", 0)));
        String page = prometheus.scrape();
        assertTrue(page.contains("service=\"mail\"") && page.contains("service=\"video\""), page);
        metrics.nodes(List.of(), Set.of(), List.of(), 1);
        metrics.depths(List.of(depth("default", 0), depth("mail", 0), depth("video", 0)));
        page = prometheus.scrape();
        assertFalse(page.contains("mail") || page.contains("video"), page);
        assertTrue(page.contains("service=\"default\""), page);
    }
}
