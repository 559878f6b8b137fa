package io.yardmaster.nodes;

import static io.yardmaster.nodes.FakeSource.node;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

/// What nodes say in their answers beside what they report, and what a service is worth.
final class NodeSignalsTest {
    private static final String HEADER = "endpoint-load-metrics";

    private final FakeSource source = new FakeSource();
    private long now = 1_000_000_000_000L;
    private final Nodes nodes =
            new Nodes(
                    source,
                    NodesConfig.defaults(),
                    () -> now,
                    RandomGeneratorFactory.of("L64X128MixRandom").create(5),
                    NodeListener.NONE);

    private void pass(double seconds) {
        now += (long) (seconds * 1e9);
    }

    private void answers(String header, String value) {
        Choice choice = nodes.choose("default", ChoiceRequest.ANY);
        Pass pass = assertInstanceOf(Choice.Chosen.class, choice).pass();
        pass.heard(header, value);
        pass.succeeded(Duration.ofMillis(10));
    }

    private double shownCpu(String id) {
        return Objects.requireNonNull(nodes.view(id).orElseThrow().report()).cpu();
    }

    @Test
    void load_in_an_answer_is_known_at_once_and_without_the_registry() {
        source.put(node("a", 9));
        nodes.refresh();
        answers("Content-Type", "text/plain");
        assertNull(nodes.view("a").orElseThrow().report());
        answers(HEADER, "TEXT cpu_utilization=0.75,mem_utilization=0.5");
        NodeView view = nodes.view("a").orElseThrow();
        assertEquals(new Report(0.75, 0.5, 0, 0, Report.UNKNOWN), view.report());
        assertEquals(Duration.ZERO, view.reportAge());
    }

    @Test
    void newest_word_wins_whether_reported_or_in_an_answer() {
        source.put(node("a", 9));
        source.report("a", 0.2, Duration.ZERO);
        nodes.refresh();
        pass(1);
        answers(HEADER, "TEXT cpu_utilization=0.9");
        // the registry still shows the older one
        pass(1);
        source.report("a", 0.2, Duration.ofSeconds(2));
        nodes.refresh();
        assertEquals(0.9, shownCpu("a"));
        pass(1);
        source.report("a", 0.3, Duration.ofMillis(100));
        nodes.refresh();
        assertEquals(0.3, shownCpu("a"));
    }

    @Test
    void answers_that_name_cpu_alone_do_not_hide_memory_that_the_node_reports() {
        source.put(node("a", 9));
        source.reports.put(
                "a",
                new NodeSource.TimedReport(
                        new Report(0.2, 0.95, 0.4, 8, 1, 0.1, 50.0), Duration.ZERO));
        nodes.refresh();
        pass(1);
        answers(HEADER, "TEXT cpu_utilization=0.5");
        assertEquals(
                new Report(0.5, 0.95, 0.4, 8, Report.UNKNOWN, 0.1, 50.0),
                nodes.view("a").orElseThrow().report());
        // nor do they keep it alive for ever when the node has ceased to report
        pass(60);
        answers(HEADER, "TEXT cpu_utilization=0.5");
        assertEquals(
                new Report(0.5, 0, 0, 8, Report.UNKNOWN), nodes.view("a").orElseThrow().report());
    }

    @Test
    void thousand_answers_a_second_are_read_ten_times() {
        source.put(node("a", 9));
        nodes.refresh();
        answers(HEADER, "TEXT cpu_utilization=0.1");
        for (int i = 1; i < 100; i++) {
            pass(0.001);
            answers(HEADER, "TEXT cpu_utilization=0.9");
        }
        assertEquals(0.1, shownCpu("a"));
        pass(0.001);
        answers(HEADER, "TEXT cpu_utilization=0.9");
        assertEquals(0.9, shownCpu("a"));
    }

    @Test
    void unreadable_load_is_counted_and_changes_nothing() {
        source.put(node("a", 9));
        nodes.refresh();
        answers(HEADER, "TEXT cpu_utilization=0.1");
        for (int i = 0; i < 3; i++) {
            pass(1);
            answers(HEADER, "TEXT cpu_utilization=soon");
        }
        assertEquals(3, nodes.unreadableLoad());
        assertEquals(0.1, shownCpu("a"));
        assertEquals(4, nodes.view("a").orElseThrow().served());
    }

    @Test
    void service_is_worth_the_mean_of_its_nodes_by_weight() {
        assertEquals(0, nodes.healthScore("default"));
        source.put(weighted("big", 3)).put(weighted("small", 1));
        nodes.refresh();
        nodes.checked(source.get("big"), true);
        nodes.checked(source.get("small"), false);
        assertEquals(100, nodes.view("big").orElseThrow().healthScore());
        assertEquals(0, nodes.view("small").orElseThrow().healthScore());
        assertEquals(75, nodes.healthScore("default"));
        assertEquals(0, nodes.healthScore("nobody"));
        source.services.put(
                "default",
                new ServiceSettings(
                        null,
                        null,
                        null,
                        Map.of(),
                        ServiceSettings.Sticky.NONE,
                        new ServiceSettings.Placement(Map.of(), Map.of("big", 1.0), Set.of())));
        source.version++;
        nodes.refresh();
        assertEquals(50, nodes.healthScore("default"));
    }

    private static Node weighted(String id, double weight) {
        return new Node(
                id,
                URI.create("http://" + id),
                Set.of(),
                weight,
                null,
                null,
                Map.of(),
                false,
                9,
                HealthCheck.DEFAULT,
                false);
    }
}
