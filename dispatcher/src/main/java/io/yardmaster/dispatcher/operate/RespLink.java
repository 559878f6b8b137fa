package io.yardmaster.dispatcher.operate;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/// One connection to one Redis, in its own protocol (RESP 2). Not thread-safe.
final class RespLink implements AutoCloseable {
    private static final int MOST_BYTES = 512 << 20;
    private static final int BUFFER = 1 << 16;

    private final RedisAddress.Host host;
    private final Socket socket;
    private final OutputStream out;
    private final InputStream in;

    /// Redis refused the command; the message is its own.
    static final class Refused extends IOException {
        private static final long serialVersionUID = 1L;

        Refused(String message) {
            super(message);
        }
    }

    private RespLink(RedisAddress.Host host, Socket socket) throws IOException {
        this.host = host;
        this.socket = socket;
        this.out = new BufferedOutputStream(socket.getOutputStream(), BUFFER);
        this.in = new BufferedInputStream(socket.getInputStream(), BUFFER);
    }

    /// Connects to the server, asking the Sentinels for it where there are any.
    ///
    /// @param patience for connecting and for each answer
    static RespLink open(RedisAddress address, Duration patience) throws IOException {
        if (!address.sentinel()) {
            return direct(address, patience);
        }
        return direct(address.at(Sentinels.of(address, patience).master()), patience);
    }

    private static RespLink direct(RedisAddress address, Duration patience) throws IOException {
        RedisAddress.Host host = address.hosts().getFirst();
        Socket plain = new Socket();
        try {
            plain.setTcpNoDelay(true);
            plain.setSoTimeout(Math.toIntExact(patience.toMillis()));
            plain.connect(
                    new InetSocketAddress(host.name(), host.port()),
                    Math.toIntExact(patience.toMillis()));
            Socket socket = address.tls() ? encrypted(plain, host) : plain;
            RespLink link = new RespLink(host, socket);
            RedisAddress.Login login = address.login();
            if (login.given() && login.user().isEmpty()) {
                link.call("AUTH", login.password());
            } else if (login.given()) {
                link.call("AUTH", login.user(), login.password());
            }
            if (address.database() != 0) {
                link.call("SELECT", address.database());
            }
            return link;
        } catch (IOException | RuntimeException e) {
            plain.close();
            throw e instanceof Refused refused
                    ? refused
                    : new IOException(host + ": " + e.getMessage(), e);
        }
    }

    private static Socket encrypted(Socket plain, RedisAddress.Host host) throws IOException {
        SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
        SSLSocket socket = (SSLSocket) factory.createSocket(plain, host.name(), host.port(), true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    RedisAddress.Host host() {
        return host;
    }

    void patience(Duration longest) throws IOException {
        socket.setSoTimeout(Math.toIntExact(longest.toMillis()));
    }

    /// Sends one command and reads its answer.
    ///
    /// @param words `byte[]` or anything with a text
    /// @return `Long`, `byte[]`, `String` (a status), `List` of these, or null
    /// @throws Refused when Redis says no
    @Nullable Object call(Object... words) throws IOException {
        send(words);
        flush();
        return read();
    }

    /// Sends one command; its answer is to be read later, in order.
    void send(Object... words) throws IOException {
        out.write(("*" + words.length + "\r\n").getBytes(UTF_8));
        for (Object word : words) {
            byte[] bytes = word instanceof byte[] raw ? raw : word.toString().getBytes(UTF_8);
            out.write(("$" + bytes.length + "\r\n").getBytes(UTF_8));
            out.write(bytes);
            out.write('\r');
            out.write('\n');
        }
    }

    void flush() throws IOException {
        out.flush();
    }

    @Nullable Object read() throws IOException {
        String line = line();
        String rest = line.isEmpty() ? "" : line.substring(1);
        return switch (line.isEmpty() ? ' ' : line.charAt(0)) {
            case '+' -> rest;
            case '-' -> throw new Refused(rest);
            case ':' -> Long.valueOf(rest);
            case '$' -> rest.equals("-1") ? null : bulk(length(rest));
            case '*' -> rest.equals("-1") ? null : list(length(rest));
            default -> throw new IOException(host + ": what answers is no Redis: " + line);
        };
    }

    private byte[] bulk(int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length || !line().isEmpty()) {
            throw new EOFException(host + ": the answer was cut off");
        }
        return bytes;
    }

    /// A refusal inside a list is one of its elements.
    private List<@Nullable Object> list(int length) throws IOException {
        List<@Nullable Object> items = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            items.add(read());
        }
        return items;
    }

    /// The next line, without its end.
    String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b != '\r'; b = in.read()) {
            if (b < 0 || line.length() > 65_536) {
                throw new EOFException(host + ": the connection ended");
            }
            line.append((char) b);
        }
        if (in.read() != '\n') {
            throw new IOException(host + ": what answers is no Redis");
        }
        return line.toString();
    }

    /// What comes in, for what is no answer to a command.
    InputStream stream() {
        return in;
    }

    private static int length(String digits) throws IOException {
        if (!digits.matches("\\d{1,9}") || Integer.parseInt(digits) > MOST_BYTES) {
            throw new IOException("length: " + digits + " (expected: at most " + MOST_BYTES + ")");
        }
        return Integer.parseInt(digits);
    }

    /// A section of `INFO`, by field.
    Map<String, String> info(String section) throws IOException {
        Map<String, String> fields = new TreeMap<>();
        for (String line : text(call("INFO", section)).split("\r?\n", -1)) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                fields.put(line.substring(0, colon), line.substring(colon + 1).strip());
            }
        }
        return fields;
    }

    static String text(@Nullable Object answer) {
        return answer instanceof byte[] bytes ? new String(bytes, UTF_8) : String.valueOf(answer);
    }

    static long number(@Nullable Object answer) {
        return answer instanceof Long number ? number : 0;
    }

    static List<?> items(@Nullable Object answer) {
        return answer instanceof List<?> list ? list : List.of();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            // it is closed
        }
    }
}
