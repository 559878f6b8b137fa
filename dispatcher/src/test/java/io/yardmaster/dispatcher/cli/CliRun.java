package io.yardmaster.dispatcher.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Runs the command line in this process against a dispatcher that gives canned answers in order.
final class CliRun implements AutoCloseable {

    /// What the dispatcher was asked.
    record Asked(String line, String body, Map<String, String> headers) {}

    private record Canned(int status, String body, Map<String, String> headers) {}

    private final HttpServer server;
    private final Deque<Canned> answers = new ArrayDeque<>();
    final List<Asked> asked = new ArrayList<>();
    final Map<String, String> env = new HashMap<>();
    final List<Long> pauses = new ArrayList<>();
    boolean screen;
    boolean keyboard;
    byte[] in = new byte[0];
    Runnable whilePaused = () -> {};
    String out = "";
    String err = "";
    private long nanos;

    CliRun() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
        env.put("YARDMASTER_URL", url());
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    CliRun answers(int status, String body) {
        return answers(status, body, Map.of());
    }

    CliRun answers(int status, String body, Map<String, String> headers) {
        answers.add(new Canned(status, body, headers));
        return this;
    }

    /// From now on this answer, and none of those before.
    CliRun answersOnly(int status, String body) {
        answers.clear();
        return answers(status, body);
    }

    void stop() {
        server.stop(0);
    }

    int run(String... args) {
        StringWriter outText = new StringWriter();
        StringWriter errText = new StringWriter();
        Shell shell =
                new Shell(
                        new Shell.Streams(
                                new ByteArrayInputStream(in),
                                new PrintWriter(outText),
                                new PrintWriter(errText)),
                        env,
                        new Shell.Tty(keyboard, screen),
                        new Shell.Time(
                                () -> Instant.parse("2026-01-01T00:01:00Z"),
                                () -> nanos,
                                this::pause));
        int code = Cli.run(args, shell);
        out = outText.toString();
        err = errText.toString();
        return code;
    }

    private void pause(long millis) {
        pauses.add(millis);
        nanos += millis * 1_000_000;
        whilePaused.run();
    }

    private void answer(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        Map<String, String> headers = new HashMap<>();
        exchange.getRequestHeaders()
                .forEach((name, values) -> headers.put(name, values.getFirst()));
        asked.add(
                new Asked(
                        exchange.getRequestMethod() + " " + exchange.getRequestURI(),
                        body,
                        headers));
        Canned canned = answers.size() > 1 ? answers.remove() : answers.element();
        canned.headers().forEach(exchange.getResponseHeaders()::set);
        byte[] bytes = canned.body().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(canned.status(), bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
