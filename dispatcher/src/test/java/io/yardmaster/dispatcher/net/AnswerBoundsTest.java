package io.yardmaster.dispatcher.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.dispatcher.dispatch.Forwarder.Answer;
import io.yardmaster.dispatcher.dispatch.Forwarder.Outgoing;
import io.yardmaster.redis.RedisFixture;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// However much a node says, only so much of it is read and kept.
@Timeout(60)
class AnswerBoundsTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final int MAX_BODY = 100_000;
    private static final Outgoing GET = new Outgoing("GET", "/", List.of(), new byte[0]);

    private final HttpForwarder forwarder =
            new HttpForwarder(
                    HttpForwarder.Config.defaults().withMaxBody(MAX_BODY),
                    AllowedNetworks.of(AllowedNetworks.PRIVATE),
                    RedisFixture.LOOPS);

    @AfterEach
    void close() {
        forwarder.close();
    }

    private static String ok(int length) {
        return "HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\n\r\n" + "x".repeat(length);
    }

    @Test
    void body_of_just_the_bound_is_whole() throws Exception {
        try (StubNode node = StubNode.answering(ok(MAX_BODY))) {
            var answer =
                    assertInstanceOf(
                            Answer.Responded.class, forwarder.send(node.node(), GET, LONG));
            assertEquals(MAX_BODY, answer.body().length);
            assertFalse(answer.truncated());
        }
    }

    @Test
    void body_above_the_bound_is_cut() throws Exception {
        try (StubNode node = StubNode.answering(ok(MAX_BODY + 1))) {
            var answer =
                    assertInstanceOf(
                            Answer.Responded.class, forwarder.send(node.node(), GET, LONG));
            assertEquals(MAX_BODY, answer.body().length);
            assertTrue(answer.truncated());
        }
    }

    @Test
    void answer_of_2_gigabytes_is_cut_and_not_read() throws Exception {
        AtomicLong written = new AtomicLong();
        try (StubNode node =
                StubNode.with(connection -> {
                    connection.request();
                    connection.say("HTTP/1.1 200 OK\r\nContent-Length: 2147483648\r\n\r\n");
                    byte[] piece = new byte[64 * 1024];
                    while (written.get() < 2_147_483_648L) {
                        connection.say(piece);
                        written.addAndGet(piece.length);
                    }
                })) {
            var answer =
                    assertInstanceOf(
                            Answer.Responded.class, forwarder.send(node.node(), GET, LONG));
            assertEquals(MAX_BODY, answer.body().length);
            assertTrue(answer.truncated());
            assertTrue(node.sawClientClose());
            // what the node got rid of is what fits into socket buffers and one round of reading
            assertTrue(written.get() < 64L * 1024 * 1024, "written: " + written);
        }
    }

    @Test
    void endless_chunks_are_cut() throws Exception {
        try (StubNode node =
                StubNode.with(connection -> {
                    connection.request();
                    connection.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                    while (!connection.pause(0)) {
                        connection.say("1\r\nx\r\n".repeat(1000));
                    }
                })) {
            var answer =
                    assertInstanceOf(
                            Answer.Responded.class, forwarder.send(node.node(), GET, LONG));
            assertEquals(MAX_BODY, answer.body().length);
            assertTrue(answer.truncated());
            assertTrue(node.sawClientClose());
        }
    }

    @Test
    void headers_up_to_the_bound_are_read() throws Exception {
        String field = "X-Large: " + "h".repeat(1000) + "\r\n";
        try (StubNode node =
                StubNode.answering(
                        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + field.repeat(30) + "\r\n")) {
            assertInstanceOf(Answer.Responded.class, forwarder.send(node.node(), GET, LONG));
        }
    }

    @Test
    void endless_headers_are_broken() throws Exception {
        try (StubNode node =
                StubNode.with(connection -> {
                    connection.request();
                    connection.say("HTTP/1.1 200 OK\r\n");
                    while (!connection.pause(0)) {
                        connection.say("X-More: " + "h".repeat(1000) + "\r\n");
                    }
                })) {
            assertInstanceOf(Answer.Broken.class, forwarder.send(node.node(), GET, LONG));
            assertTrue(node.sawClientClose());
        }
    }
}
