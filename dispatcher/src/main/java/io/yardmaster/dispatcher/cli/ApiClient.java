package io.yardmaster.dispatcher.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Speaks REST with one dispatcher. `HttpURLConnection`, because `java.net.http` costs 350 ms of
/// start-up. Redirects are not followed (the key must not travel on) and proxies are not used.
final class ApiClient {
    private static final int MAX_ANSWER = 16 * 1024 * 1024;
    private static final Duration CONNECT = Duration.ofSeconds(2);
    private static final Duration READ = Duration.ofSeconds(10);

    static {
        // the JDK would silently send a POST again when a kept-alive connection breaks
        System.setProperty("sun.net.http.retryPost", "false");
    }

    private final URI base;
    private final @Nullable String key;
    private Duration connect = CONNECT;
    private Duration read = READ;

    /// Prepares to speak; nothing is sent yet.
    ///
    /// @param base `http` or `https` address, with or without a path
    /// @param key API key, or null
    /// @throws Failure (usage) when the address or key cannot be one
    ApiClient(String base, @Nullable String key) {
        this.base = address(base);
        this.key = key;
        // the key itself is never shown
        if (key != null && !key.chars().allMatch(c -> c > 0x20 && c < 0x7f)) {
            throw Failure.usage(
                    "the API key is unusable",
                    "it holds blanks or characters beyond ASCII",
                    "check --key or YARDMASTER_KEY");
        }
    }

    /// Waits for so long at most, from now on.
    ApiClient within(int millis) {
        connect = Duration.ofMillis(millis);
        read = connect;
        return this;
    }

    String host() {
        return base.getHost();
    }

    int port() {
        return base.getPort() >= 0 ? base.getPort() : base.getScheme().equals("https") ? 443 : 80;
    }

    /// Calls, and takes only a good answer.
    ///
    /// @param what how a failure begins, such as `cannot read the queues`
    /// @return an answer of 2xx
    /// @throws Failure when no answer came, or another one
    Reply expect(String what, Call call) {
        Reply reply = send(what, call);
        if (!reply.ok()) {
            throw Failure.refused(what, reply);
        }
        return reply;
    }

    /// Calls, and hands back whatever is answered.
    ///
    /// @throws Failure when no whole answer came; the call may or may not have been carried out
    Reply send(String what, Call call) {
        try {
            return exchange(what, call);
        } catch (ConnectException e) {
            throw unreachable(what, "nothing listens there (" + e.getMessage() + ")");
        } catch (UnknownHostException e) {
            throw unreachable(what, "the host name " + base.getHost() + " is not known");
        } catch (SocketTimeoutException e) {
            String why = Objects.requireNonNullElse(e.getMessage(), "timed out");
            throw unreachable(
                    what,
                    why.startsWith("Connect") || why.startsWith("connect")
                            ? "no connection within " + Durations.human(connect.toMillis())
                            : "no answer in time; whether it was carried out is unknown");
        } catch (IOException e) {
            throw unreachable(what, Objects.requireNonNullElse(e.getMessage(), e.toString()));
        }
    }

    /// What to do with one server-sent event.
    interface EventReader {
        /// Takes it.
        ///
        /// @param id its id, or empty
        /// @return whether to go on
        boolean received(String id, String data);
    }

    /// Reads server-sent events until the reader has enough or the dispatcher ends the stream.
    ///
    /// @param call its patience bounds the silence between two lines
    /// @throws Failure when it cannot be reached, refuses, or falls silent
    void stream(String what, Call call, EventReader reader) {
        try {
            HttpURLConnection connection = open(call);
            int status = connection.getResponseCode();
            if (status != 200) {
                throw Failure.refused(what, reply(what, connection, status));
            }
            try (var lines =
                    new BufferedReader(
                            new InputStreamReader(
                                    connection.getInputStream(), StandardCharsets.UTF_8))) {
                read(lines, reader);
            } finally {
                connection.disconnect();
            }
        } catch (IOException e) {
            throw unreachable(what, Objects.requireNonNullElse(e.getMessage(), e.toString()));
        }
    }

