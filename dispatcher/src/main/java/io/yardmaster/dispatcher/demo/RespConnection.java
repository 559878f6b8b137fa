package io.yardmaster.dispatcher.demo;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Just enough of Redis' protocol (RESP 2) to enqueue, as a producer in any language would: a
/// socket and sixty lines.
///
/// Not thread-safe: one connection for each thread.
final class RespConnection implements AutoCloseable {
    private static final int TIMEOUT_MS = 5_000;
    private static final int MAX_REPLY = 16 << 20;

    private final Socket socket = new Socket();
    private final OutputStream out;
    private final InputStream in;

    /// Redis refused the command; the message is its own.
    static final class Refused extends IOException {
        private static final long serialVersionUID = 1;

        Refused(String message) {
            super(message);
        }
    }

    /// Connects and logs in.
    ///
    /// @param uri `redis://[[user]:password@]host:port`
    RespConnection(URI uri) throws IOException {
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(TIMEOUT_MS);
        socket.connect(
                new InetSocketAddress(uri.getHost(), uri.getPort() < 0 ? 6379 : uri.getPort()),
                TIMEOUT_MS);
        out = new BufferedOutputStream(socket.getOutputStream());
        in = new BufferedInputStream(socket.getInputStream());
        @Nullable String login = uri.getUserInfo();
        if (login != null) {
            int colon = login.indexOf(':');
            String user = colon > 0 ? login.substring(0, colon) : "default";
            call("AUTH", user, login.substring(colon + 1));
        }
    }

    /// Sends one command and waits for its answer: a `Long`, a `String`, a `List` of these, or
    /// null.
    @Nullable Object call(String... command) throws IOException {
        out.write(("*" + command.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
        for (String argument : command) {
            byte[] bytes = argument.getBytes(StandardCharsets.UTF_8);
            out.write(("$" + bytes.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
            out.write(bytes);
            out.write('\r');
            out.write('\n');
        }
        out.flush();
        return reply();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private @Nullable Object reply() throws IOException {
        String line = line();
        if (line.isEmpty()) {
            throw new IOException("reply: empty line (expected: one of + - : $ *)");
        }
        String rest = line.substring(1);
        return switch (line.charAt(0)) {
            case '+' -> rest;
            case '-' -> throw new Refused(rest);
            case ':' -> Long.valueOf(rest);
            case '$' -> rest.equals("-1") ? null : bulk(length(rest));
            case '*' -> rest.equals("-1") ? null : list(length(rest));
            default -> throw new IOException("reply: " + line + " (expected: one of + - : $ *)");
        };
    }

    private String bulk(int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length || !line().isEmpty()) {
            throw new EOFException("reply: cut off (expected: " + length + " bytes)");
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private List<@Nullable Object> list(int length) throws IOException {
        List<@Nullable Object> items = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            items.add(reply());
        }
        return items;
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b != '\r'; b = in.read()) {
            if (b < 0 || line.length() > 65_536) {
                throw new EOFException("reply: cut off (expected: a line that ends in CR LF)");
            }
            line.append((char) b);
        }
        if (in.read() != '\n') {
            throw new IOException("reply: CR alone (expected: CR LF)");
        }
        return line.toString();
    }

    private static int length(String digits) throws IOException {
        if (!digits.matches("\\d{1,8}") || Integer.parseInt(digits) > MAX_REPLY) {
            throw new IOException(
                    "reply length: " + digits + " (expected: at most " + MAX_REPLY + ")");
        }
        return Integer.parseInt(digits);
    }
}
