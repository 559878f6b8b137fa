package io.yardmaster.dispatcher.e2e;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/// A node whose program is busy: requests arrive at its socket and stay unread until it is told to
/// read them. What it then reads it writes down and answers, whether or not anybody still listens.
final class UnreadNode implements AutoCloseable {
    private final ServerSocket server;
    private final CountDownLatch reading = new CountDownLatch(1);
    private final AtomicInteger arrived = new AtomicInteger();
    private final ConcurrentLinkedQueue<String> ledger = new ConcurrentLinkedQueue<>();

    UnreadNode() {
        try {
            server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    String url() {
        return "http://127.0.0.1:" + server.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = server.accept();
                Thread.ofVirtual().start(() -> serve(socket));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            while (!server.isClosed()) {
                // Asking how much has come reads nothing of it.
                while (in.available() == 0 && !server.isClosed()) {
                    Thread.sleep(5);
                }
                arrived.incrementAndGet();
                reading.await();
                ledger.add(request(in));
                socket.getOutputStream()
                        .write(
                                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
                                        .getBytes(StandardCharsets.US_ASCII));
            }
        } catch (IOException e) {
            // Whoever asked has died meanwhile.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// `ID ATTEMPT` of a request whose body has a length.
    private static String request(InputStream in) throws IOException {
        String id = "";
        String attempt = "";
        int length = 0;
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            String value = line.substring(line.indexOf(':') + 1).strip();
            String name = line.substring(0, Math.max(0, line.indexOf(':')));
            switch (name.toLowerCase(Locale.ROOT)) {
                case "x-request-id" -> id = value;
                case "x-yardmaster-attempt" -> attempt = value;
                case "content-length" -> length = Integer.parseInt(value);
                default -> {}
            }
        }
        in.skipNBytes(length);
        return id + " " + attempt;
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            line.append((char) c);
        }
        return line.toString().strip();
    }

    /// How many requests have come to its socket, read or not.
    int arrived() {
        return arrived.get();
    }

    void read() {
        reading.countDown();
    }

    /// `ID ATTEMPT` of what it has read.
    List<String> ledger() {
        return List.copyOf(ledger);
    }

    @Override
    public void close() {
        read();
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
