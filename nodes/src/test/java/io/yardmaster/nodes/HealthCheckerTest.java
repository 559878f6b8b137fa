package io.yardmaster.nodes;

import static io.yardmaster.nodes.FakeSource.node;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

final class HealthCheckerTest {
    private final FakeSource source = new FakeSource();
    private final RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(5);
    private final AtomicLong now = new AtomicLong(1_000_000_000_000L);
    private final Nodes nodes =
            new Nodes(source, NodesConfig.defaults(), now::get, random, NodeListener.NONE);

    private HealthChecker checker(HealthProbe probe) {
        return new HealthChecker(nodes, probe, Duration.ofSeconds(30), now::get, random);
    }

    private static List<String> ids(List<Node> taken) {
        return taken.stream().map(Node::id).sorted().toList();
    }

    /// Past the time over which first checks are spread.
    private List<Node> settled(HealthChecker checker) {
        List<Node> taken = new java.util.ArrayList<>(checker.takeDue(16));
        now.addAndGet(Duration.ofSeconds(5).toNanos());
        taken.addAll(checker.takeDue(16));
        return taken;
    }

    @Test
    void node_that_comes_later_is_checked_at_once_and_again_after_the_interval_with_jitter() {
        nodes.refresh();
        HealthChecker checker = checker((node, timeout) -> true);
        assertEquals(List.of(), ids(checker.takeDue(16)));
        source.put(node("a", 1));
        nodes.refresh();
        assertEquals(List.of("a"), ids(checker.takeDue(16)));
        checker.check(source.get("a"));
        now.addAndGet(Duration.ofSeconds(26).toNanos());
        assertEquals(List.of(), ids(checker.takeDue(16)));
        source.put(node("b", 1));
        nodes.refresh();
        assertEquals(List.of("b"), ids(checker.takeDue(16)));
        now.addAndGet(Duration.ofSeconds(8).toNanos());
        assertEquals(List.of("a"), ids(checker.takeDue(16)));
    }

    /// envoyproxy/envoy#4132: after a power cut all replicas start together and each has all nodes
    /// to check.
    @Test
    void first_checks_after_a_start_do_not_fall_upon_all_nodes_at_once() {
        int most = 0;
        for (int i = 0; i < 200; i++) {
            source.put(node("n" + i, 1));
        }
        nodes.refresh();
        HealthChecker checker = checker((node, timeout) -> true);
        int all = 0;
        for (int tick = 0; tick <= 100; tick++) {
            int taken = checker.takeDue(200).size();
            most = Math.max(most, taken);
            all += taken;
            now.addAndGet(50_000_000L);
        }
        assertEquals(200, all);
        // 5 s are 100 ticks: two on average
        assertTrue(most <= 10, "at once: " + most);
    }

    @Test
    void quick_intervals_are_spread_no_further_than_themselves() {
        source.put(health("q", new HealthCheck(HealthCheck.Type.TCP, "/", Duration.ofMillis(200))));
        nodes.refresh();
        HealthChecker checker = checker((node, timeout) -> true);
        checker.takeDue(16);
        now.addAndGet(Duration.ofMillis(200).toNanos());
        assertEquals(List.of("q"), ids(checker.takeDue(16)));
    }

    private static Node health(String id, HealthCheck check) {
        return new Node(
                id,
                URI.create("http://" + id),
                Set.of(),
                1,
                null,
                null,
                java.util.Map.of(),
                false,
                9,
                check,
                false);
    }

    private void unreachable(String id, int times) {
        for (int i = 0; i < times; i++) {
            Choice choice = nodes.choose("default", ChoiceRequest.ANY);
            Pass pass =
                    org.junit.jupiter.api.Assertions.assertInstanceOf(Choice.Chosen.class, choice)
                            .pass();
            assertEquals(id, pass.node().id());
            pass.unreachable(Duration.ofMillis(1));
        }
    }

    @Test
    void node_that_traffic_cannot_reach_is_found_unhealthy_within_seconds_and_not_after_90() {
        source.put(health("a", HealthCheck.DEFAULT));
        nodes.refresh();
        boolean[] up = {true};
        HealthChecker checker = checker((node, timeout) -> up[0]);
        settled(checker).forEach(checker::check);
        assertEquals(NodeView.State.HEALTHY, nodes.view("a").orElseThrow().state());
        now.addAndGet(Duration.ofSeconds(5).toNanos());
        up[0] = false;
        unreachable("a", 2);
        assertEquals(List.of(), ids(checker.takeDue(16)));
        unreachable("a", 1);
        int checks = 0;
        for (int tick = 0; tick < 60; tick++) {
            for (Node due : checker.takeDue(16)) {
                checker.check(due);
                checks++;
            }
            now.addAndGet(50_000_000L);
        }
        assertEquals(NodeView.State.UNHEALTHY, nodes.view("a").orElseThrow().state());
        // as many as `fall` asks for, a second apart, and then at its interval again
        assertEquals(3, checks);
    }

    @Test
    void however_much_traffic_fails_a_node_is_checked_once_a_second_at_most() {
        source.put(health("a", HealthCheck.DEFAULT));
        nodes.refresh();
        HealthChecker checker = checker((node, timeout) -> true);
        settled(checker).forEach(checker::check);
        int checks = 0;
        for (int tick = 0; tick < 200; tick++) {
            unreachable("a", 5);
            for (Node due : checker.takeDue(16)) {
                checker.check(due);
                checks++;
            }
            now.addAndGet(50_000_000L);
        }
        assertTrue(checks >= 8 && checks <= 11, "checks in 10 s: " + checks);
    }

