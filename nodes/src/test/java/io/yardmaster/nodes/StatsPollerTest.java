package io.yardmaster.nodes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.nodes.StatsPoller.Pages.Page;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

final class StatsPollerTest {
    private static final Duration INTERVAL = Duration.ofSeconds(10);

    private final FakeSource source = new FakeSource();
    private final AtomicLong now = new AtomicLong(1_000_000_000_000L);
    private final Map<String, Integer> fetched = new HashMap<>();
    private final List<Report> reports = new ArrayList<>();
    private Page answer = new Page.Failed("not asked for");
    private boolean registryFails;

    /// One replica with its own view and its own chance.
    private final class ReplicaView {
        private final RandomGenerator random;
        private final Nodes nodes;
        private final StatsPoller poller;
        private final String name;

        ReplicaView(String name, long seed) {
            this.name = name;
            this.random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
            this.nodes =
                    new Nodes(source, NodesConfig.defaults(), now::get, random, NodeListener.NONE);
            this.poller =
                    new StatsPoller(nodes, this::fetch, this::report, INTERVAL, now::get, random);
        }

        private Page fetch(Node node, Stats stats, Duration timeout) {
            fetched.merge(name, 1, Integer::sum);
            assertEquals(Duration.ofSeconds(5), timeout);
            assertEquals("/metrics", stats.url().getPath());
            return answer;
        }

        private boolean report(String id, Report report) {
            if (registryFails) {
                throw new IllegalStateException("redis is away");
            }
            reports.add(report);
            reportedAt = now.get();
            return true;
        }

        /// Lets the time of one look pass.
        void look() {
            Report last = reports.isEmpty() ? null : reports.getLast();
            if (last != null) {
                source.reports.put(
                        "pi",
                        new NodeSource.TimedReport(last, Duration.ofNanos(now.get() - reportedAt)));
            }
            nodes.refresh();
            poller.takeDue(16).forEach(poller::read);
        }
    }

    private long reportedAt;

    private static Node pi() {
        return new Node(
                "pi",
                URI.create("http://pi:9000"),
                Set.of(),
                1,
                null,
                null,
                Map.of(),
                false,
                10,
                HealthCheck.DEFAULT,
                false,
                new Stats(Stats.Type.NODE_EXPORTER, URI.create("http://pi:9100/metrics"), null));
    }

    /// A page after so many seconds in which a quarter of the CPUs was used.
    private static Page page(double seconds) {
        return new Page.Fetched(
                ExporterPageTest.pi(
                        1000 + seconds / 2,
                        10,
                        200 + seconds / 2,
                        1100 + seconds,
                        150,
                        500,
                        40,
                        90));
    }

    private void pass(ReplicaView... replicas) {
        now.addAndGet(Duration.ofMillis(100).toNanos());
        answer = answer instanceof Page.Failed ? answer : page(now.get() / 1e9);
        for (ReplicaView replica : replicas) {
            replica.look();
        }
    }

    private void pass(int seconds, ReplicaView... replicas) {
        for (int i = 0; i < 10 * seconds; i++) {
            pass(replicas);
        }
    }

    @Test
    void first_page_tells_nothing_so_the_second_is_fetched_soon() {
        source.put(pi());
        ReplicaView replica = new ReplicaView("a", 1);
        answer = page(0);
        for (int i = 0; i < 80 && reports.isEmpty(); i++) {
            pass(replica);
        }
        assertEquals(Map.of("a", 2), fetched);
        assertEquals(0.25, reports.getFirst().cpu(), 1e-6);
        assertEquals(0.375, reports.getFirst().memory(), 1e-6);
    }

    @Test
    void three_replicas_fetch_about_as_often_as_one() {
        source.put(pi());
        ReplicaView[] replicas = {
            new ReplicaView("a", 1), new ReplicaView("b", 2), new ReplicaView("c", 3)
        };
        answer = page(0);
        pass(600, replicas);
        int all = fetched.values().stream().mapToInt(Integer::intValue).sum();
        // 60 intervals; one replica alone would fetch 60 times, three without care 180 times
        assertTrue(all >= 55 && all <= 110, fetched.toString());
        assertTrue(reports.size() >= 55, "reports: " + reports.size());
    }

    @Test
    void another_replica_takes_over_when_the_one_that_fetched_is_gone() {
        source.put(pi());
        ReplicaView first = new ReplicaView("a", 1);
        ReplicaView second = new ReplicaView("b", 2);
        answer = page(0);
        pass(60, first, second);
        int before = reports.size();
        pass(60, second);
        assertTrue(reports.size() >= before + 4, before + " -> " + reports.size());
    }

    @Test
    void node_that_reports_by_itself_is_left_alone() {
        source.put(pi());
        ReplicaView replica = new ReplicaView("a", 1);
        answer = page(0);
        for (int i = 0; i < 60; i++) {
            source.report("pi", 0.5, Duration.ZERO);
            pass(1, replica);
        }
        assertEquals(Map.of(), fetched);
    }

    @Test
    void pages_that_fail_or_are_something_else_are_counted_and_the_rest_goes_on() {
        source.put(pi());
        ReplicaView replica = new ReplicaView("a", 1);
        pass(30, replica);
        long failed = replica.poller.failures();
        assertTrue(failed >= 2, "failures: " + failed);
        answer = new Page.Fetched("<html>".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        replica.poller.read(source.get("pi"));
        assertEquals(failed + 1, replica.poller.failures());
        answer = page(0);
        pass(30, replica);
        assertTrue(!reports.isEmpty());
    }

    @Test
    void registry_that_is_away_for_a_while_ends_nothing() {
        source.put(pi());
        ReplicaView replica = new ReplicaView("a", 1);
        answer = page(0);
        registryFails = true;
        pass(60, replica);
        assertEquals(List.of(), reports);
        registryFails = false;
        pass(30, replica);
        assertTrue(!reports.isEmpty());
    }

    @Test
    void own_interval_of_a_node_counts() {
        Node slow = pi();
        Stats stats = Objects.requireNonNull(slow.stats());
        source.put(
                new Node(
                        "pi",
                        slow.url(),
                        Set.of(),
                        1,
                        null,
                        null,
                        Map.of(),
                        false,
                        10,
                        HealthCheck.DEFAULT,
                        false,
                        new Stats(stats.type(), stats.url(), Duration.ofMinutes(1))));
        ReplicaView replica = new ReplicaView("a", 1);
        answer = page(0);
        pass(300, replica);
        int times = fetched.getOrDefault("a", 0);
        assertTrue(times >= 5 && times <= 8, "fetched: " + times);
    }
}
