package io.yardmaster.nodes;

import static io.yardmaster.nodes.FakeSource.node;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.nodes.Choice.Chosen;
import io.yardmaster.nodes.Choice.None;
import io.yardmaster.nodes.Choice.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

final class NodesTest {
    private static final Duration FAST = Duration.ofMillis(50);

    private final FakeSource source = new FakeSource();
    private final List<String> news = new ArrayList<>();
    private long now = 1_000_000_000_000L;
    private final Nodes nodes =
            new Nodes(
                    source,
                    NodesConfig.defaults(),
                    () -> now,
                    RandomGeneratorFactory.of("L64X128MixRandom").create(5),
                    new NodeListener() {
                        @Override
                        public void registered(Node node) {
                            news.add("registered " + node.id());
                        }

                        @Override
                        public void removed(Node node) {
                            news.add("removed " + node.id());
                        }

                        @Override
                        public void healthChanged(Node node, Health from, Health to) {
                            news.add(node.id() + " " + from + " -> " + to);
                        }
                    });

    private void pass(double seconds) {
        now += (long) (seconds * 1e9);
    }

    private Pass chosen() {
        return chosen(ChoiceRequest.ANY);
    }

    private Pass chosen(ChoiceRequest request) {
        Choice choice = nodes.choose("default", request);
        return assertInstanceOf(Chosen.class, choice, choice.toString()).pass();
    }

    private Reason refused(ChoiceRequest request) {
        Choice choice = nodes.choose("default", request);
        return assertInstanceOf(None.class, choice, choice.toString()).reason();
    }

    private void check(String id, String results) {
        for (int i = 0; i < results.length(); i++) {
            nodes.checked(source.get(id), results.charAt(i) == '+');
        }
    }

    private int inFlight(String id) {
        return nodes.view(id).orElseThrow().inFlight();
    }

