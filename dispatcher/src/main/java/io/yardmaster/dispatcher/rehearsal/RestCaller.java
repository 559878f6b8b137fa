package io.yardmaster.dispatcher.rehearsal;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// One kept connection to the dispatcher's REST, on a plain socket. Not thread-safe.
final class RestCaller implements AutoCloseable {
    private static final int TIMEOUT_MS = 30_000;
    private static final String LENGTH = "content-length:";

    private final Socket socket;
    private final InputStream in;

    RestCaller(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(TIMEOUT_MS);
        in = new BufferedInputStream(socket.getInputStream());
    }

    /// Calls, and passes over the body of the answer.
    ///
    /// @param headers lines that each end with CR LF
    /// @return the status
    int call(String method, String path, String headers, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        String head =
                "%s %s HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: %d\r\n\r\n"
                        .formatted(method, path, headers, bytes.length);
        byte[] start = head.getBytes(StandardCharsets.US_ASCII);
        byte[] whole = new byte[start.length + bytes.length];
        System.arraycopy(start, 0, whole, 0, start.length);
        System.arraycopy(bytes, 0, whole, start.length, bytes.length);
        socket.getOutputStream().write(whole);
        return answer();
    }

    int json(String method, String path, String body) throws IOException {
        return call(method, path, "Content-Type: application/json\r\n", body);
    }

    int get(String path) throws IOException {
        return call("GET", path, "", "");
    }

    private int answer() throws IOException {
        String[] first = Lines.read(in).split(" ", 3);
        if (first.length < 2) {
            throw new IOException("the dispatcher closed the connection");
        }
        long length = 0;
        boolean chunked = false;
        for (String line = Lines.read(in); !line.isEmpty(); line = Lines.read(in)) {
            String field = line.toLowerCase(Locale.ROOT);
            if (field.startsWith(LENGTH)) {
                length = Long.parseLong(field.substring(LENGTH.length()).strip());
            }
            chunked = chunked || field.startsWith("transfer-encoding:");
        }
        if (chunked) {
            passOverChunks();
        } else {
            in.skipNBytes(length);
        }
        return Integer.parseInt(first[1]);
    }

    private void passOverChunks() throws IOException {
        int size;
        do {
            size = Integer.parseInt(Lines.read(in).strip(), 16);
            in.skipNBytes(size);
            Lines.read(in);
        } while (size > 0);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
