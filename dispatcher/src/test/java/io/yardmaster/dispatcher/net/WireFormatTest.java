package io.yardmaster.dispatcher.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.dispatcher.dispatch.Forwarder.Answer;
import io.yardmaster.dispatcher.dispatch.Forwarder.Outgoing;
import io.yardmaster.nodes.Node;
import io.yardmaster.queue.Request.Header;
import io.yardmaster.redis.RedisFixture;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a node gets, byte for byte, and which parts of its answer come back.
@Timeout(60)
@SuppressWarnings("StringConcatToTextBlock") // lines end with CRLF here
class WireFormatTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    private final HttpForwarder forwarder =
            new HttpForwarder(
                    HttpForwarder.Config.defaults(),
                    AllowedNetworks.of(AllowedNetworks.PRIVATE),
                    RedisFixture.LOOPS);
    private StubNode node = closed();

    private static StubNode closed() {
        try {
            StubNode stub = StubNode.answering(StubNode.OK);
            stub.close();
            return stub;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @BeforeEach
    void open() throws IOException {
        node = StubNode.answering(StubNode.OK);
    }

    @AfterEach
    void close() throws IOException {
        node.close();
        forwarder.close();
    }

    private String sent(String method, String path, List<Header> headers, String body)
            throws InterruptedException {
        return sent(node.uri(), method, path, headers, body);
    }

    private String sent(URI uri, String method, String path, List<Header> headers, String body)
            throws InterruptedException {
        Outgoing outgoing =
                new Outgoing(method, path, headers, body.getBytes(StandardCharsets.ISO_8859_1));
        Answer answer = forwarder.send(Node.at("n", uri), outgoing, LONG);
        assertInstanceOf(Answer.Responded.class, answer, answer::toString);
        return node.nextRequest();
    }

    @Test
    void post_arrives_byte_for_byte() throws Exception {
        String request =
                sent(
                        "POST",
                        "/work?a=b",
                        List.of(
                                new Header("Content-Type", "not a media type"),
                                new Header("X-Twice", "1"),
                                new Header("x-twice", "2"),
                                new Header("X-Eight-Bit", "caf\u00e9")),
                        "\u0000\u00ffbody");
        assertEquals(
                "POST /work?a=b HTTP/1.1\r\n"
                        + ("Host: 127.0.0.1:" + node.port() + "\r\n")
                        + "Content-Type: not a media type\r\n"
                        + "X-Twice: 1\r\n"
                        + "x-twice: 2\r\n"
                        + "X-Eight-Bit: caf\u00e9\r\n"
                        + "content-length: 6\r\n"
                        + "connection: keep-alive\r\n"
                        + "\r\n"
                        + "\u0000\u00ffbody",
                request);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "//",
                "/a//b",
                "/../../etc/passwd",
                "/a/./b/..",
                "/a%2Fb%2f%2e%2e",
                "/%zz%",
                "/a|b{c}[d]\"e<f>\\^`",
                "/?",
                "/a?b=c?d=%3F&&=",
                "/a;v=1,2:80@b",
                "/http://other/"
            })
    void target_arrives_as_given(String path) throws Exception {
        assertTrue(
                sent("GET", path, List.of(), "").startsWith("GET " + path + " HTTP/1.1\r\n"), path);
    }

    @Test
    void target_is_appended_to_the_path_of_the_node() throws Exception {
        for (String base : List.of("/api%2Fv1", "/api%2Fv1/")) {
            String request =
                    sent(URI.create(node.uri() + base), "GET", "//x/../y%20z", List.of(), "");
            assertTrue(request.startsWith("GET /api%2Fv1//x/../y%20z HTTP/1.1\r\n"), request);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD", "DELETE"})
    void method_without_body_sends_none(String method) throws Exception {
        if (method.equals("HEAD")) {
            node.close();
            node = StubNode.answering("HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n");
        }
        String request = sent(method, "/", List.of(), "");
        assertEquals(
                method
                        + " / HTTP/1.1\r\nHost: 127.0.0.1:"
                        + node.port()
                        + "\r\nconnection: keep-alive\r\n\r\n",
                request);
    }

    @Test
    void delete_and_unknown_methods_may_carry_a_body() throws Exception {
        for (String method : List.of("DELETE", "GET", "PURGE")) {
            String request = sent(method, "/", List.of(), "x");
            assertTrue(request.startsWith(method + " / HTTP/1.1\r\n"), request);
            assertTrue(request.contains("content-length: 1\r\n"), request);
            assertTrue(request.endsWith("\r\n\r\nx"), request);
        }
    }

    @Test
    void fields_about_one_connection_are_not_forwarded() throws Exception {
        String request =
                sent(
                        "POST",
                        "/",
                        List.of(
                                new Header("connection", "close, X-Auth"),
                                new Header("Connection", "x-other"),
                                new Header("X-Auth", "secret"),
                                new Header("X-Other", "1"),
                                new Header("Keep-Alive", "timeout=5"),
                                new Header("Proxy-Authorization", "Basic x"),
                                new Header("Proxy-Connection", "close"),
                                new Header("TE", "trailers"),
                                new Header("Trailer", "X"),
                                new Header("Transfer-Encoding", "chunked"),
                                new Header("Upgrade", "h2c"),
                                new Header("Expect", "100-continue"),
                                new Header("Host", "evil"),
                                new Header("Content-Length", "999"),
                                new Header("X-Kept", "yes")),
                        "abc");
        assertEquals(
                "POST / HTTP/1.1\r\nHost: 127.0.0.1:"
                        + node.port()
                        + "\r\nX-Kept: yes\r\ncontent-length: 3\r\nconnection: keep-alive\r\n\r\nabc",
                request);
    }

    @Test
    void what_cannot_be_sent_as_given_is_never_sent() {
        for (String value :
                List.of("a\r\nX-Evil: 1", "a\n", "\r", "a\u0000b", "\u007f", "\u20ac")) {
            refused("GET", "/", new Header("X", value));
        }
        for (String name : List.of("", "X Y", "X:", "X\r\n", "\u00e9")) {
            refused("GET", "/", new Header(name, "v"));
        }
        for (String path : List.of("no-slash", "/a b", "/a\r\nX: 1", "/\u0000", "/\u00e9", "")) {
            refused("GET", path, new Header("X", "v"));
        }
        for (String method : List.of("", "G T", "GET\r\n", "CONNECT")) {
            refused(method, "/", new Header("X", "v"));
        }
        assertEquals(0, node.accepted());
    }

    private void refused(String method, String path, Header header) {
        Outgoing outgoing = new Outgoing(method, path, List.of(header), new byte[0]);
        assertThrows(
                IllegalArgumentException.class, () -> forwarder.send(node.node(), outgoing, LONG));
    }

    @Test
    void answer_comes_back_without_the_fields_about_the_connection() throws Exception {
        node.close();
        node =
                StubNode.answering(
                        "HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: max=1\r\n"
                                + "Proxy-Authenticate: Basic\r\nUpgrade: h2c\r\nSet-Cookie: a=1\r\n"
                                + "Transfer-Encoding: chunked\r\nSet-Cookie: b=2\r\n\r\n"
                                + "2\r\nok\r\n0\r\nX-Trailer: 1\r\n\r\n");
        var answer =
                assertInstanceOf(
                        Answer.Responded.class,
                        forwarder.send(
                                node.node(),
                                new Outgoing("GET", "/", List.of(), new byte[0]),
                                LONG));
        assertEquals(
                List.of(new Header("Set-Cookie", "a=1"), new Header("Set-Cookie", "b=2")),
                answer.headers());
        assertEquals("ok", new String(answer.body(), StandardCharsets.UTF_8));
        assertFalse(answer.truncated());
    }

    @Test
    void compressed_answer_stays_compressed() throws Exception {
        ByteArrayOutputStream zipped = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(zipped)) {
            zip.write(new byte[100_000]);
        }
        node.close();
        node =
                StubNode.answering(
                        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: "
                                + zipped.size()
                                + "\r\n\r\n"
                                + zipped.toString(StandardCharsets.ISO_8859_1));
        var answer =
                assertInstanceOf(
                        Answer.Responded.class,
                        forwarder.send(
                                node.node(),
                                new Outgoing("GET", "/", List.of(), new byte[0]),
                                LONG));
        assertEquals("gzip", answer.header("content-encoding"));
        assertArrayEquals(zipped.toByteArray(), answer.body());
    }
}
