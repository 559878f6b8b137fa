package io.yardmaster.dispatcher.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.nodes.HealthCheck;
import io.yardmaster.nodes.Node;
import io.yardmaster.nodes.Stats;
import io.yardmaster.nodes.StatsPoller.Pages.Page;
import io.yardmaster.redis.RedisFixture;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Pages of exporters are fetched by the rules that hold for nodes.
@Timeout(60)
class NodePagesTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofSeconds(2);

    private static Page fetch(HttpForwarder forwarder, URI url, Duration timeout) {
        Stats stats = new Stats(Stats.Type.NODE_EXPORTER, url, null);
        Node node = Node.at("n", URI.create("http://127.0.0.1:1"));
        return new NodePages(forwarder).fetch(node, stats, timeout);
    }

    private static HttpForwarder forwarder(String... networks) {
        return new HttpForwarder(
                HttpForwarder.Config.defaults(),
                AllowedNetworks.of(List.of(networks)),
                RedisFixture.LOOPS);
    }

    private static String why(Page page) {
        return assertInstanceOf(Page.Failed.class, page).why();
    }

    @Test
    void page_comes_whole_with_path_and_query_as_registered() throws Exception {
        try (StubNode exporter = StubNode.answering(StubNode.OK);
                HttpForwarder forwarder = forwarder("127.0.0.0/8")) {
            URI url = exporter.uri().resolve("/metrics?collect%5B%5D=cpu");
            Page page = fetch(forwarder, url, LONG);
            assertArrayEquals(
                    "ok".getBytes(StandardCharsets.US_ASCII),
                    assertInstanceOf(Page.Fetched.class, page).body());
            String asked = exporter.nextRequest();
            assertTrue(asked.startsWith("GET /metrics?collect%5B%5D=cpu HTTP/1.1\r\n"), asked);
            assertTrue(asked.contains("Host: 127.0.0.1:" + exporter.port() + "\r\n"), asked);
        }
    }

    @Test
    void redirects_are_not_followed_and_other_answers_are_no_pages() throws Exception {
        for (int status : new int[] {204, 302, 404, 500}) {
            try (StubNode exporter =
                            StubNode.answeringOnce(
                                    "HTTP/1.1 "
                                            + status
                                            + " X\r\nLocation: /x\r\n"
                                            + (status == 204
                                                    ? "\r\n"
                                                    : "Content-Length: 0\r\n\r\n"));
                    HttpForwarder forwarder = forwarder("127.0.0.0/8")) {
                String why = why(fetch(forwarder, exporter.uri(), LONG));
                assertEquals("it answered " + status + " (expected: 200)", why);
                assertEquals(1, exporter.accepted());
            }
        }
    }

    @Test
    void page_without_end_is_cut_off() throws Exception {
        byte[] chunk =
                ("10000\r\n" + "x".repeat(0x10000) + "\r\n").getBytes(StandardCharsets.UTF_8);
        try (StubNode exporter =
                        StubNode.with(connection -> {
                            connection.request();
                            connection.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                            while (true) {
                                connection.say(chunk);
                            }
                        });
                HttpForwarder forwarder = forwarder("127.0.0.0/8")) {
            assertEquals("longer than 2097152 bytes", why(fetch(forwarder, exporter.uri(), LONG)));
            assertTrue(exporter.sawClientClose());
        }
    }

    @Test
    void health_page_without_end_is_cut_off_and_its_status_counts() throws Exception {
        byte[] chunk = ("1000\r\n" + "x".repeat(0x1000) + "\r\n").getBytes(StandardCharsets.UTF_8);
        try (StubNode node =
                        StubNode.with(connection -> {
                            connection.request();
                            connection.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                            while (true) {
                                connection.say(chunk);
                            }
                        });
                HttpForwarder forwarder = forwarder("127.0.0.0/8")) {
            Node checked =
                    new Node(
                            "n",
                            node.uri(),
                            Set.of(),
                            1,
                            null,
                            null,
                            Map.of(),
                            false,
                            10,
                            new HealthCheck(HealthCheck.Type.HTTP, "/health", null),
                            false);
            assertTrue(new NodeProbe(forwarder).healthy(checked, LONG));
            assertTrue(node.sawClientClose());
        }
    }

    @Test
    void exporter_that_is_silent_gone_or_elsewhere_fails_with_a_reason() throws Exception {
        try (StubNode warm = StubNode.answering(StubNode.OK);
                StubNode silent = StubNode.silent();
                HttpForwarder forwarder = forwarder("127.0.0.0/8")) {
            // a client's first connection on a busy machine takes its time
            assertInstanceOf(Page.Fetched.class, fetch(forwarder, warm.uri(), LONG));
            assertEquals("no answer within PT2S", why(fetch(forwarder, silent.uri(), SHORT)));
            String gone = why(fetch(forwarder, StubNode.refusing(), LONG));
            assertTrue(gone.startsWith("unreachable: "), gone);
        }
        try (StubNode sink = StubNode.answering(StubNode.OK);
                HttpForwarder forwarder = forwarder("10.0.0.0/8")) {
            String forbidden = why(fetch(forwarder, sink.uri(), LONG));
            assertTrue(forbidden.contains("yardmaster.nodes-allowed"), forbidden);
            assertEquals(0, sink.accepted());
        }
    }
}
