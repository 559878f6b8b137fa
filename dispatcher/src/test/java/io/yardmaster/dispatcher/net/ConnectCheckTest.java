package io.yardmaster.dispatcher.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.dispatcher.dispatch.Forwarder.Answer;
import io.yardmaster.dispatcher.dispatch.Forwarder.Outgoing;
import io.yardmaster.nodes.HealthCheck;
import io.yardmaster.nodes.Node;
import io.yardmaster.redis.RedisFixture;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The address is checked where the connection is made, and health checks ask by the same rules.
@Timeout(60)
class ConnectCheckTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final Outgoing GET = new Outgoing("GET", "/", List.of(), new byte[0]);

    private static HttpForwarder forwarder(AllowedNetworks networks) {
        return new HttpForwarder(HttpForwarder.Config.defaults(), networks, RedisFixture.LOOPS);
    }

    private static Node checked(URI url, HealthCheck.Type type) {
        return new Node(
                "n",
                url,
                Set.of(),
                1,
                null,
                null,
                Map.of(),
                false,
                10,
                new HealthCheck(type, "/health?deep", null),
                false);
    }

    @Test
    void name_that_turns_to_a_forbidden_address_is_not_connected() throws Exception {
        try (StubNode sink = StubNode.answering(StubNode.OK)) {
            AtomicInteger asked = new AtomicInteger();
            AllowedNetworks networks =
                    AllowedNetworks.of(List.of("192.168.0.0/16"))
                            .withResolver(_ ->
                                    new InetAddress[] {
                                        InetAddress.getByName(
                                                asked.getAndIncrement() == 0
                                                        ? "192.168.1.5"
                                                        : "127.0.0.1")
                                    });
            URI url = URI.create("http://flipping.example:" + sink.port());
            assertEquals(Optional.empty(), networks.refusal(url));
            try (HttpForwarder forwarder = forwarder(networks)) {
                var answer =
                        assertInstanceOf(
                                Answer.Unreachable.class,
                                forwarder.send(Node.at("n", url), GET, LONG));
                assertTrue(answer.message().contains("127.0.0.1"), answer.message());
                NodeProbe probe = new NodeProbe(forwarder);
                assertFalse(probe.healthy(checked(url, HealthCheck.Type.TCP), LONG));
                assertFalse(probe.healthy(checked(url, HealthCheck.Type.HTTP), LONG));
            }
            assertEquals(0, sink.accepted());
            assertEquals(4, asked.get());
        }
    }

    @Test
    void node_is_called_by_the_name_it_registered() throws Exception {
        AllowedNetworks networks =
                AllowedNetworks.of(AllowedNetworks.PRIVATE)
                        .withResolver(_ -> InetAddress.getAllByName("127.0.0.1"));
        try (StubNode node = StubNode.answering(StubNode.OK);
                HttpForwarder forwarder = forwarder(networks)) {
            URI url = URI.create("http://nas.home:" + node.port());
            assertInstanceOf(Answer.Responded.class, forwarder.send(Node.at("n", url), GET, LONG));
            assertTrue(node.nextRequest().contains("Host: nas.home:" + node.port() + "\r\n"));
        }
    }

    @Test
    void literal_address_outside_the_networks_is_not_connected() throws Exception {
        try (StubNode sink = StubNode.answering(StubNode.OK);
                HttpForwarder forwarder = forwarder(AllowedNetworks.of(List.of("10.0.0.0/8")))) {
            assertInstanceOf(Answer.Unreachable.class, forwarder.send(sink.node(), GET, LONG));
            assertEquals(0, sink.accepted());
        }
    }

    @Test
    void refused_port_is_not_connected() throws Exception {
        try (StubNode sink = StubNode.answering(StubNode.OK);
                HttpForwarder forwarder =
                        forwarder(
                                AllowedNetworks.of(AllowedNetworks.PRIVATE)
                                        .withoutPorts(Set.of(sink.port())))) {
            assertInstanceOf(Answer.Unreachable.class, forwarder.send(sink.node(), GET, LONG));
            assertEquals(0, sink.accepted());
        }
    }

    @Test
    void name_server_that_hangs_costs_no_more_than_the_time_for_a_connection() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        AllowedNetworks networks =
                AllowedNetworks.of(AllowedNetworks.PRIVATE)
                        .withResolver(host -> {
                            try {
                                if (!over.await(30, TimeUnit.SECONDS)) {
                                    throw new UnknownHostException(host);
                                }
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                            throw new UnknownHostException(host);
                        });
        try (HttpForwarder forwarder = forwarder(networks)) {
            Node node = checked(URI.create("http://slow.example"), HealthCheck.Type.TCP);
            assertInstanceOf(Answer.Unreachable.class, forwarder.send(node, GET, SHORT));
            assertFalse(new NodeProbe(forwarder).healthy(node, SHORT));
            over.countDown();
        }
    }

    @Test
    void probe_over_http_wants_a_2xx() throws Exception {
        try (HttpForwarder forwarder = forwarder(AllowedNetworks.of(AllowedNetworks.PRIVATE))) {
            NodeProbe probe = new NodeProbe(forwarder);
            for (int status : new int[] {200, 204, 299, 302, 307, 404, 500}) {
                try (StubNode node =
                        StubNode.answering(
                                "HTTP/1.1 "
                                        + status
                                        + " X\r\nLocation: /x\r\n"
                                        + (status == 204 ? "\r\n" : "Content-Length: 0\r\n\r\n"))) {
                    assertEquals(
                            status < 300,
                            probe.healthy(checked(node.uri(), HealthCheck.Type.HTTP), LONG),
                            "status " + status);
                    assertTrue(node.nextRequest().startsWith("GET /health?deep HTTP/1.1\r\n"));
                    assertEquals(0, node.requestsLeft());
                }
            }
        }
    }

    @Test
    void probe_fails_on_nodes_that_are_silent_or_gone() throws Exception {
        try (HttpForwarder forwarder = forwarder(AllowedNetworks.of(AllowedNetworks.PRIVATE));
                StubNode silent = StubNode.silent()) {
            NodeProbe probe = new NodeProbe(forwarder);
            assertFalse(probe.healthy(checked(silent.uri(), HealthCheck.Type.HTTP), SHORT));
            assertTrue(probe.healthy(checked(silent.uri(), HealthCheck.Type.TCP), LONG));
            URI gone = StubNode.refusing();
            assertFalse(probe.healthy(checked(gone, HealthCheck.Type.HTTP), LONG));
            assertFalse(probe.healthy(checked(gone, HealthCheck.Type.TCP), LONG));
            assertTrue(probe.healthy(checked(gone, HealthCheck.Type.MQTT), LONG));
        }
    }
}
