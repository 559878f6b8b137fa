package io.yardmaster.dispatcher.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.nodes.Location;
import io.yardmaster.nodes.Node;
import io.yardmaster.nodes.NodeJson;
import io.yardmaster.nodes.Parsed;
import io.yardmaster.nodes.ServiceSettings;
import io.yardmaster.nodes.strategy.Position;
import io.yardmaster.queue.Priority;
import io.yardmaster.queue.Request;
import io.yardmaster.queue.Request.Routing;
import io.yardmaster.redis.RedisFixture;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What requests say of where they want to go still counts when they come out of Redis.
class PlacingTest {
    private static RedisFixture fixture;

    @BeforeAll
    static void redis() {
        fixture = RedisFixture.start();
        fixture.redis(Replica.library());
    }

    @AfterAll
    static void close() {
        fixture.close();
    }

    @BeforeEach
    void flush() {
        fixture.flush();
    }

    private static void service(Yard yard, String json) {
        byte[] bytes = json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        if (NodeJson.parseService(bytes) instanceof Parsed.Valid<ServiceSettings>(var settings)) {
            yard.parts.registry().putService("default", settings);
        } else {
            throw new AssertionError(json);
        }
    }

    private static void node(
            Yard yard, String id, @Nullable String region, @Nullable Location location) {
        Node plain = Node.at(id, java.net.URI.create("http://127.0.0.1:1"));
        yard.parts
                .registry()
                .put(
                        new Node(
                                id,
                                plain.url(),
                                Set.of("default"),
                                1,
                                region,
                                location,
                                Map.of(),
                                false,
                                20,
                                plain.health(),
                                false));
    }

    private static Routing routing(
            @Nullable String key, @Nullable String address, @Nullable String region) {
        return new Routing(
                Optional.ofNullable(key),
                Optional.empty(),
                Optional.ofNullable(address),
                Optional.ofNullable(region),
                Map.of(),
                Optional.empty());
    }

    private static Request request(String id, Routing routing, Request.Header... headers) {
        Request plain = Yard.request(id, Priority.NORMAL);
        return new Request(
                id,
                plain.queue(),
                plain.method(),
                plain.path(),
                List.of(headers),
                plain.body(),
                plain.timeout(),
                plain.maxRetries(),
                routing);
    }

    /// The nodes that served these, one after the other.
    private static List<String> served(Yard yard, List<Request> requests) throws Exception {
        for (Request request : requests) {
            yard.enqueue(request);
        }
        List<String> nodes = new ArrayList<>();
        for (Request request : requests) {
            Yard.await("it was sent", () -> yard.nodes.sentTo(request.id()) > 0);
            nodes.add(
                    yard.nodes.sent.stream()
                            .filter(sent -> sent.id().equals(request.id()))
                            .findFirst()
                            .orElseThrow()
                            .node());
        }
        Yard.await(
                "all have ended",
                () -> yard.parts.nodes().view().stream().allMatch(node -> node.inFlight() == 0));
        return nodes;
    }

    private static List<String> served(Yard yard, int times, Routing routing) throws Exception {
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            requests.add(request("r" + yard.nodes.sent.size() + "-" + i, routing));
        }
        return served(yard, requests);
    }

    @Test
    void cookie_brings_a_client_back_and_goes_no_further() throws Exception {
        try (Yard yard = new Yard(fixture)) {
            for (int i = 0; i < 4; i++) {
                node(yard, "n" + i, null, null);
            }
            service(yard, "{'sticky':'cookie','strategy':'random'}");
            yard.start();
            List<Request> requests = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                requests.add(
                        request(
                                "c" + i,
                                Routing.NONE,
                                new Request.Header("Cookie", "a=b; YARDMASTER_NODE=n2")));
            }
            assertEquals(Set.of("n2"), Set.copyOf(served(yard, requests)));
            assertEquals("a=b", yard.nodes.sent.getFirst().header("Cookie"));

            yard.parts.registry().drain("n2");
            yard.parts.nodes().refresh();
            Request moved =
                    request(
                            "moved",
                            Routing.NONE,
                            new Request.Header("Cookie", "YARDMASTER_NODE=n2"));
            assertTrue(!served(yard, List.of(moved)).contains("n2"), "drained");
            assertEquals("", yard.nodes.sent.getLast().header("Cookie"));
        }
    }

    @Test
    void address_keeps_its_node_by_stickiness_and_by_strategy() throws Exception {
        for (String settings :
                List.of("{'sticky':'ip','strategy':'random'}", "{'strategy':'ip-hash'}")) {
            fixture.flush();
            try (Yard yard = new Yard(fixture)) {
                for (int i = 0; i < 6; i++) {
                    node(yard, "n" + i, null, null);
                }
                service(yard, settings);
                yard.start();
                Set<String> met = new HashSet<>();
                for (int client = 0; client < 20; client++) {
                    List<String> nodes = served(yard, 2, routing(null, "192.0.2." + client, null));
                    assertEquals(1, Set.copyOf(nodes).size(), settings + nodes);
                    met.addAll(nodes);
                }
                assertTrue(met.size() > 3, settings + met);
            }
        }
    }

    @Test
    void region_of_a_request_is_where_it_is_served() throws Exception {
        try (Yard yard = new Yard(fixture)) {
            node(yard, "berlin", "eu", new Location(52.5, 13.4));
            node(yard, "sydney", "au", new Location(-33.9, 151.2));
            service(yard, "{'strategy':'geographic'}");
            yard.start();
            // one at a time: three at once would find no idle core and spill
            for (int i = 0; i < 6; i++) {
                assertEquals(List.of("sydney"), served(yard, 1, routing(null, null, "au")));
                assertEquals(List.of("berlin"), served(yard, 1, routing(null, null, "eu")));
            }
        }
    }

    @Test
    void address_is_placed_only_where_the_request_names_no_region() throws Exception {
        try (Yard yard = new Yard(fixture)) {
            node(yard, "berlin", "de", new Location(52.5, 13.4));
            node(yard, "sydney", "au", new Location(-33.9, 151.2));
            service(yard, "{'strategy':'geographic'}");
            yard.places.put("192.0.2.1", new Whereabouts.Place(Position.of(-37, 175), null));
            yard.places.put("192.0.2.2", new Whereabouts.Place(null, "de"));
            yard.start();
            for (int i = 0; i < 6; i++) {
                assertEquals(List.of("sydney"), served(yard, 1, routing(null, "192.0.2.1", null)));
                assertEquals(List.of("berlin"), served(yard, 1, routing(null, "192.0.2.2", null)));
                assertEquals(List.of("berlin"), served(yard, 1, routing(null, "192.0.2.1", "de")));
            }
        }
    }
}
