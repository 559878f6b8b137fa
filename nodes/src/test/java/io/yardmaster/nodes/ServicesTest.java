package io.yardmaster.nodes;

import static io.yardmaster.nodes.FakeSource.node;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.yardmaster.nodes.Choice.Chosen;
import io.yardmaster.nodes.Choice.None;
import io.yardmaster.nodes.Choice.Reason;
import io.yardmaster.nodes.ServiceSettings.Placement;
import io.yardmaster.nodes.ServiceSettings.Sticky;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What a service may say of its nodes, and who is kept at one of them.
final class ServicesTest {
    private final FakeSource source = new FakeSource();

    /// Goes on by a microsecond whenever it is looked at.
    private final AtomicLong now = new AtomicLong(1_000_000_000_000L);

    private final Nodes nodes =
            new Nodes(
                    source,
                    unlimited(),
                    () -> now.addAndGet(1000),
                    RandomGeneratorFactory.of("L64X128MixRandom").create(5),
                    NodeListener.NONE);

    /// Nodes have the slots that they name: learning how many are worth having is another matter.
    private static NodesConfig unlimited() {
        NodesConfig all = NodesConfig.defaults();
        NodesConfig.Resources limits = all.resources();
        return new NodesConfig(
                all.strategy(),
                all.weightedResponse(),
                all.resourceBased(),
                all.roundRobin(),
                all.leastConnections(),
                all.consistentHash(),
                new NodesConfig.Resources(
                        limits.cpuThreshold(),
                        limits.memoryThreshold(),
                        limits.ioThreshold(),
                        limits.maxConnections(),
                        false),
                all.monitoring());
    }

    private void service(
            @Nullable String strategy,
            Sticky sticky,
            Map<String, String> labels,
            Map<String, Double> weights,
            Set<String> backups) {
        Placement placement = new Placement(labels, weights, backups);
        source.services.put(
                "default", new ServiceSettings(strategy, null, null, Map.of(), sticky, placement));
        source.version++;
        nodes.refresh();
    }

    private void sticky(Sticky sticky) {
        service("random", sticky, Map.of(), Map.of(), Set.of());
    }

    private static ChoiceRequest asking(
            @Nullable String key, @Nullable String address, @Nullable String preferred) {
        return new ChoiceRequest(
                Map.of(), key, address, null, null, preferred, Set.of(), node -> true);
    }

    private static ChoiceRequest labelled(String name, String value) {
        return new ChoiceRequest(
                Map.of(name, value), null, null, null, null, null, Set.of(), node -> true);
    }

    private Pass chosen(ChoiceRequest request) {
        return switch (nodes.choose("default", request)) {
            case Chosen(Pass pass) -> pass;
            case None none -> throw new AssertionError(none.message());
        };
    }

    /// Where it goes when nothing else is in flight.
    private String idle(ChoiceRequest request) {
        Pass pass = chosen(request);
        pass.ignored();
        return pass.node().id();
    }

    private Set<String> idle(ChoiceRequest request, int times) {
        Set<String> met = new HashSet<>();
        for (int i = 0; i < times; i++) {
            met.add(idle(request));
        }
        return met;
    }

    private Reason refused(ChoiceRequest request) {
        return switch (nodes.choose("default", request)) {
            case Chosen chosen -> throw new AssertionError(chosen);
            case None(Reason reason, String _) -> reason;
        };
    }

    @Test
    void labels_of_the_service_are_asked_of_every_request_besides_its_own() {
        source.put(node("gpu", 9, false, Map.of("gpu", "true", "os", "linux")))
                .put(node("gpu-mac", 9, false, Map.of("gpu", "true", "os", "mac")))
                .put(node("pi", 9, false, Map.of("os", "linux")));
        service(null, Sticky.NONE, Map.of("gpu", "true"), Map.of(), Set.of());
        assertEquals(Set.of("gpu", "gpu-mac"), idle(ChoiceRequest.ANY, 60));
        assertEquals(Set.of("gpu"), idle(labelled("os", "linux"), 30));
        assertEquals(Reason.NONE_WITH_LABELS, refused(labelled("os", "bsd")));
        assertEquals(18, nodes.slots("default"));
        assertEquals(
                List.of("candidate", "candidate", "without the labels"),
                nodes.explain("default", ChoiceRequest.ANY).stream()
                        .map(Explanation::why)
                        .toList());
    }

