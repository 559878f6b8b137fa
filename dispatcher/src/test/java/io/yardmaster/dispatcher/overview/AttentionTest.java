package io.yardmaster.dispatcher.overview;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.yardmaster.dispatcher.dispatch.Durability;
import io.yardmaster.dispatcher.history.Flow;
import io.yardmaster.nodes.Node;
import io.yardmaster.nodes.NodeView;
import io.yardmaster.nodes.Report;
import io.yardmaster.queue.Priority;
import io.yardmaster.queue.QueueDepth;
import io.yardmaster.queue.QueueName;
import io.yardmaster.ratelimit.BreakerState;
import io.yardmaster.ratelimit.Breakers;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Each sentence that an operator may read.
class AttentionTest {
    private static final QueueName LOW = new QueueName("default", Priority.LOW);

    private final List<QueueDepth> depths = new ArrayList<>();
    private final Map<QueueName, Flow> flows = new HashMap<>();
    private final List<NodeView> nodes = new ArrayList<>();
    private final List<Breakers.Entry> tripped = new ArrayList<>();
    private final Map<QueueName, Long> paused = new HashMap<>();
    private final List<String> persistence = new ArrayList<>();
    private final Map<String, Long> repaired = new HashMap<>();
    private Set<String> served = Set.of("default");
    private Durability durability = Durability.FSYNC;
    private String refusal = "";
    private long quarantined;

    private static QueueDepth depth(long depth, long dead, long oldestMs, boolean paused) {
        return new QueueDepth(LOW, depth, 0, 0, dead, oldestMs, paused, 0, 0, 0, 0, 0, 0);
    }

    private void node(String id, NodeView.State state, Duration reportAge) {
        nodes.add(
                new NodeView(
                        Node.at(id, URI.create("http://127.0.0.1:1")),
                        state,
                        new Report(0, 0, 0, 1, 0),
                        reportAge,
                        0,
                        0,
                        0,
                        100,
                        0,
                        0,
                        100));
    }

    private List<String> told() {
        return Attention.of(
                        new Situation(
                                depths,
                                flows,
                                nodes,
                                tripped,
                                served,
                                new Situation.Slow(
                                        paused,
                                        quarantined,
                                        durability,
                                        refusal,
                                        persistence,
                                        repaired),
                                new Situation.Bounds(
                                        _ -> Duration.ofSeconds(30),
                                        10_000,
                                        10_000,
                                        Duration.ofSeconds(30))))
                .stream()
                .map(notice ->
                        notice.severity()
                                + " ["
                                + notice.subject()
                                + "] "
                                + notice.text()
                                + notice.href().map(href -> " " + href).orElse(""))
                .toList();
    }

    @Test
    void a_yard_that_is_well_needs_nothing() {
        depths.add(depth(3, 5, 200, false));
        node("nuc", NodeView.State.HEALTHY, Duration.ofSeconds(5));
        node("pi", NodeView.State.UNKNOWN, Duration.ofSeconds(5));
        node("nas", NodeView.State.DRAINING, Duration.ofSeconds(5));
        assertEquals(List.of(), told());
    }

    @Test
    void a_paused_queue() {
        depths.add(depth(12, 0, 9_000_000, true));
        paused.put(LOW, Duration.ofMinutes(65).toMillis());
        assertEquals(
                List.of(
                        "WARNING [queue default/low] Queue default/low is paused for 1 h 5 min, and"
                                + " 12 requests wait. #/queues/default/low"),
                told());
    }

    @Test
    void a_paused_queue_that_is_empty() {
        depths.add(depth(0, 0, 0, true));
        paused.put(LOW, 45_000L);
        assertEquals(
                List.of(
                        "WARNING [queue default/low] Queue default/low is paused for 45 s."
                                + " #/queues/default/low"),
                told());
    }

    @Test
    void a_request_that_waits_long() {
        depths.add(depth(1, 0, Duration.ofMinutes(6).toMillis(), false));
        assertEquals(
                List.of(
                        "WARNING [queue default/low] Queue default/low has a request that waits for"
                                + " 6 min (more than 5 min is long). #/queues/default/low"),
                told());
    }

    @Test
    void a_request_that_waits_for_hours() {
        depths.add(depth(1, 0, Duration.ofMinutes(125).toMillis(), false));
        assertEquals(
                List.of(
                        "CRITICAL [queue default/low] Queue default/low has a request that waits for"
                                + " 2 h 5 min (more than 5 min is long). #/queues/default/low"),
                told());
    }

    @Test
    void a_queue_that_is_nearly_full() {
        depths.add(depth(8_500, 0, 0, false));
        assertEquals(
                List.of(
                        "WARNING [queue default/low] Queue default/low is nearly full: it holds 8,500"
                                + " of 10,000 requests. #/queues/default/low"),
                told());
    }

