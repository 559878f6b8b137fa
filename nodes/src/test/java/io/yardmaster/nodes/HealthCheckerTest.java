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

    @Test
    void first_check_is_due_at_once_and_the_next_after_the_interval_with_jitter() {
        source.put(node("a", 1));
        nodes.refresh();
        HealthChecker checker = checker((node, timeout) -> true);
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
        assertEquals(List.of("a"), ids(checker.takeDue(16)));
        now.addAndGet(Duration.ofMinutes(5).toNanos());
        assertEquals(List.of(), ids(checker.takeDue(16)));
    }

    @Test
    void longest_due_comes_first_when_slots_are_short() {
        source.put(node("a", 1)).put(node("b", 1)).put(node("c", 1));
        nodes.refresh();
        HealthChecker checker = checker((node, timeout) -> true);
        int taken = 0;
        for (int i = 0; i < 3; i++) {
            taken += checker.takeDue(1).size();
        }
        assertEquals(3, taken);
        assertEquals(List.of(), checker.takeDue(0));
    }

    @Test
    void timeout_is_half_the_interval_and_at_most_five_seconds() {
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
        source.put(quick).put(node("a", 1));
        nodes.refresh();
        List<Duration> timeouts = new java.util.ArrayList<>();
        HealthChecker checker = checker((node, timeout) -> timeouts.add(timeout));
        checker.check(quick);
        checker.check(node("a", 1));
        assertEquals(List.of(Duration.ofSeconds(1), Duration.ofSeconds(5)), timeouts);
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
            checker.start();
            assertTrue(others.await(10, TimeUnit.SECONDS));
        } finally {
            end.countDown();
        }
    }
}
