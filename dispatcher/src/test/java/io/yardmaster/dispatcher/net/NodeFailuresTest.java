package io.yardmaster.dispatcher.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.dispatcher.dispatch.Forwarder.Answer;
import io.yardmaster.dispatcher.dispatch.Forwarder.Outgoing;
import io.yardmaster.nodes.Node;
import io.yardmaster.redis.RedisFixture;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What becomes of an attempt when the node misbehaves (F24, F25).
@Timeout(60)
class NodeFailuresTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final Outgoing POST = new Outgoing("POST", "/work", List.of(), new byte[250]);

    private final HttpForwarder forwarder =
            new HttpForwarder(
                    HttpForwarder.Config.defaults(),
                    AllowedNetworks.of(AllowedNetworks.PRIVATE),
                    RedisFixture.LOOPS);

    @AfterEach
    void close() {
        forwarder.close();
    }

    private Answer send(StubNode node, Duration timeout) throws InterruptedException {
        return forwarder.send(node.node(), POST, timeout);
    }

    @Test
    void answer_comes_back_with_status_and_body() throws Exception {
        try (StubNode node = StubNode.answering(StubNode.OK)) {
            var answer = assertInstanceOf(Answer.Responded.class, send(node, LONG));
            assertEquals(200, answer.status());
            assertEquals("ok", new String(answer.body(), StandardCharsets.UTF_8));
        }
    }

    @Test
    void error_status_is_an_answer() throws Exception {
        try (StubNode node =
                StubNode.answering(
                        "HTTP/1.1 503 Busy\r\nRetry-After: 2\r\nContent-Length: 0\r\n\r\n")) {
            var answer = assertInstanceOf(Answer.Responded.class, send(node, LONG));
            assertEquals(503, answer.status());
            assertEquals("2", answer.header("retry-after"));
        }
    }

    @Test
    void connections_are_used_again() throws Exception {
        try (StubNode node = StubNode.answering(StubNode.OK)) {
            for (int i = 0; i < 50; i++) {
                assertInstanceOf(Answer.Responded.class, send(node, LONG));
            }
            // an answer is here a moment before its connection is free again
            assertTrue(node.accepted() <= 5, "connections: " + node.accepted());
        }
    }

    @Test
    void refused_connection_is_unreachable() throws Exception {
        Node node = Node.at("gone", StubNode.refusing());
        assertInstanceOf(Answer.Unreachable.class, forwarder.send(node, POST, LONG));
    }

    @Test
    void name_without_address_is_unreachable() throws Exception {
        Node node = Node.at("nowhere", URI.create("http://no-such-host.invalid:80"));
        assertInstanceOf(Answer.Unreachable.class, forwarder.send(node, POST, LONG));
    }

    @Test
    void full_accept_queue_is_unreachable_after_the_connect_timeout() throws Exception {
        try (ServerSocket full =
                new ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
            List<Socket> fill = new ArrayList<>();
            try {
                for (int i = 0; i < 4; i++) { // nobody accepts: the kernel drops the last SYNs
                    Socket socket = new Socket();
                    fill.add(socket);
                    try {
                        socket.connect(full.getLocalSocketAddress(), 200);
                    } catch (java.net.SocketTimeoutException e) {
                        break;
                    }
                }
                Node node = Node.at("full", URI.create("http://127.0.0.1:" + full.getLocalPort()));
                long start = System.nanoTime();
                assertInstanceOf(Answer.Unreachable.class, forwarder.send(node, POST, LONG));
                assertTrue(System.nanoTime() - start < LONG.toNanos() / 2);
            } finally {
                for (Socket socket : fill) {
                    socket.close();
                }
            }
        }
    }

    @Test
    void silent_node_times_out_and_sees_the_connection_close() throws Exception {
        try (StubNode node = StubNode.silent()) {
            long start = System.nanoTime();
            assertInstanceOf(Answer.TimedOut.class, send(node, SHORT));
            assertTrue(System.nanoTime() - start >= SHORT.toNanos());
            assertTrue(node.sawClientClose());
            assertEquals(1, node.requestsLeft());
        }
    }

    @Test
    void drip_of_one_byte_at_a_time_does_not_stretch_the_timeout() throws Exception {
        try (StubNode node =
                StubNode.with(connection -> {
                    connection.request();
                    connection.say("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
                    while (!connection.pause(20)) {
                        connection.say("x");
                    }
                })) {
            assertInstanceOf(Answer.TimedOut.class, send(node, SHORT));
            assertTrue(node.sawClientClose());
        }
    }

    @Test
    void drip_of_header_bytes_does_not_stretch_the_timeout() throws Exception {
        try (StubNode node =
                StubNode.with(connection -> {
                    connection.request();
                    connection.say("HTTP/1.1 200 OK\r\nX-Slow: ");
                    while (!connection.pause(20)) {
                        connection.say("x");
                    }
                })) {
            assertInstanceOf(Answer.TimedOut.class, send(node, SHORT));
            assertTrue(node.sawClientClose());
        }
    }

    @Test
    void node_that_closes_after_reading_is_broken() throws Exception {
        try (StubNode node = StubNode.with(StubNode.Connection::request)) {
            assertInstanceOf(Answer.Broken.class, send(node, LONG));
            assertEquals(1, node.accepted());
        }
    }

    @Test
    void node_that_resets_after_reading_is_broken() throws Exception {
        try (StubNode node =
                StubNode.with(connection -> {
                    connection.request();
                    connection.reset();
                })) {
            assertInstanceOf(Answer.Broken.class, send(node, LONG));
        }
    }

    @Test
    void node_that_resets_in_the_middle_of_the_body_is_broken() throws Exception {
        try (StubNode node =
                StubNode.with(connection -> {
                    connection.request();
                    connection.say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
                    connection.pause(50);
                    connection.reset();
                })) {
            assertInstanceOf(Answer.Broken.class, send(node, LONG));
        }
    }

    @Test
    void garbage_is_broken() throws Exception {
        try (StubNode node = StubNode.answeringOnce("\u0000\u0001SSH-2.0-nonsense\r\n\r\n")) {
            assertInstanceOf(Answer.Broken.class, send(node, LONG));
        }
    }

    @Test
    void answer_shorter_than_its_content_length_is_broken() throws Exception {
        try (StubNode node =
                StubNode.answeringOnce("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok")) {
            assertInstanceOf(Answer.Broken.class, send(node, LONG));
        }
    }

    @Test
    void unfinished_chunked_answer_is_broken() throws Exception {
        try (StubNode node =
                StubNode.answeringOnce(
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n")) {
            assertInstanceOf(Answer.Broken.class, send(node, LONG));
        }
    }

    @Test
    void answer_without_length_ends_with_the_connection() throws Exception {
        try (StubNode node = StubNode.answeringOnce("HTTP/1.1 200 OK\r\n\r\nall of it")) {
            var answer = assertInstanceOf(Answer.Responded.class, send(node, LONG));
            assertEquals("all of it", new String(answer.body(), StandardCharsets.UTF_8));
        }
    }

    @Test
    void surplus_bytes_are_never_the_answer_to_the_next_request() throws Exception {
        String forged = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged";
        try (StubNode node = StubNode.answering(StubNode.OK + forged)) {
            int answered = 0;
            for (int i = 0; i < 50; i++) {
                switch (send(node, LONG)) {
                    case Answer.Responded answer -> {
                        assertEquals("ok", new String(answer.body(), StandardCharsets.UTF_8));
                        answered++;
                    }
                    case Answer.Unsendable _,
                            Answer.Unreachable _ -> {} // met the connection that was being closed
                    case Answer.Broken broken -> throw new AssertionError(broken.message());
                    case Answer.TimedOut _, Answer.Withheld _ ->
                            throw new AssertionError("timed out");
                }
            }
            assertTrue(answered >= 25, "answered " + answered);
            assertTrue(node.accepted() >= answered, "a connection with surplus was used again");
        }
    }

    @Test
    void redirect_is_an_answer_and_its_target_sees_nobody() throws Exception {
        try (StubNode target = StubNode.answering(StubNode.OK);
                StubNode node =
                        StubNode.answering(
                                "HTTP/1.1 307 Elsewhere\r\nLocation: "
                                        + target.uri()
                                        + "/\r\nContent-Length: 0\r\n\r\n")) {
            var answer = assertInstanceOf(Answer.Responded.class, send(node, LONG));
            assertEquals(307, answer.status());
            assertEquals(0, target.accepted());
        }
    }

    @Test
    void interim_responses_are_skipped() throws Exception {
        try (StubNode node =
                StubNode.answering(
                        "HTTP/1.1 100 Continue\r\n\r\n"
                                + "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
                                + StubNode.OK)) {
            for (int i = 0; i < 10; i++) {
                var answer = assertInstanceOf(Answer.Responded.class, send(node, LONG));
                assertEquals(200, answer.status());
            }
            assertTrue(node.accepted() <= 5, "connections: " + node.accepted());
        }
    }

    @Test
    void flood_of_interim_responses_is_broken() throws Exception {
        try (StubNode node =
                StubNode.with(connection -> {
                    connection.request();
                    while (!connection.pause(0)) {
                        connection.say("HTTP/1.1 100 Continue\r\n\r\n");
                    }
                })) {
            assertInstanceOf(Answer.Broken.class, send(node, LONG));
            assertTrue(node.sawClientClose());
        }
    }

    @Test
    void keep_alive_connection_that_the_node_closed_costs_at_most_one_ambiguous_attempt()
            throws Exception {
        try (StubNode node = StubNode.answeringOnce(StubNode.OK)) { // says keep-alive, closes
            int answered = 0;
            for (int i = 0; i < 100; i++) {
                switch (send(node, LONG)) {
                    case Answer.Responded _ -> answered++;
                    case Answer.Broken _, Answer.Unreachable _, Answer.Unsendable _ -> {}
                    case Answer.TimedOut _, Answer.Withheld _ ->
                            throw new AssertionError("timed out");
                }
            }
            assertTrue(answered >= 50, "answered " + answered);
            assertTrue(node.requestsLeft() <= 100, "a request was sent twice");
        }
    }

    @Test
    void what_may_not_be_sent_any_more_is_not_written_and_leaves_the_connection_usable()
            throws Exception {
        // an exchange ends a moment before its connection is back in the pool: with more than one
        // connection allowed, a quick caller would open another
        var config = HttpForwarder.Config.defaults().withConnectionsPerNode(1);
        try (var single =
                        new HttpForwarder(
                                config,
                                AllowedNetworks.of(AllowedNetworks.PRIVATE),
                                RedisFixture.LOOPS);
                StubNode node = StubNode.answering(StubNode.OK)) {
            assertInstanceOf(Answer.Responded.class, single.send(node.node(), POST, LONG));
            for (int i = 0; i < 5; i++) {
                assertEquals(
                        new Answer.Withheld(), single.send(node.node(), POST, LONG, () -> false));
            }
            assertInstanceOf(Answer.Responded.class, single.send(node.node(), POST, LONG));
            assertEquals(1, node.accepted(), "connections");
        }
    }

    @Test
    void who_closes_it_closes_its_connections_and_not_the_loops() throws Exception {
        try (StubNode node = StubNode.answering(StubNode.OK)) {
            for (int i = 1; i <= 2; i++) {
                try (var shortly =
                        new HttpForwarder(
                                HttpForwarder.Config.defaults(),
                                AllowedNetworks.of(AllowedNetworks.PRIVATE),
                                RedisFixture.LOOPS)) {
                    assertInstanceOf(Answer.Responded.class, shortly.send(node.node(), POST, LONG));
                }
                assertTrue(node.sawClientClose());
                assertEquals(i, node.accepted(), "connections");
            }
        }
    }

    @Test
    void idle_connections_are_closed() throws Exception {
        var config = HttpForwarder.Config.defaults().withIdleTimeout(Duration.ofMillis(50));
        try (var impatient =
                        new HttpForwarder(
                                config,
                                AllowedNetworks.of(AllowedNetworks.PRIVATE),
                                RedisFixture.LOOPS);
                StubNode node = StubNode.answering(StubNode.OK)) {
            assertInstanceOf(Answer.Responded.class, impatient.send(node.node(), POST, LONG));
            assertTrue(node.sawClientClose());
        }
    }

    @Test
    void interrupted_attempt_closes_its_connection() throws Exception {
        try (StubNode node = StubNode.silent()) {
            CompletableFuture<Boolean> calledOff = new CompletableFuture<>();
            Thread thread =
                    Thread.startVirtualThread(() -> {
                        try {
                            send(node, LONG);
                            calledOff.complete(false);
                        } catch (InterruptedException e) {
                            calledOff.complete(true);
                        }
                    });
            node.nextRequest();
            thread.interrupt();
            assertTrue(calledOff.get(10, TimeUnit.SECONDS));
            assertTrue(node.sawClientClose());
        }
    }

    @Test
    void attempt_of_an_interrupted_thread_throws() throws Exception {
        try (StubNode node = StubNode.silent()) {
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, () -> send(node, LONG));
        }
    }

    @Test
    void request_that_got_no_connection_in_time_is_never_sent_later() throws Exception {
        var config = HttpForwarder.Config.defaults().withConnectionsPerNode(1);
        AtomicBoolean free = new AtomicBoolean();
        try (var narrow =
                        new HttpForwarder(
                                config,
                                AllowedNetworks.of(AllowedNetworks.PRIVATE),
                                RedisFixture.LOOPS);
                StubNode node =
                        StubNode.with(connection -> {
                            while (connection.request() != null) {
                                while (!free.get() && !connection.pause(5)) {
                                    // the only connection stays busy
                                }
                                connection.say(StubNode.OK);
                            }
                        })) {
            CompletableFuture<Answer> busy = new CompletableFuture<>();
            Thread.startVirtualThread(() -> {
                try {
                    busy.complete(narrow.send(node.node(), POST, LONG));
                } catch (InterruptedException e) {
                    busy.completeExceptionally(e);
                }
            });
            node.nextRequest();
            Outgoing late = new Outgoing("POST", "/late", List.of(), new byte[1]);
            assertInstanceOf(Answer.Unreachable.class, narrow.send(node.node(), late, SHORT));
            free.set(true);
            assertInstanceOf(Answer.Responded.class, busy.get(10, TimeUnit.SECONDS));
            Outgoing last = new Outgoing("POST", "/last", List.of(), new byte[1]);
            assertInstanceOf(Answer.Responded.class, narrow.send(node.node(), last, LONG));
            assertTrue(node.nextRequest().startsWith("POST /last "));
            assertEquals(0, node.requestsLeft());
        }
    }
}
