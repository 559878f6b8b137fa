package io.yardmaster.dispatcher.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.dispatcher.chaos.FaultProxy.Trouble;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FaultProxyTest {
    private final ConcurrentLinkedQueue<String> heard = new ConcurrentLinkedQueue<>();
    private ServerSocket echo;
    private FaultProxy proxy;

    @BeforeEach
    void start() throws IOException {
        echo = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::serve);
        proxy = new FaultProxy("127.0.0.1", echo.getLocalPort(), new SplittableRandom(1));
    }

    private void serve() {
        while (!echo.isClosed()) {
            try {
                Socket caller = echo.accept();
                Thread.ofVirtual().start(() -> answer(caller));
            } catch (IOException e) {
                // closed
            }
        }
    }

    private void answer(Socket caller) {
        byte[] piece = new byte[1_000];
        try (caller) {
            InputStream in = caller.getInputStream();
            for (int length = in.read(piece); length >= 0; length = in.read(piece)) {
                heard.add(new String(piece, 0, length, StandardCharsets.UTF_8));
                caller.getOutputStream().write(piece, 0, length);
            }
        } catch (IOException e) {
            // the proxy hung up
        }
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        echo.close();
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
        socket.setSoTimeout(10_000);
        return socket;
    }

    /// What comes back; empty at the end of the stream.
    private static String ask(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        byte[] answer = new byte[1_000];
        int length = socket.getInputStream().read(answer);
        return length < 0 ? "" : new String(answer, 0, length, StandardCharsets.UTF_8);
    }

    @Test
    void without_trouble_everything_passes() throws IOException {
        try (Socket socket = connect()) {
            assertEquals("one", ask(socket, "one"));
            assertEquals("two", ask(socket, "two"));
        }
    }

    @Test
    void an_eaten_reply_was_asked_for_and_never_comes() throws IOException {
        proxy.set(new Trouble.EatReplies(1));
        try (Socket socket = connect()) {
            assertEquals("", ask(socket, "one"));
            assertEquals("[one]", heard.toString());
            assertEquals(1, proxy.struck());
        }
    }

    @Test
    void only_the_reply_to_a_named_request_is_eaten_and_only_once() throws IOException {
        proxy.set(new Trouble.EatReplyTo("take", new Trouble.None()));
        try (Socket socket = connect()) {
            assertEquals("other", ask(socket, "other"));
            assertEquals("", ask(socket, "please take this"));
        }
        try (Socket socket = connect()) {
            assertEquals("take", ask(socket, "take"));
        }
        assertEquals("[other, please take this, take]", heard.toString());
    }

    @Test
    void what_a_black_hole_held_comes_when_it_heals() throws IOException {
        try (Socket socket = connect()) {
            proxy.set(new Trouble.BlackHole());
            socket.setSoTimeout(300);
            assertThrows(SocketTimeoutException.class, () -> ask(socket, "one"));
            assertTrue(heard.isEmpty());
            proxy.heal();
            socket.setSoTimeout(10_000);
            assertEquals(3, socket.getInputStream().readNBytes(3).length);
        }
    }

    @Test
    void what_was_sent_on_a_forgotten_connection_never_arrives() throws IOException {
        try (Socket socket = connect()) {
            assertEquals("one", ask(socket, "one"));
            proxy.set(new Trouble.Forgotten());
            socket.setSoTimeout(300);
            assertThrows(SocketTimeoutException.class, () -> ask(socket, "two"));
            proxy.heal();
            assertThrows(SocketTimeoutException.class, () -> ask(socket, "three"));
        }
        try (Socket socket = connect()) {
            assertEquals("four", ask(socket, "four"));
        }
        assertEquals("[one, four]", heard.toString());
    }

    @Test
    void a_slow_link_is_slow_both_ways() throws IOException {
        proxy.set(new Trouble.Slow(Duration.ofMillis(60)));
        try (Socket socket = connect()) {
            long began = System.nanoTime();
            assertEquals("one", ask(socket, "one"));
            assertTrue(System.nanoTime() - began >= Duration.ofMillis(120).toNanos());
        }
    }

    @Test
    void a_reset_ends_connections_and_lets_no_new_one_live() throws IOException {
        try (Socket socket = connect()) {
            assertEquals("one", ask(socket, "one"));
            proxy.set(new Trouble.Reset());
            assertThrows(IOException.class, () -> ask(socket, "two"));
        }
        try (Socket socket = connect()) {
            assertThrows(
                    IOException.class,
                    () -> {
                        if (ask(socket, "three").isEmpty()) {
                            throw new IOException("closed");
                        }
                    });
        }
        assertEquals("[one]", heard.toString());
    }

    @Test
    void after_a_half_close_a_caller_is_heard_and_hears_nothing() throws IOException {
        proxy.set(new Trouble.HalfClose());
        try (Socket socket = connect()) {
            assertEquals("one", ask(socket, "one"));
            assertEquals("", ask(socket, "two"));
            io.yardmaster.dispatcher.e2e.Await.until("it is heard", () -> heard.contains("two"));
        }
    }
}
