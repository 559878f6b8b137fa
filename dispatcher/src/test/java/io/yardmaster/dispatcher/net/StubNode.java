package io.yardmaster.dispatcher.net;

import io.yardmaster.nodes.Node;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// A node made of raw sockets, so that it can do what no HTTP server would. Its behaviours are the
/// ways of the nodes in the reliability plan (F24, F25).
final class StubNode implements AutoCloseable {
    /// What the node does with one connection; it is closed afterwards.
    interface Behaviour {
        void serve(Connection connection) throws IOException, InterruptedException;
    }

    static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private final ServerSocket server;
    private final Behaviour behaviour;
    private final AtomicInteger accepted = new AtomicInteger();
    private final BlockingQueue<String> requests = new LinkedBlockingQueue<>();
    private final CountDownLatch clientClosed = new CountDownLatch(1);
    private final CountDownLatch closing = new CountDownLatch(1);

    private StubNode(ServerSocket server, Behaviour behaviour) {
        this.server = server;
        this.behaviour = behaviour;
    }

    static StubNode with(Behaviour behaviour) throws IOException {
        ServerSocket server = new ServerSocket(0, 512, InetAddress.getLoopbackAddress());
        StubNode node = new StubNode(server, behaviour);
        Thread.ofVirtual().name("stub-node").start(node::accept);
        return node;
    }

    /// Answers every request on a connection with these bytes.
    static StubNode answering(String answer) throws IOException {
        return with(connection -> {
            while (connection.request() != null) {
                connection.say(answer);
            }
        });
    }

    /// Answers the first request of a connection with these bytes and closes it.
    static StubNode answeringOnce(String answer) throws IOException {
        return with(connection -> {
            connection.request();
            connection.say(answer);
        });
    }

    /// Takes requests and never answers.
    static StubNode silent() throws IOException {
        return with(Connection::untilClosed);
    }

    /// A port on which nobody listens.
    static URI refusing() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return URI.create("http://127.0.0.1:" + free.getLocalPort());
        }
    }

    private void accept() {
        while (true) {
            try {
                Socket socket = server.accept();
                accepted.incrementAndGet();
                Thread.ofVirtual().name("stub-connection").start(() -> serve(socket));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            behaviour.serve(new Connection(socket));
        } catch (IOException e) {
            clientClosed.countDown();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// One connection, seen from the node.
    final class Connection {
        private final Socket socket;
        private final InputStream in;

        Connection(Socket socket) throws IOException {
            this.socket = socket;
            this.in = new BufferedInputStream(socket.getInputStream());
        }

        /// The next request, byte for byte, or null when the client closed the connection.
        @Nullable String request() throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            while (!bytes.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
                int b = in.read();
                if (b < 0) {
                    clientClosed.countDown();
                    return null;
                }
                bytes.write(b);
            }
            bytes.write(in.readNBytes(contentLength(bytes.toString(StandardCharsets.US_ASCII))));
            String request = bytes.toString(StandardCharsets.ISO_8859_1);
            requests.add(request);
            return request;
        }

        private static int contentLength(String head) {
            return head.lines()
                    .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("content-length:"))
                    .mapToInt(line -> Integer.parseInt(line.substring(15).strip()))
                    .findFirst()
                    .orElse(0);
        }

        void say(String text) throws IOException {
            say(text.getBytes(StandardCharsets.ISO_8859_1));
        }

        void say(byte[] bytes) throws IOException {
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
        }

        /// Ends the connection with RST instead of FIN.
        void reset() throws SocketException {
            socket.setSoLinger(true, 0);
        }

        /// Reads until the client closes the connection.
        void untilClosed() throws IOException {
            while (request() != null) {
                // each request is noted
            }
        }

        /// Waits until the node is closed, at most so long.
        boolean pause(long millis) throws InterruptedException {
            return closing.await(millis, TimeUnit.MILLISECONDS);
        }
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + port());
    }

    int port() {
        return server.getLocalPort();
    }

    Node node() {
        return Node.at("stub", uri());
    }

    /// Connections accepted so far.
    int accepted() {
        return accepted.get();
    }

    /// Requests that wait to be looked at by [#nextRequest].
    int requestsLeft() {
        return requests.size();
    }

    String nextRequest() throws InterruptedException {
        String request = requests.poll(10, TimeUnit.SECONDS);
        if (request == null) {
            throw new AssertionError("no request within 10 s");
        }
        return request;
    }

    /// Waits until a client has closed a connection.
    boolean sawClientClose() throws InterruptedException {
        return clientClosed.await(10, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws IOException {
        closing.countDown();
        server.close();
    }
}