    private static void read(BufferedReader lines, EventReader reader) throws IOException {
        String id = "";
        StringBuilder data = new StringBuilder();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith("id:")) {
                id = line.substring(3).strip();
            } else if (line.startsWith("data:") && data.length() < MAX_ANSWER) {
                data.append(data.isEmpty() ? "" : "\n").append(line.substring(5).stripLeading());
            } else if (line.isEmpty() && !data.isEmpty()) {
                if (!reader.received(id, data.toString())) {
                    return;
                }
                data.setLength(0);
            }
        }
    }

    private Reply exchange(String what, Call call) throws IOException {
        HttpURLConnection connection = open(call);
        Call.Content content = call.content();
        if (content != null) {
            connection.setDoOutput(true);
            connection.setRequestProperty("Content-Type", content.type());
            try (var body = connection.getOutputStream()) {
                body.write(content.bytes());
            }
        }
        int status = connection.getResponseCode();
        if (status < 0) {
            throw new IOException("what answers there is not HTTP");
        }
        return reply(what, connection, status);
    }

    private static Reply reply(String what, HttpURLConnection connection, int status)
            throws IOException {
        byte[] bytes;
        try (InputStream body =
                status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            bytes = body == null ? new byte[0] : body.readNBytes(MAX_ANSWER + 1);
            if (bytes.length > MAX_ANSWER) {
                connection.disconnect();
                throw Failure.failed(
                        what,
                        List.of("the answer is larger than 16 MiB"),
                        "ask for less, for example with --limit");
            }
        }
        return new Reply(
                status,
                Objects.requireNonNullElse(connection.getResponseMessage(), "HTTP"),
                Objects.requireNonNullElse(connection.getHeaderField("Retry-After"), ""),
                new String(bytes, StandardCharsets.UTF_8));
    }

    private HttpURLConnection open(Call call) throws IOException {
        URI target = URI.create(base + call.path());
        HttpURLConnection connection =
                (HttpURLConnection) target.toURL().openConnection(Proxy.NO_PROXY);
        connection.setRequestMethod(call.method());
        connection.setConnectTimeout(Math.toIntExact(connect.toMillis()));
        connection.setReadTimeout(Math.toIntExact(read.plus(call.patience()).toMillis()));
        connection.setInstanceFollowRedirects(false);
        connection.setUseCaches(false);
        connection.setRequestProperty("Accept", "application/json, application/problem+json");
        connection.setRequestProperty("User-Agent", "yardmaster-cli");
        if (key != null) {
            connection.setRequestProperty("Authorization", "Bearer " + key);
        }
        for (var field : call.headers().entrySet()) {
            connection.setRequestProperty(field.getKey(), field.getValue());
        }
        return connection;
    }

    private Failure unreachable(String what, String why) {
        return Failure.unreachable(
                what + ": " + base + " cannot be reached",
                why,
                "start one with 'yardmaster serve', or name it with --url or YARDMASTER_URL");
    }

    private static URI address(String text) {
        URI uri;
        try {
            uri = URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
        } catch (IllegalArgumentException e) {
            throw badAddress(text);
        }
        String scheme = Objects.requireNonNullElse(uri.getScheme(), "");
        boolean http = scheme.equalsIgnoreCase("http") || scheme.equalsIgnoreCase("https");
        boolean bare =
                uri.getRawUserInfo() == null
                        && uri.getRawQuery() == null
                        && uri.getRawFragment() == null;
        if (!http || uri.getHost() == null || !bare) {
            throw badAddress(text);
        }
        return uri;
    }

    private static Failure badAddress(String text) {
        return Failure.usage(
                "the dispatcher's address is unusable",
                "url: " + text + " (expected: http://host:port or https://host:port)",
                "check --url, YARDMASTER_URL and YARDMASTER_PORT");
    }
}