    @Test
    void weight_in_a_service_goes_before_the_nodes_own() {
        source.put(node("a", 99)).put(node("b", 99)).put(node("c", 99));
        service("weighted_round_robin", Sticky.NONE, Map.of(), Map.of("b", 3.0), Set.of());
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < 50; i++) {
            counts.merge(idle(ChoiceRequest.ANY), 1, Integer::sum);
        }
        assertEquals(Map.of("a", 10, "b", 30, "c", 10), counts);
    }

    @Test
    void weights_belong_to_their_nodes_when_others_are_busy() {
        source.put(node("a", 1)).put(node("b", 99)).put(node("c", 99));
        service("weighted_round_robin", Sticky.NONE, Map.of(), Map.of("c", 4.0), Set.of());
        Pass first = chosen(asking(null, null, null));
        while (!first.node().id().equals("a")) {
            first.ignored();
            first = chosen(ChoiceRequest.ANY);
        }
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < 50; i++) {
            counts.merge(idle(ChoiceRequest.ANY), 1, Integer::sum);
        }
        assertEquals(Map.of("b", 10, "c", 40), counts);
    }

    @Test
    void backup_of_one_service_serves_it_only_while_no_other_can() {
        source.put(node("main", 2)).put(node("nas", 2));
        service(null, Sticky.NONE, Map.of(), Map.of(), Set.of("nas"));
        assertEquals(Set.of("main"), idle(ChoiceRequest.ANY, 20));
        assertEquals(2, nodes.slots("default"));
        assertEquals(
                "backup, and others can serve",
                nodes.explain("default", ChoiceRequest.ANY).getLast().why());
        for (int i = 0; i < 3; i++) {
            nodes.checked(source.get("main"), false);
        }
        assertEquals(Set.of("nas"), idle(ChoiceRequest.ANY, 20));
    }

    @Test
    void client_with_a_cookie_comes_back_to_its_node() {
        source.put(node("a", 9)).put(node("b", 9)).put(node("c", 9));
        sticky(Sticky.COOKIE);
        assertEquals(Set.of("b"), idle(asking(null, null, "b"), 30));
        assertEquals(Set.of("a", "b", "c"), idle(asking(null, null, "gone"), 60));
        assertEquals(Set.of("a", "b", "c"), idle(ChoiceRequest.ANY, 60));
    }

    @Test
    void wish_for_a_node_counts_only_where_the_service_is_sticky_by_cookie() {
        source.put(node("a", 9)).put(node("b", 9));
        sticky(Sticky.NONE);
        assertEquals(Set.of("a", "b"), idle(asking(null, null, "b"), 60));
    }

    @ParameterizedTest
    @EnumSource(
            value = Sticky.class,
            names = {"IP", "KEY"})
    void caller_keeps_its_node_by_address_or_key(Sticky how) {
        for (int i = 0; i < 8; i++) {
            source.put(node("n" + i, 9));
        }
        sticky(how);
        Map<String, String> homes = new HashMap<>();
        for (int caller = 0; caller < 40; caller++) {
            String name = "192.0.2." + caller;
            Set<String> met =
                    idle(how == Sticky.IP ? asking(null, name, null) : asking(name, null, null), 5);
            assertEquals(1, met.size(), name);
            homes.put(name, met.iterator().next());
        }
        assertEquals(8, Set.copyOf(homes.values()).size());
        // without what it goes by, the strategy decides
        ChoiceRequest other =
                how == Sticky.IP ? asking("k", null, null) : asking(null, "::1", null);
        assertTrue(idle(other, 60).size() > 4);
        // and when one node leaves, nobody else moves
        source.remove("n3");
        nodes.refresh();
        homes.forEach((name, home) -> {
            String then =
                    idle(how == Sticky.IP ? asking(null, name, null) : asking(name, null, null));
            assertTrue(home.equals("n3") || home.equals(then), name);
        });
    }

    @Test
    void hot_key_spills_before_it_drowns_its_node() {
        for (int i = 0; i < 4; i++) {
            source.put(node("n" + i, 1000));
        }
        sticky(Sticky.KEY);
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < 400; i++) {
            counts.merge(chosen(asking("hot", null, null)).node().id(), 1, Integer::sum);
        }
        assertTrue(
                counts.values().stream().allMatch(count -> count <= 126), () -> counts.toString());
    }

    @ParameterizedTest
    @EnumSource(
            value = Sticky.class,
            names = {"COOKIE", "IP", "KEY"})
    void affinity_yields_where_the_node_cannot_serve_and_nothing_waits_for_it(Sticky how) {
        source.put(node("a", 1)).put(node("b", 9)).put(node("c", 9));
        sticky(how);
        ChoiceRequest mine = null;
        for (int i = 0; mine == null; i++) {
            ChoiceRequest candidate = asking("k" + i, "192.0.2." + i, "a");
            mine = idle(candidate).equals("a") ? candidate : null;
        }
        Pass busy = chosen(mine);
        assertEquals("a", busy.node().id());
        assertNotEquals("a", idle(mine), "busy");
        busy.ignored();
        assertEquals("a", idle(mine));

        source.put(node("a", 1).withDraining(true));
        nodes.refresh();
        assertNotEquals("a", idle(mine), "draining");
        source.put(node("a", 1));
        nodes.refresh();
        now.addAndGet(31_000_000_000L); // it returns slowly
        assertEquals("a", idle(mine));

        ChoiceRequest refused =
                new ChoiceRequest(
                        Map.of(),
                        mine.affinityKey(),
                        mine.clientIp(),
                        null,
                        null,
                        "a",
                        Set.of(),
                        node -> !node.id().equals("a"));
        assertNotEquals("a", idle(refused), "its breaker is open");

        nodes.checked(source.get("a"), false);
        nodes.checked(source.get("a"), false);
        nodes.checked(source.get("a"), false);
        assertNotEquals("a", idle(mine), "unhealthy");
    }

    @Test
    void strategy_that_changes_while_traffic_flows_loses_nothing() throws Exception {
        for (int i = 0; i < 6; i++) {
            source.put(node("n" + i, 50));
        }
        nodes.refresh();
        List<String> names = List.copyOf(Strategies.NAMES);
        AtomicBoolean over = new AtomicBoolean();
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Future<Integer>> all = new ArrayList<>();
            for (int t = 0; t < 8; t++) {
                int thread = t;
                all.add(threads.submit(() -> traffic(thread, over)));
            }
            try {
                Sticky[] sticky = Sticky.values();
                for (int i = 0; i < 600; i++) {
                    service(
                            names.get(i % names.size()),
                            sticky[i % sticky.length],
                            Map.of(),
                            Map.of("n1", 1.0 + i % 3),
                            i % 7 == 0 ? Set.of("n2") : Set.of());
                }
            } finally {
                over.set(true);
            }
            for (Future<Integer> thread : all) {
                assertTrue(thread.get(60, TimeUnit.SECONDS) > 0);
            }
        }
        for (NodeView view : nodes.view()) {
            assertEquals(0, view.inFlight(), view.node().id());
        }
        service(null, Sticky.NONE, Map.of(), Map.of(), Set.of());
        assertEquals(300, nodes.freeSlots("default"));
    }

    @Test
    void choice_allocates_the_pass_and_nothing_else() {
        for (int i = 0; i < 16; i++) {
            source.put(node("n" + i, 50));
        }
        for (String strategy : Strategies.NAMES) {
            service(strategy, Sticky.NONE, Map.of(), Map.of("n1", 2.0), Set.of("n2"));
            ChoiceRequest request = asking("key", "192.0.2.7", null);
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            for (int i = 0; i < 3000; i++) {
                idle(request);
            }
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 3000; i++) {
                idle(request);
            }
            long each = (threads.getCurrentThreadAllocatedBytes() - before) / 3000;
            assertTrue(each <= 64, () -> strategy + ": bytes for one choice: " + each);
        }
    }

    /// Keeps ten requests in flight until it is over; there is room for all, so each gets a node.
    private int traffic(int thread, AtomicBoolean over) {
        ArrayDeque<Pass> inFlight = new ArrayDeque<>();
        int served = 0;
        while (!over.get() || served < 500) {
            String id = thread + "-" + served % 17;
            inFlight.add(chosen(asking(id, "192.0.2." + served % 200, "n" + served % 6)));
            if (inFlight.size() > 10) {
                end(inFlight.remove(), served++);
            }
        }
        for (Pass pass : inFlight) {
            end(pass, served++);
        }
        return served;
    }

    private static void end(Pass pass, int n) {
        switch (n % 3) {
            case 0 -> pass.failed(Duration.ofMillis(1));
            case 1 -> pass.ignored();
            default -> pass.succeeded(Duration.ofMillis(20));
        }
    }

    @Test
    void standing_of_each_node_names_missing_labels_and_taken_slots() {
        source.put(node("gpu", 1, false, Map.of("gpu", "true")))
                .put(node("pi", 9, false, Map.of("os", "linux")));
        service(null, Sticky.NONE, Map.of("gpu", "true"), Map.of(), Set.of());
        Standings before = nodes.standings("default", ChoiceRequest.ANY);
        assertEquals(List.of(true, false), before.nodes().stream().map(Standing::serves).toList());
        Pass pass = chosen(ChoiceRequest.ANY);
        List<Standing> all = nodes.standings("default", ChoiceRequest.ANY).nodes();
        assertEquals(Reason.ALL_BUSY, all.get(0).hindrance());
        assertEquals(new Standing.Slots(1, 1, Standing.Bound.CONFIGURED), all.get(0).slots());
        assertEquals(Map.of("gpu", "true"), all.get(1).missingLabels());
        pass.ignored();
        assertEquals(Standings.NONE, nodes.standings("nobody", ChoiceRequest.ANY));
    }

    @ParameterizedTest
    @EnumSource(Sticky.class)
    void node_that_keeps_a_caller_is_known_also_when_it_cannot_serve(Sticky how) {
        for (int i = 0; i < 5; i++) {
            source.put(node("n" + i, 9));
        }
        sticky(how);
        ChoiceRequest caller = asking("user-7", "192.0.2.7", "n3");
        String home = idle(caller);
        for (int i = 0; i < 3; i++) {
            nodes.checked(source.get(home), false);
        }
        Standings standings = nodes.standings("default", caller);
        assertEquals(
                how == Sticky.NONE ? null : home,
                standings.kept().map(Standings.Kept::node).orElse(null));
        assertFalse(idle(caller, 20).contains(home), "looking has changed nothing");
    }
}