    private Map<String, Integer> idle(int times) {
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < times; i++) {
            Pass pass = chosen();
            counts.merge(pass.node().id(), 1, Integer::sum);
            pass.ignored();
        }
        return counts;
    }

    private static double believedCpu(Explanation explanation) {
        return explanation.terms().getOrDefault("cpu", -1.0);
    }

    private static ChoiceRequest excluding(String... ids) {
        return new ChoiceRequest(Map.of(), null, null, null, null, null, Set.of(ids), node -> true);
    }

    private static ChoiceRequest refusing(String... ids) {
        Set<String> refused = Set.of(ids);
        return new ChoiceRequest(
                Map.of(),
                null,
                null,
                null,
                null,
                null,
                Set.of(),
                node -> !refused.contains(node.id()));
    }

    private static ChoiceRequest labelled(String name, String value) {
        return new ChoiceRequest(
                Map.of(name, value), null, null, null, null, null, Set.of(), node -> true);
    }

    @Test
    void every_reason_for_no_node_is_told() {
        nodes.refresh();
        assertEquals(Reason.NO_NODES, refused(ChoiceRequest.ANY));

        source.put(node("a", 1)).put(node("b", 1));
        nodes.refresh();
        assertEquals(Reason.NONE_WITH_LABELS, refused(labelled("gpu", "true")));
        assertEquals(Reason.ALL_EXCLUDED, refused(excluding("a", "b")));
        assertEquals(Reason.ALL_REFUSED, refused(refusing("a", "b")));
        chosen();
        chosen();
        assertEquals(Reason.ALL_BUSY, refused(ChoiceRequest.ANY));

        check("a", "-");
        check("b", "-");
        assertEquals(Reason.ALL_UNHEALTHY, refused(ChoiceRequest.ANY));

        source.put(node("a", 1).withDraining(true)).put(node("b", 1).withDraining(true));
        nodes.refresh();
        assertEquals(Reason.ALL_DRAINING, refused(ChoiceRequest.ANY));
    }

    @Test
    void mixed_reasons_are_counted_and_the_closest_to_serving_is_named() {
        source.put(node("a", 1)).put(node("b", 1)).put(node("c", 1).withDraining(true));
        nodes.refresh();
        check("b", "-");
        chosen();
        assertEquals(
                new None(
                        Reason.ALL_BUSY,
                        "service default has 3 nodes: 1 draining, 1 unhealthy, 1 busy"),
                nodes.choose("default", ChoiceRequest.ANY));
    }

    @Test
    void labels_find_the_node_that_carries_them() {
        source.put(node("a", 9)).put(node("b", 9, false, Map.of("gpu", "true", "os", "linux")));
        nodes.refresh();
        assertEquals("b", chosen(labelled("gpu", "true")).node().id());
        assertEquals(Reason.NONE_WITH_LABELS, refused(labelled("gpu", "false")));
    }

    @Test
    void slot_is_freed_exactly_once_by_whatever_ending_comes_first() {
        source.put(node("a", 10));
        nodes.refresh();
        List<java.util.function.Consumer<Pass>> endings =
                List.of(p -> p.succeeded(FAST), p -> p.failed(FAST), Pass::ignored);
        for (var first : endings) {
            for (var second : endings) {
                Pass kept = chosen();
                Pass pass = chosen();
                assertEquals(2, inFlight("a"));
                first.accept(pass);
                second.accept(pass);
                second.accept(pass);
                assertEquals(1, inFlight("a"));
                kept.ignored();
                assertEquals(0, inFlight("a"));
            }
        }
        NodeView view = nodes.view("a").orElseThrow();
        assertEquals(3, view.served());
        assertEquals(3, view.failed());
    }

    @Test
    void sixty_four_threads_never_exceed_the_slots_nor_lose_one() throws Exception {
        source.put(node("a", 7)).put(node("b", 5));
        nodes.refresh();
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger served = new AtomicInteger();
        CountDownLatch go = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newFixedThreadPool(64)) {
            List<Future<?>> all = new ArrayList<>();
            for (int t = 0; t < 64; t++) {
                int ending = t;
                all.add(
                        threads.submit(() -> {
                            go.await();
                            for (int i = 0; i < 500; i++) {
                                if (nodes.choose("default", ChoiceRequest.ANY)
                                        instanceof Chosen(Pass pass)) {
                                    most.accumulateAndGet(running.incrementAndGet(), Math::max);
                                    served.incrementAndGet();
                                    running.decrementAndGet();
                                    switch ((ending + i) % 3) {
                                        case 0 -> pass.succeeded(FAST);
                                        case 1 -> pass.failed(FAST);
                                        default -> pass.ignored();
                                    }
                                    pass.ignored();
                                }
                            }
                            return null;
                        }));
            }
            go.countDown();
            for (Future<?> thread : all) {
                thread.get(60, TimeUnit.SECONDS);
            }
        }
        assertTrue(most.get() <= 12, "in flight at once: " + most);
        assertTrue(served.get() > 64, "served: " + served);
        assertEquals(0, inFlight("a"));
        assertEquals(0, inFlight("b"));
        assertEquals(12, nodes.freeSlots("default"));
    }

    @Test
    void slots_are_shared_by_the_live_replicas() {
        source.put(node("a", 10)).put(node("b", 5)).put(node("c", 100).withDraining(true));
        nodes.refresh();
        assertEquals(15, nodes.slots("default"));
        nodes.setLiveReplicas(3);
        assertEquals(4 + 2, nodes.slots("default"));
        chosen();
        assertEquals(5, nodes.freeSlots("default"));
        assertEquals(6, nodes.slots("default"));
        check("a", "-");
        assertEquals(2, nodes.slots("default"));
        assertEquals(0, nodes.slots("nobody"));
    }

    @Test
    void fewer_replicas_share_than_run_here_and_no_slot_is_negative() {
        source.put(node("a", 10));
        nodes.refresh();
        for (int i = 0; i < 10; i++) {
            chosen();
        }
        nodes.setLiveReplicas(5);
        assertEquals(0, nodes.freeSlots("default"));
        assertEquals(Reason.ALL_BUSY, refused(ChoiceRequest.ANY));
    }

    @Test
    void backup_serves_only_while_no_other_can() {
        source.put(node("main", 1)).put(node("spare", 5, true, Map.of()));
        nodes.refresh();
        assertEquals(Map.of("main", 20), idle(20));
        assertEquals(1, nodes.freeSlots("default"));
        Pass main = chosen();
        assertEquals(Reason.ALL_BUSY, refused(ChoiceRequest.ANY));
        main.succeeded(FAST);
        assertEquals("spare", chosen(refusing("main")).node().id());
        assertEquals("spare", chosen(excluding("main")).node().id());
        check("main", "-");
        assertEquals("spare", chosen().node().id());
        assertEquals(2, nodes.freeSlots("default"));
        check("main", "++");
        assertEquals(Map.of("main", 20), idle(20));
    }

    @Test
    void node_above_a_resource_threshold_is_used_only_when_no_other_can_serve() {
        source.put(node("hot", 9)).put(node("cool", 1));
        source.report("hot", 0.95, Duration.ZERO);
        source.report("cool", 0.5, Duration.ZERO);
        nodes.refresh();
        assertEquals(Map.of("cool", 20), idle(20));
        chosen();
        assertEquals("hot", chosen().node().id());
    }

    @Test
    void expired_report_falls_to_the_median_of_the_peers_and_not_to_zero() {
        source.put(node("silent", 9)).put(node("a", 9)).put(node("b", 9));
        source.strategy("default", "resource_based");
        source.report("silent", 0.0, Duration.ZERO);
        source.report("a", 0.3, Duration.ZERO);
        source.report("b", 0.5, Duration.ZERO);
        nodes.refresh();
        assertEquals(Map.of("silent", 10), idle(10));
        pass(31);
        source.report("silent", 0.0, Duration.ofSeconds(31));
        nodes.refresh();
        assertEquals(Map.of("a", 10), idle(10));
        double silent = believedCpu(nodes.explain("default", ChoiceRequest.ANY).getLast());
        assertEquals(0.4, silent, 1e-9);
        NodeView view = nodes.view("silent").orElseThrow();
        assertEquals(Duration.ofSeconds(31), view.reportAge());
    }

    @Test
    void one_report_that_is_read_many_times_counts_once() {
        source.put(node("a", 9));
        source.strategy("default", "resource_based");
        source.report("a", 0.0, Duration.ZERO);
        nodes.refresh();
        pass(10);
        source.report("a", 0.5, Duration.ZERO);
        for (int i = 0; i < 10; i++) {
            nodes.refresh();
            pass(1);
            source.report("a", 0.5, Duration.ofSeconds(i + 1));
        }
        double cpu = believedCpu(nodes.explain("default", ChoiceRequest.ANY).getFirst());
        // smoothed over 2 s, after 10 s without a report
        assertEquals(0.5 * (1 - Math.exp(-5)), cpu, 1e-9);
    }

    @Test
    void slow_node_is_avoided_until_it_recovers() {
        source.put(node("slow", 9)).put(node("a", 9)).put(node("b", 9));
        nodes.refresh();
        Duration[] slow = {Duration.ofSeconds(2)};
        Map<String, Integer> learning = serve(300, slow);
        assertTrue(learning.getOrDefault("slow", 0) <= 2, learning.toString());
        slow[0] = FAST;
        pass(180);
        nodes.refresh();
        Map<String, Integer> recovered = serve(300, slow);
        assertTrue(recovered.getOrDefault("slow", 0) >= 60, recovered.toString());
    }

    private Map<String, Integer> serve(int times, Duration[] slow) {
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < times; i++) {
            Pass pass = chosen();
            String id = pass.node().id();
            counts.merge(id, 1, Integer::sum);
            Duration took = id.equals("slow") ? slow[0] : FAST;
            pass(took.toMillis() / 1000.0);
            pass.succeeded(took);
        }
        return counts;
    }

    @Test
    void first_node_to_answer_does_not_draw_everything() {
        source.put(node("a", 99)).put(node("b", 99)).put(node("c", 99));
        nodes.refresh();
        Pass first = chosen(excluding("b", "c"));
        pass(0.01);
        first.succeeded(Duration.ofMillis(10));
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < 30; i++) {
            counts.merge(chosen().node().id(), 1, Integer::sum);
        }
        assertEquals(Map.of("a", 10, "b", 10, "c", 10), counts);
    }

    @Test
    void node_that_fails_at_once_keeps_next_to_nothing() {
        source.put(node("broken", 9)).put(node("a", 9)).put(node("b", 9));
        nodes.refresh();
        int failures = 0;
        for (int i = 0; i < 300; i++) {
            Pass pass = chosen();
            pass(0.05);
            if (pass.node().id().equals("broken")) {
                pass.failed(Duration.ofMillis(1));
                failures++;
            } else {
                pass.succeeded(FAST);
            }
        }
        assertTrue(failures <= 5, "failures: " + failures);
    }

    @Test
    void returning_node_starts_slowly_but_a_new_one_does_not() {
        source.put(node("a", 99)).put(node("b", 99));
        source.strategy("default", "round_robin");
        nodes.refresh();
        check("a", "+");
        assertEquals(Map.of("a", 50, "b", 50), idle(100));
        check("a", "---++");
        int at0 = idle(110).getOrDefault("a", 0);
        assertTrue(at0 >= 8 && at0 <= 12, "of 110: " + at0);
        pass(15);
        int at15 = idle(150).getOrDefault("a", 0);
        assertTrue(at15 >= 47 && at15 <= 53, "of 150: " + at15);
        pass(15);
        assertEquals(Map.of("a", 50, "b", 50), idle(100));
    }

    @Test
    void failures_are_forgiven_after_the_reset_interval() {
        source.put(node("a", 99)).put(node("b", 99));
        source.strategy("default", "round_robin");
        nodes.refresh();
        for (int i = 0; i < 28; i++) {
            Pass pass = chosen(excluding("b"));
            pass.failed(FAST);
        }
        pass(60);
        int decayed = idle(1000).getOrDefault("a", 0);
        assertTrue(decayed < 300, "of 1000: " + decayed);
        pass(3600);
        assertEquals(Map.of("a", 50, "b", 50), idle(100));
    }

    @Test
    void requests_in_flight_survive_registering_again_and_even_removal() {
        source.put(node("a", 2));
        nodes.refresh();
        Pass first = chosen();
        source.put(node("a", 3));
        nodes.refresh();
        assertEquals(1, inFlight("a"));
        source.remove("a");
        nodes.refresh();
        assertEquals(List.of(), nodes.view());
        assertEquals(Reason.NO_NODES, refused(ChoiceRequest.ANY));
        source.put(node("a", 3));
        nodes.refresh();
        assertEquals(1, inFlight("a"));
        first.succeeded(FAST);
        assertEquals(0, inFlight("a"));
    }

    @Test
    void changes_are_told_once() {
        source.put(node("a", 2)).put(node("b", 2));
        nodes.refresh();
        nodes.refresh();
        check("a", "++---");
        source.remove("b");
        nodes.refresh();
        assertEquals(Set.of("registered a", "registered b"), Set.copyOf(news.subList(0, 2)));
        assertEquals(
                List.of("a UNKNOWN -> HEALTHY", "a HEALTHY -> UNHEALTHY", "removed b"),
                news.subList(2, news.size()));
    }

    @Test
    void node_that_moved_is_unknown_again() {
        source.put(node("a", 2));
        nodes.refresh();
        check("a", "-");
        source.put(
                new Node(
                        "a",
                        java.net.URI.create("http://elsewhere"),
                        Set.of(),
                        1,
                        null,
                        null,
                        Map.of(),
                        false,
                        2,
                        HealthCheck.DEFAULT,
                        false));
        nodes.refresh();
        assertEquals(NodeView.State.UNKNOWN, nodes.view("a").orElseThrow().state());
        assertEquals("a", chosen().node().id());
    }

    @Test
    void draining_node_gets_nothing_new_and_keeps_what_it_has() {
        source.put(node("a", 9));
        nodes.refresh();
        Pass pass = chosen();
        source.put(node("a", 9).withDraining(true));
        nodes.refresh();
        assertEquals(Reason.ALL_DRAINING, refused(ChoiceRequest.ANY));
        assertEquals(NodeView.State.DRAINING, nodes.view("a").orElseThrow().state());
        pass.succeeded(FAST);
        assertEquals(1, nodes.view("a").orElseThrow().served());
    }

    @Test
    void explanation_says_why_each_node_is_in_or_out() {
        source.put(node("a", 9)).put(node("b", 9)).put(node("c", 9, true, Map.of()));
        nodes.refresh();
        check("b", "-");
        List<Explanation> all = nodes.explain("default", ChoiceRequest.ANY);
        assertEquals(
                List.of("candidate", "unhealthy", "backup, and others can serve"),
                all.stream().map(Explanation::why).toList());
        assertTrue(all.getFirst().terms().containsKey("cost"));
        assertEquals(0, inFlight("a"));
    }

    @Test
    void view_stays_as_it_was_when_the_registry_fails() {
        source.put(node("a", 9));
        nodes.refresh();
        Nodes failing =
                new Nodes(
                        known -> {
                            throw new IllegalStateException("down");
                        },
                        NodesConfig.defaults(),
                        () -> now,
                        RandomGeneratorFactory.getDefault().create(1),
                        NodeListener.NONE);
        org.junit.jupiter.api.Assertions.assertThrows(
                IllegalStateException.class, failing::refresh);
        assertEquals("a", chosen().node().id());
    }
}
