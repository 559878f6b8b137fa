package io.yardmaster.dispatcher.chaos;

import io.yardmaster.dispatcher.chaos.Evidence.Send;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A node that writes every whole request into the ledger before it answers, and behaves as it is
/// told: HTTP/1.1 by hand, because no server of a library does these things.
final class ChaosNode implements AutoCloseable {
    private static final Duration HELD = Duration.ofSeconds(30);
    private static final byte[] GOOD = "{\"served\":true}".getBytes(StandardCharsets.UTF_8);

    private final String id;
    private final int port;
    private final History history;
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
    private final String elsewhere;
    private volatile Behaviour behaviour = Behaviour.SERVES;
    private volatile int slowestMs = 12;
    private volatile boolean closed;
    private volatile @Nullable ServerSocket door;

    /// @param elsewhere where `REDIRECTS` points
    ChaosNode(String id, History history, String elsewhere) {
        this.id = id;
        this.history = history;
        this.elsewhere = elsewhere;
        try {
            ServerSocket opened = new ServerSocket(0, 500);
            port = opened.getLocalPort();
            listen(opened);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String id() {
        return id;
    }

    int port() {
        return port;
    }

    /// It takes up to so long for an answer.
    void slowest(Duration time) {
        slowestMs = (int) time.toMillis();
    }

    void behave(Behaviour next) {
        behaviour = next;
        if (next == Behaviour.REFUSES) {
            shut();
        } else if (door == null && !closed) {
            reopen();
        }
    }

    private void listen(ServerSocket opened) {
        door = opened;
        Thread.ofVirtual().name("node-" + id).start(() -> accept(opened));
    }

    private void reopen() {
        try {
            ServerSocket opened = new ServerSocket();
            opened.setReuseAddress(true);
            opened.bind(new InetSocketAddress(port), 500);
            listen(opened);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void shut() {
        ServerSocket opened = door;
        door = null;
        if (opened != null) {
            quietly(opened);
        }
        connections.forEach(ChaosNode::quietly);
    }

    private void accept(ServerSocket opened) {
        while (!opened.isClosed()) {
            try {
                Socket connection = opened.accept();
                connections.add(connection);
                Thread.ofVirtual().start(() -> serve(connection));
            } catch (IOException e) {
                // shut, or the next one
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            connection.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(connection.getInputStream());
            boolean goesOn = true;
            while (goesOn) {
                goesOn = exchange(in, connection);
            }
        } catch (IOException e) {
            // the dispatcher hung up
        } finally {
            connections.remove(connection);
        }
    }

    private boolean exchange(InputStream in, Socket connection) throws IOException {
        String first = line(in);
        if (first == null) {
            return false;
        }
        Map<String, String> headers = new TreeMap<>();
        for (String line = line(in); line != null && !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            if (colon < 0) {
                return false; // no HTTP: somebody else's client at a port that was somebody else's
            }
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).trim());
        }
        int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
        byte[] body = in.readNBytes(length);
        if (body.length < length) {
            return false; // cut on the way: it was not received
        }
        String request = headers.get("x-request-id");
        if (request == null) {
            answer(connection, "404 Not Found", "", new byte[0]);
            return true;
        }
        history.sent(
                new Send(
                        System.nanoTime(),
                        id,
                        request,
                        Integer.parseInt(headers.getOrDefault("x-yardmaster-attempt", "0")),
                        headers.getOrDefault("x-yardmaster-priority", ""),
                        headers.getOrDefault("x-instance-id", ""),
                        new String(body, StandardCharsets.UTF_8).equals(request)));
        return behave(connection);
    }

    /// Whether the connection may be used again.
    private boolean behave(Socket connection) throws IOException {
        OutputStream out = connection.getOutputStream();
        pause(Duration.ofMillis(ThreadLocalRandom.current().nextInt(slowestMs + 1)));
        switch (behaviour) {
            case SERVES -> answer(connection, "200 OK", "", GOOD);
            case FAILS_SOMETIMES -> {
                boolean fails = ThreadLocalRandom.current().nextInt(10) == 0;
                answer(connection, fails ? "500 Internal Server Error" : "200 OK", "", GOOD);
            }
            case REFUSES, CLOSES -> {
                return false;
            }
            case HOLDS -> {
                pause(HELD);
                answer(connection, "200 OK", "", GOOD);
            }
            case HANGS -> {
                pause(HELD);
                return false;
            }
            case DRIPS -> {
                ascii(out, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
                for (int i = 0; i < HELD.toSeconds(); i++) {
                    ascii(out, "x");
                    pause(Duration.ofSeconds(1));
                }
                return false;
            }
            case RESETS -> {
                ascii(out, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf");
                connection.setSoLinger(true, 0);
                return false;
            }
            case BABBLES -> {
                ascii(out, "\u0001\u0002 lorem ipsum\r\ndolor: \r\n\r\n");
                return false;
            }
            case REDIRECTS ->
                    answer(
                            connection,
                            "307 Temporary Redirect",
                            "Location: " + elsewhere + "\r\n",
                            new byte[0]);
            case FLOODS -> {
                ascii(out, "HTTP/1.1 200 OK\r\nContent-Length: 2147483648\r\n\r\n");
                byte[] block = new byte[1 << 16];
                for (int i = 0; i < 1 << 15; i++) {
                    out.write(block);
                }
            }
            case FAILS -> answer(connection, "500 Internal Server Error", "", GOOD);
            case PUTS_OFF ->
                    answer(connection, "429 Too Many Requests", "Retry-After: 1\r\n", GOOD);
        }
        return true;
    }

    private static void answer(Socket connection, String status, String header, byte[] body)
            throws IOException {
        String head =
                "HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n"
                        .formatted(status, header, body.length);
        byte[] whole = new byte[head.length() + body.length];
        System.arraycopy(head.getBytes(StandardCharsets.ISO_8859_1), 0, whole, 0, head.length());
        System.arraycopy(body, 0, whole, head.length(), body.length);
        connection.getOutputStream().write(whole);
    }

    private static void ascii(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static @Nullable String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                return null;
            }
            if (b != '\r') {
                line.append((char) b);
            }
        }
        return line.toString();
    }

    /// Ends early when the node behaves otherwise meanwhile.
    private void pause(Duration time) {
        Behaviour before = behaviour;
        long until = System.nanoTime() + time.toNanos();
        while (behaviour == before && !closed && System.nanoTime() - until < 0) {
            LockSupport.parkNanos(
                    Math.min(Duration.ofMillis(20).toNanos(), until - System.nanoTime()));
        }
    }

    private static void quietly(AutoCloseable each) {
        try {
            each.close();
        } catch (Exception e) {
            // it is gone either way
        }
    }

    @Override
    public void close() {
        closed = true;
        shut();
    }
}