    @Test
    void answers_and_single_failures_raise_no_suspicion() {
        source.put(health("a", HealthCheck.DEFAULT));
        nodes.refresh();
        HealthChecker checker = checker((node, timeout) -> true);
        settled(checker).forEach(checker::check);
        now.addAndGet(Duration.ofSeconds(2).toNanos());
        for (int i = 0; i < 20; i++) {
            unreachable("a", 2);
            Choice choice = nodes.choose("default", ChoiceRequest.ANY);
            if (choice instanceof Choice.Chosen(Pass pass)) {
                pass.failed(Duration.ofMillis(1)); // a 500 is the breaker's business: it answered
            }
        }
        assertEquals(List.of(), ids(checker.takeDue(16)));
    }

    @Test
    void own_rise_and_fall_of_a_node_count() {
        source.put(health("a", new HealthCheck(HealthCheck.Type.HTTP, "/", null, null, 1, 1)));
        source.put(node("b", 1));
        nodes.refresh();
        for (String id : List.of("a", "b")) {
            nodes.checked(source.get(id), true);
            nodes.checked(source.get(id), false);
        }
        assertEquals(NodeView.State.UNHEALTHY, nodes.view("a").orElseThrow().state());
        assertEquals(NodeView.State.HEALTHY, nodes.view("b").orElseThrow().state());
        nodes.checked(source.get("a"), true);
        assertEquals(NodeView.State.HEALTHY, nodes.view("a").orElseThrow().state());
    }

    @Test
    void node_under_check_is_not_checked_again_and_mqtt_nodes_never() {
        source.put(node("a", 1));
        source.put(
                new Node(
                        "m",
                        URI.create("http://m"),
                        Set.of(),
                        1,
                        null,
                        null,
                        java.util.Map.of(),
                        false,
                        1,
                        new HealthCheck(HealthCheck.Type.MQTT, "/health", null),
                        false));
        nodes.refresh();
        HealthChecker checker = checker((node, timeout) -> true);
        assertEquals(List.of("a"), ids(settled(checker)));
        now.addAndGet(Duration.ofMinutes(5).toNanos());
        assertEquals(List.of(), ids(checker.takeDue(16)));
    }

    @Test
    void longest_due_comes_first_when_slots_are_short() {
        source.put(node("a", 1)).put(node("b", 1)).put(node("c", 1));
        nodes.refresh();
        HealthChecker checker = checker((node, timeout) -> true);
        int taken = checker.takeDue(0).size();
        now.addAndGet(Duration.ofSeconds(5).toNanos());
        for (int i = 0; i < 3; i++) {
            taken += checker.takeDue(1).size();
        }
        assertEquals(3, taken);
        assertEquals(List.of(), checker.takeDue(0));
    }

    @Test
    void timeout_is_half_the_interval_and_at_most_five_seconds_unless_the_node_names_one() {
        Node quick =
                new Node(
                        "q",
                        URI.create("http://q"),
                        Set.of(),
                        1,
                        null,
                        null,
                        java.util.Map.of(),
                        false,
                        1,
                        new HealthCheck(HealthCheck.Type.TCP, "/", Duration.ofSeconds(2)),
                        false);
        Node own =
                health(
                        "o",
                        new HealthCheck(
                                HealthCheck.Type.TCP,
                                "/",
                                null,
                                Duration.ofSeconds(20),
                                null,
                                null));
        source.put(quick).put(node("a", 1)).put(own);
        nodes.refresh();
        List<Duration> timeouts = new java.util.ArrayList<>();
        HealthChecker checker = checker((node, timeout) -> timeouts.add(timeout));
        checker.check(quick);
        checker.check(node("a", 1));
        checker.check(own);
        assertEquals(
                List.of(Duration.ofSeconds(1), Duration.ofSeconds(5), Duration.ofSeconds(20)),
                timeouts);
    }

    @Test
    void probe_that_throws_is_a_failed_check() {
        source.put(node("a", 1));
        nodes.refresh();
        checker(
                        (node, timeout) -> {
                            throw new IllegalStateException("no route");
                        })
                .check(source.get("a"));
        assertEquals(NodeView.State.UNHEALTHY, nodes.view("a").orElseThrow().state());
    }

    @Test
    void slow_node_delays_no_other() throws Exception {
        source.put(node("slow", 1)).put(node("a", 1)).put(node("b", 1));
        nodes.refresh();
        CountDownLatch others = new CountDownLatch(2);
        CountDownLatch end = new CountDownLatch(1);
        HealthProbe probe =
                (node, timeout) -> {
                    if (!node.id().equals("slow")) {
                        others.countDown();
                        return true;
                    }
                    try {
                        return end.await(20, TimeUnit.SECONDS);
                    } catch (InterruptedException e) {
                        return false;
                    }
                };
        try (HealthChecker checker = checker(probe)) {
            checker.takeDue(0);
            now.addAndGet(Duration.ofSeconds(5).toNanos());
            checker.start();
            assertTrue(others.await(10, TimeUnit.SECONDS));
        } finally {
            end.countDown();
        }
    }
}