    @Test
    void a_queue_that_is_full() {
        depths.add(depth(10_000, 0, 0, false));
        assertEquals(
                List.of(
                        "CRITICAL [queue default/low] Queue default/low is full: it holds 10,000"
                                + " requests, and new ones are refused. #/queues/default/low"),
                told());
    }

    @Test
    void requests_that_die() {
        depths.add(depth(0, 40, 0, false));
        flows.put(LOW, new Flow(0, 0, 3, 0, 3));
        assertEquals(
                List.of(
                        "WARNING [queue default/low] Queue default/low lost 3 requests as dead in the"
                                + " last minute; 40 are kept. #/dead"),
                told());
    }

    @Test
    void more_dead_than_are_kept() {
        depths.add(depth(0, 10_000, 0, false));
        assertEquals(
                List.of(
                        "CRITICAL [queue default/low] Queue default/low keeps no more than 10,000 dead"
                                + " requests, so the oldest are dropped. #/dead"),
                told());
    }

    @Test
    void work_that_no_node_can_do() {
        served = Set.of();
        depths.add(depth(1, 0, 0, false));
        assertEquals(
                List.of(
                        "CRITICAL [service default] 1 request waits for default, and no node can serve"
                                + " it. #/services/default"),
                told());
    }

    @Test
    void a_node_that_is_unhealthy() {
        node("nuc", NodeView.State.UNHEALTHY, Duration.ofHours(1));
        assertEquals(
                List.of(
                        "CRITICAL [node nuc] Node nuc fails its health checks and gets no requests."
                                + " #/nodes/nuc"),
                told());
    }

    @Test
    void a_node_that_no_longer_reports() {
        node("nuc", NodeView.State.HEALTHY, Duration.ofSeconds(252));
        assertEquals(
                List.of(
                        "WARNING [node nuc] Node nuc has not reported for 4 min 12 s: what it said of"
                                + " its load no longer counts. #/nodes/nuc"),
                told());
    }

    @Test
    void breakers_that_are_open() {
        tripped.add(new Breakers.Entry("default", "nuc", new BreakerState.Open(1, 2, 1)));
        tripped.add(
                new Breakers.Entry(
                        "default", "pi", new BreakerState.HalfOpen(1, 2, 1, List.of(), 0, 1)));
        assertEquals(
                List.of(
                        "WARNING [node nuc] Node nuc failed too often for default: its breaker is"
                                + " open. #/nodes/nuc",
                        "WARNING [node pi] Node pi is tried again for default: its breaker is half"
                                + " open. #/nodes/pi"),
                told());
    }

    @Test
    void redis_that_may_lose_requests() {
        durability = Durability.RELAXED;
        persistence.add("Redis could not write its append-only file: its disk may be full.");
        assertEquals(
                List.of(
                        "CRITICAL [redis] Redis could not write its append-only file: its disk may be"
                                + " full. #/settings",
                        "WARNING [redis] Redis does not write every request to disk before it is"
                                + " accepted: a crash may lose the last ones. #/settings"),
                told());
    }

    @Test
    void redis_whose_settings_make_enqueues_be_refused() {
        refusal = "redis maxmemory-policy: allkeys-lru (expected: noeviction)";
        assertEquals(
                List.of(
                        "CRITICAL [redis] New requests are refused: redis maxmemory-policy: allkeys-lru"
                                + " (expected: noeviction). #/settings"),
                told());
    }

    @Test
    void what_was_pushed_and_is_no_request_and_what_the_audit_mended() {
        quarantined = 2;
        repaired.put("lost-ticket", 3L);
        assertEquals(
                List.of(
                        "WARNING [quarantine] 2 items were pushed into Redis and could not be read as"
                                + " requests.",
                        "WARNING [audit] The audit found and mended damage in Redis: lost-ticket, 3"
                                + " times."),
                told());
    }

    @Test
    void a_bad_day_stays_readable_and_the_worst_comes_first() {
        for (int i = 0; i < 80; i++) {
            node("late" + i, NodeView.State.HEALTHY, Duration.ofHours(1));
        }
        node("gone", NodeView.State.UNHEALTHY, Duration.ofHours(1));
        List<String> told = told();
        assertEquals(Attention.MOST, told.size());
        assertEquals(true, told.getFirst().startsWith("CRITICAL [node gone]"));
    }

    @Test
    void a_queue_is_empty_when_its_pace_says_so() {
        QueueDepth depth = depth(30, 0, 0, false);
        assertEquals(
                90_000,
                new Overview.Queue(depth, new Flow(10, 30, 0, 0, 30), List.of())
                        .emptyInMs()
                        .orElseThrow());
        assertEquals(
                true,
                new Overview.Queue(depth, new Flow(30, 30, 0, 0, 30), List.of())
                        .emptyInMs()
                        .isEmpty());
    }
}
