package io.yardmaster.dispatcher.e2e;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/// A node that writes down everything it was sent. It answers 200 unless told otherwise, and can
/// hold its answers back until it is told to give them.
final class Node implements AutoCloseable {
    private final String id;
    private final HttpServer server;
    private final ConcurrentLinkedQueue<Received> ledger = new ConcurrentLinkedQueue<>();
    private volatile CountDownLatch gate = new CountDownLatch(0);
    private volatile int status = 200;
    private volatile long workMillis;

    /// One line of the ledger.
    record Received(
            String node, String id, int attempt, String priority, String body, long nanos) {}

    Node(String id) {
        this.id = id;
        try {
            server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 200);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::serve);
        server.start();
    }

    String id() {
        return id;
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            String request = exchange.getRequestHeaders().getFirst("X-Request-ID");
            byte[] body = exchange.getRequestBody().readAllBytes();
            if (request != null) {
                ledger.add(
                        new Received(
                                id,
                                request,
                                Integer.parseInt(
                                        exchange.getRequestHeaders()
                                                .getFirst("X-Yardmaster-Attempt")),
                                exchange.getRequestHeaders().getFirst("X-Yardmaster-Priority"),
                                new String(body, StandardCharsets.UTF_8),
                                System.nanoTime()));
                gate.await(Await.LONG.toSeconds(), TimeUnit.SECONDS);
                Thread.sleep(workMillis);
            }
            byte[] answer = "{\"served\":true}".getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(request == null ? 200 : status, answer.length);
            exchange.getResponseBody().write(answer);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// From here on requests are written down, and answered only after [#release].
    void hold() {
        gate = new CountDownLatch(1);
    }

    void release() {
        gate.countDown();
    }

    /// From here on a request takes that long, besides being held.
    void work(Duration each) {
        workMillis = each.toMillis();
    }

    void answer(int code) {
        status = code;
    }

    List<Received> ledger() {
        return List.copyOf(ledger);
    }

    static List<Received> ledgerOf(Node... nodes) {
        return List.of(nodes).stream().flatMap(node -> node.ledger().stream()).toList();
    }

    static Map<String, List<Received>> byId(Node... nodes) {
        return ledgerOf(nodes).stream().collect(Collectors.groupingBy(Received::id));
    }

    @Override
    public void close() {
        release();
        server.stop(0);
    }
}
