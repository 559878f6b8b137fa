package io.yardmaster.nodes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.redis.FunctionLibrary;
import io.yardmaster.redis.Redis;
import io.yardmaster.redis.RedisFailure;
import io.yardmaster.redis.RedisFixture;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class NodeRegistryIT {
    private static final Node PI = Node.at("pi", URI.create("http://192.0.2.5:9000"));
    private static final String PI_JSON =
            "{\"url\":\"http://192.0.2.5:9000\",\"services\":[\"default\"],\"weight\":1.0,"
                    + "\"labels\":{},\"backup\":false,\"maxConnections\":100,"
                    + "\"health\":{\"type\":\"tcp\",\"path\":\"/health\"},\"draining\":false}";

    private static final RedisFixture fixture = RedisFixture.start();
    private static final Redis redis = fixture.redis(FunctionLibrary.of(NodeRegistry.LIBRARY_PART));

    private final NodeRegistry registry = new NodeRegistry(redis);

    @AfterAll
    static void stop() {
        fixture.close();
    }

    @BeforeEach
    void empty() {
        fixture.flush();
    }

    /// The whole content, with the times of reports made comparable.
    private static SortedMap<String, String> content() {
        SortedMap<String, String> content = new TreeMap<>();
        fixture.content()
                .forEach((k, v) -> content.put(k, v.replaceAll("\"at\":\\d+", "\"at\":T")));
        return content;
    }

    private static Map<String, String> piAt(int version) {
        return Map.of(
                "{yard}:nodes", "{pi=" + PI_JSON + "}", "{yard}:registry-version", "" + version);
    }

    @Test
    void registering_writes_the_node_and_raises_the_version() {
        assertEquals(Map.of(), content());
        assertEquals(Registration.CREATED, registry.put(PI));
        assertEquals(piAt(1), content());
        assertEquals(Registration.UNCHANGED, registry.put(PI));
        assertEquals(piAt(1), content());
        assertEquals(PI, registry.get("pi").orElseThrow());
        assertEquals(List.of(PI), registry.list());
        assertTrue(registry.get("nuc").isEmpty());
    }

    @Test
    void removing_a_node_removes_its_report() {
        registry.put(PI);
        assertTrue(registry.report("pi", new Report(0.5, 0, 0.25, 4, 2)));
        assertEquals(
                "{pi={\"at\":T,\"cpu\":0.5,\"memory\":0.0,\"io\":0.25,\"cores\":4,\"connections\":2}}",
                content().get("{yard}:reports"));
        assertEquals("1", content().get("{yard}:registry-version"));
        assertTrue(registry.remove("pi"));
        assertEquals(Map.of("{yard}:registry-version", "2"), content());
        assertFalse(registry.remove("pi"));
        assertEquals(Map.of("{yard}:registry-version", "2"), content());
    }

    @Test
    void report_of_an_unregistered_node_leaves_nothing_behind() {
        assertFalse(registry.report("pi", new Report(0.5, 0, 0, 4, 2)));
        assertEquals(Map.of(), content());
    }

    @Test
    void drained_node_stays_drained_when_its_agent_registers_it_again() {
        assertFalse(registry.drain("pi"));
        registry.put(PI);
        assertTrue(registry.drain("pi"));
        assertEquals(Registration.UNCHANGED, registry.put(PI));
        assertTrue(registry.get("pi").orElseThrow().draining());
        assertTrue(registry.drain("pi"));
        assertEquals("2", content().get("{yard}:registry-version"));
        assertTrue(registry.resume("pi"));
        assertEquals(piAt(3), content());
    }

    @Test
    void services_are_kept_until_they_are_removed() {
        ServiceSettings settings =
                new ServiceSettings(
                        "round_robin", null, null, Map.of(), ServiceSettings.Sticky.NONE);
        assertEquals(Registration.CREATED, registry.putService("web", settings));
        assertEquals(Registration.REPLACED, registry.putService("web", ServiceSettings.NONE));
        assertEquals(Map.of("web", ServiceSettings.NONE), registry.services());
        assertEquals(
                Map.of(
                        "{yard}:services",
                        "{web={\"priorities\":{},\"sticky\":\"none\"}}",
                        "{yard}:registry-version",
                        "2"),
                content());
        assertTrue(registry.removeService("web"));
        assertFalse(registry.removeService("web"));
        assertThrows(InvalidFields.class, () -> registry.putService("a b", settings));
        assertEquals(Map.of("{yard}:registry-version", "3"), content());
    }

    @Test
    void full_registry_refuses_what_is_new_and_still_takes_changes() {
        for (int i = 0; i < NodeRegistry.MOST_SERVICES; i++) {
            registry.putService("s" + i, ServiceSettings.NONE);
        }
        SortedMap<String, String> before = content();
        assertEquals(Registration.FULL, registry.putService("more", ServiceSettings.NONE));
        assertEquals(before, content());
        ServiceSettings changed =
                new ServiceSettings("adaptive", null, null, Map.of(), ServiceSettings.Sticky.NONE);
        assertEquals(Registration.REPLACED, registry.putService("s0", changed));
    }

    @Test
    void reading_the_known_version_brings_only_reports_with_their_age() {
        registry.put(PI);
        registry.report("pi", new Report(0.5, 0, 0, 4, 2));
        NodeSource.Snapshot first = registry.read(NodeSource.UNREAD);
        assertEquals(Map.of("pi", PI), assertNotNullEntries(first).nodes());
        NodeSource.Snapshot second = registry.read(first.version());
        assertNull(second.entries());
        NodeSource.TimedReport timed = second.reports().get("pi");
        assertNotNull(timed);
        assertEquals(new Report(0.5, 0, 0, 4, 2), timed.report());
        assertTrue(timed.age().compareTo(Duration.ofMinutes(1)) < 0, timed.toString());
    }

    private static NodeSource.Entries assertNotNullEntries(NodeSource.Snapshot snapshot) {
        NodeSource.Entries entries = snapshot.entries();
        assertNotNull(entries);
        return entries;
    }

    @Test
    void damaged_entries_hide_no_others() {
        registry.put(PI);
        registry.report("pi", new Report(0.5, 0, 0, 4, 2));
        for (String key : List.of("nodes", "reports", "services")) {
            redis.run(c ->
                    c.hset(
                            Redis.bytes("{yard}:" + key),
                            Redis.bytes("x"),
                            "{\"\u0000".getBytes(StandardCharsets.UTF_8)));
        }
        NodeSource.Snapshot snapshot = registry.read(NodeSource.UNREAD);
        assertEquals(Map.of("pi", PI), assertNotNullEntries(snapshot).nodes());
        assertEquals(1, snapshot.reports().size());
        assertTrue(registry.get("x").isEmpty());
    }

    @Test
    void key_of_a_foreign_type_is_refused_before_anything_is_written() {
        redis.run(c -> c.set(Redis.bytes("{yard}:reports"), Redis.bytes("mine")));
        SortedMap<String, String> before = content();
        assertThrows(RedisFailure.class, () -> registry.put(PI));
        assertThrows(RedisFailure.class, () -> registry.remove("pi"));
        assertEquals(before, content());
    }

    @Test
    void changes_are_hinted_to_the_other_replicas() throws Exception {
        CountDownLatch hints = new CountDownLatch(2);
        try (AutoCloseable subscription =
                redis.subscribe(NodeRegistry.CHANNEL, message -> hints.countDown())) {
            assertNotNull(subscription);
            registry.put(PI);
            registry.drain("pi");
            assertTrue(hints.await(10, TimeUnit.SECONDS));
        }
    }

    @Test
    void replicas_hear_what_the_others_have_in_flight() {
        Duration within = Duration.ofSeconds(30);
        assertEquals(Map.of(), registry.exchangeInFlight("r1", Map.of("pi", 3), within));
        assertEquals(
                Map.of("pi", 3),
                registry.exchangeInFlight("r2", Map.of("pi", 1, "nuc", 2), within));
        assertEquals(Map.of("pi", 1, "nuc", 2), registry.exchangeInFlight("r1", Map.of(), within));
        assertEquals(
                Map.of("pi", 1, "nuc", 2),
                registry.exchangeInFlight("r3", Map.of("nuc", 1), within));
        assertEquals(Map.of("nuc", 1), registry.exchangeInFlight("r2", Map.of(), within));
        assertEquals(
                "{r1=T , r2=T , r3=T nuc 1}",
                String.valueOf(fixture.content().get("{yard}:in-flight"))
                        .replaceAll("=\\d{13}", "=T"));
    }

    @Test
    void word_of_a_replica_that_died_is_not_believed_and_goes() {
        byte[] key = Redis.bytes("{yard}:in-flight");
        long now = System.currentTimeMillis();
        redis.run(c -> c.hset(key, Redis.bytes("stopped"), Redis.bytes((now - 10_000) + " pi 9")));
        redis.run(c -> c.hset(key, Redis.bytes("dead"), Redis.bytes((now - 90_000) + " pi 9")));
        redis.run(c -> c.hset(key, Redis.bytes("damaged"), Redis.bytes("rubbish")));
        assertEquals(
                Map.of(), registry.exchangeInFlight("r1", Map.of("pi", 1), Duration.ofSeconds(2)));
        String left = String.valueOf(fixture.content().get("{yard}:in-flight"));
        assertTrue(left.contains("stopped"), left);
        assertFalse(left.contains("dead"), left);
        assertFalse(left.contains("damaged"), left);
    }

    @Test
    void two_views_of_one_registry_agree() {
        Nodes one = view();
        Nodes two = view();
        registry.put(PI);
        one.refresh();
        two.refresh();
        assertEquals(one.view(), two.view());
        registry.remove("pi");
        two.refresh();
        assertEquals(List.of(), two.view());
    }

    private Nodes view() {
        return new Nodes(
                registry,
                NodesConfig.defaults(),
                () -> 0L,
                RandomGeneratorFactory.getDefault().create(1),
                NodeListener.NONE);
    }
}
