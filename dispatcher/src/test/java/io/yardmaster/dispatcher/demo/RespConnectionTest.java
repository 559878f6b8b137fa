package io.yardmaster.dispatcher.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class RespConnectionTest {
    /// A Redis that reads `expected` bytes, answers once, and hangs up.
    private static final class OneAnswer implements AutoCloseable {
        private final ServerSocket server =
                new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        private final CompletableFuture<String> heard = new CompletableFuture<>();

        OneAnswer(int expected, String answer) throws IOException {
            Thread.ofVirtual()
                    .start(() -> {
                        try (Socket socket = server.accept()) {
                            byte[] bytes = socket.getInputStream().readNBytes(expected);
                            heard.complete(new String(bytes, StandardCharsets.UTF_8));
                            socket.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
                            socket.getOutputStream().flush();
                        } catch (IOException e) {
                            heard.completeExceptionally(e);
                        }
                    });
        }

        URI uri(String login) {
            return URI.create("redis://" + login + "127.0.0.1:" + server.getLocalPort());
        }

        String heard() throws Exception {
            return heard.get(5, TimeUnit.SECONDS);
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }

    private static final String PING = "*1\r\n$4\r\nPING\r\n";

    private static Object answered(String answer) throws IOException {
        try (OneAnswer redis = new OneAnswer(PING.length(), answer);
                RespConnection connection = new RespConnection(redis.uri(""))) {
            return String.valueOf(connection.call("PING"));
        }
    }

    @Test
    void command_is_sent_with_lengths_in_bytes() throws Exception {
        String command = "*2\r\n$4\r\nECHO\r\n$3\r\n€\r\n";
        try (OneAnswer redis =
                        new OneAnswer(
                                command.getBytes(StandardCharsets.UTF_8).length, "$3\r\n€\r\n");
                RespConnection connection = new RespConnection(redis.uri(""))) {
            assertEquals("€", connection.call("ECHO", "€"));
            assertEquals(command, redis.heard());
        }
    }

    @Test
    void every_kind_of_reply_is_understood() throws Exception {
        assertEquals("PONG", answered("+PONG\r\n"));
        assertEquals("-7", answered(":-7\r\n"));
        assertEquals("a\r\nb", answered("$4\r\na\r\nb\r\n"));
        assertEquals(
                List.of("queued", "x").toString(), answered("*2\r\n$6\r\nqueued\r\n$1\r\nx\r\n"));
        assertEquals("[]", answered("*0\r\n"));
    }

    @Test
    void nothing_is_null() throws Exception {
        try (OneAnswer redis = new OneAnswer(PING.length(), "$-1\r\n");
                RespConnection connection = new RespConnection(redis.uri(""))) {
            assertNull(connection.call("PING"));
        }
    }

    @Test
    void refusal_carries_the_words_of_redis() {
        IOException refused =
                assertThrows(
                        RespConnection.Refused.class, () -> answered("-NOPERM no such right\r\n"));
        assertEquals("NOPERM no such right", refused.getMessage());
    }

    @Test
    void cut_off_or_senseless_reply_is_an_error() {
        assertThrows(EOFException.class, () -> answered("$10\r\nabc"));
        assertThrows(EOFException.class, () -> answered(""));
        assertThrows(IOException.class, () -> answered("\r\n"));
        assertThrows(IOException.class, () -> answered("$999999999\r\n"));
        assertThrows(IOException.class, () -> answered("?\r\n"));
    }

    @Test
    void password_of_the_address_logs_in() throws Exception {
        String auth = "*3\r\n$4\r\nAUTH\r\n$7\r\ndefault\r\n$6\r\nsecret\r\n";
        try (OneAnswer redis = new OneAnswer(auth.length(), "+OK\r\n");
                RespConnection _ = new RespConnection(redis.uri(":secret@"))) {
            assertTrue(redis.heard().endsWith("secret\r\n"));
        }
    }
}
