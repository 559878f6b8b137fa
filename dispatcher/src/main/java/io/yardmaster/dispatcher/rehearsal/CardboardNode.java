package io.yardmaster.dispatcher.rehearsal;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;

/// A node that takes every request and does nothing. Plain sockets, so that what the JVM learns of
/// Netty comes from the dispatcher alone. Ends with its process.
final class CardboardNode {
    private static final byte[] ANSWER =
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{\"ok\":true}"
                    .getBytes(StandardCharsets.US_ASCII);
    private static final String LENGTH = "content-length:";
    private static final int BACKLOG = 1024;

    private final ServerSocket door;
    private final LongAdder served;

    /// @param served counts every request
    CardboardNode(LongAdder served) throws IOException {
        this.served = served;
        this.door = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().daemon().name("cardboard-node").start(this::accept);
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + door.getLocalPort());
    }

    private void accept() {
        try {
            while (true) {
                Socket caller = door.accept();
                Thread.ofVirtual().start(() -> serve(caller));
            }
        } catch (IOException e) {
            // nobody is served any more, and the rehearsal fails
        }
    }

    private void serve(Socket caller) {
        try (caller) {
            caller.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(caller.getInputStream());
            while (readRequest(in)) {
                served.increment();
                caller.getOutputStream().write(ANSWER);
            }
        } catch (IOException e) {
            // the dispatcher makes another connection
        }
    }

    /// False at the end of the connection.
    private static boolean readRequest(InputStream in) throws IOException {
        int length = 0;
        String line = Lines.read(in);
        if (line.isEmpty()) {
            return false;
        }
        while (!line.isEmpty()) {
            if (line.regionMatches(true, 0, LENGTH, 0, LENGTH.length())) {
                length =
                        Integer.parseInt(
                                line.substring(LENGTH.length()).strip().toLowerCase(Locale.ROOT));
            }
            line = Lines.read(in);
        }
        in.skipNBytes(length);
        return true;
    }
}
