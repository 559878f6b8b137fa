package io.yardmaster.dispatcher.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A node that does whatever it is sent: every path is work, except these.
///
/// - `GET /health`: 200.
/// - `GET /stats`: what it served, by priority; with `?records=true` every request of it.
/// - `POST /demo/foreign-load?cores=x`: other programs now keep x cores busy.
///
/// Work is `{"units":12}` (1 to 1000, 12 when the body says nothing). Listens on loopback only.
/// Thread-safe.
final class DemoNode implements AutoCloseable {
    /// The header with which producers tell when they enqueued: milliseconds since 1970.
    static final String ENQUEUED_AT = "X-Demo-Enqueued-At";

    static final int DEFAULT_UNITS = 12;
    private static final int MAX_UNITS = 1_000;
    private static final int MAX_BODY = 1 << 20;
    private static final int MAX_RECORDS = 200_000;

    /// The link against which the measured traffic is reported: 100 Mbit/s.
    private static final double LINK_BYTES_PER_SECOND = 12_500_000;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Machine machine;
    private final Cores cores;
    private final InstantSource clock;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    private final Map<String, Long> byPriority = new LinkedHashMap<>();
    private final List<Served> records = new ArrayList<>();
    private long served;

    /// What the node tells the dispatcher of itself; ratios from 0 to 1.
    record Report(double cpu, double memory, double io, int cores, int connections) {}

    /// Starts a node.
    ///
    /// @param port 0 for any free one
    DemoNode(Machine machine, int port, Cores cores, InstantSource clock) throws IOException {
        this.machine = machine;
        this.cores = cores;
        this.clock = clock;
        this.server =
                HttpServer.create(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 256);
        server.setExecutor(threads);
        server.createContext(
                "/health",
                exchange -> answer(exchange, 200, Map.of("status", "UP", "node", machine.id())));
        server.createContext(
                "/stats",
                exchange -> answer(exchange, 200, stats(query(exchange).contains("records=true"))));
        server.createContext("/demo/foreign-load", this::foreignLoad);
        server.createContext("/", this::work);
        server.start();
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    Machine machine() {
        return machine;
    }

    /// Figures of the time since the last call.
    ///
    /// @param seconds how long that was
    Report report(double seconds) {
        Runtime runtime = Runtime.getRuntime();
        double heap = (double) (runtime.totalMemory() - runtime.freeMemory()) / runtime.maxMemory();
        double io = bytes.getAndSet(0) / (Math.max(seconds, 0.001) * LINK_BYTES_PER_SECOND);
        return new Report(
                cores.busySinceLastCall(),
                Math.clamp(heap, 0.0, 1.0),
                Math.clamp(io, 0.0, 1.0),
                machine.cores(),
                connections.get());
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void work(HttpExchange exchange) throws IOException {
        connections.incrementAndGet();
        try (exchange) {
            byte[] body = exchange.getRequestBody().readNBytes(MAX_BODY + 1);
            bytes.addAndGet(body.length);
            if (body.length > MAX_BODY) {
                answer(
                        exchange,
                        413,
                        Map.of(
                                "error",
                                "body: too large (expected: at most " + MAX_BODY + " bytes)"));
                return;
            }
            int units = units(body);
            if (units < 1 || units > MAX_UNITS) {
                answer(
                        exchange,
                        400,
                        Map.of("error", "units: " + units + " (expected: 1 to " + MAX_UNITS + ")"));
                return;
            }
            answer(exchange, 200, serve(exchange, units));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            connections.decrementAndGet();
        }
    }

    private Map<String, Object> serve(HttpExchange exchange, int units)
            throws InterruptedException {
        AtomicLong started = new AtomicLong();
        String hash = cores.work(units, () -> started.set(clock.millis()));
        long workMs = Math.max(0, clock.millis() - started.get());
        long enqueuedAt = number(exchange, ENQUEUED_AT, -1);
        record(
                new Served(
                        header(exchange, "X-Request-ID"),
                        (int) number(exchange, "X-Yardmaster-Attempt", 0),
                        header(exchange, "X-Yardmaster-Priority"),
                        enqueuedAt < 0 ? -1 : Math.max(0, started.get() - enqueuedAt),
                        workMs));
        return Map.of("node", machine.id(), "units", units, "ms", workMs, "hash", hash);
    }

    private void record(Served request) {
        synchronized (records) {
            served++;
            byPriority.merge(
                    request.priority().length() > 16 ? "" : request.priority(), 1L, Long::sum);
            if (records.size() < MAX_RECORDS) {
                records.add(request);
            }
        }
    }

    private Map<String, Object> stats(boolean withRecords) {
        synchronized (records) {
            Map<String, Object> stats = new LinkedHashMap<>();
            stats.put("node", machine.id());
            stats.put("served", served);
            stats.put("byPriority", Map.copyOf(byPriority));
            if (withRecords) {
                stats.put("records", List.copyOf(records));
            }
            return stats;
        }
    }

    private void foreignLoad(HttpExchange exchange) throws IOException {
        String query = query(exchange);
        if (!exchange.getRequestMethod().equals("POST") || !query.matches("cores=\\d{1,3}")) {
            answer(
                    exchange,
                    400,
                    Map.of(
                            "error",
                            "foreign-load: " + query + " (expected: POST with ?cores=0 to 64)"));
            return;
        }
        int threads = Integer.parseInt(query.substring("cores=".length()));
        try {
            cores.foreignLoad(threads);
        } catch (IllegalArgumentException e) {
            answer(exchange, 400, Map.of("error", String.valueOf(e.getMessage())));
            return;
        }
        answer(exchange, 200, Map.of("node", machine.id(), "foreignLoad", threads));
    }

    private void answer(HttpExchange exchange, int status, Object body) throws IOException {
        byte[] json = JSON.writeValueAsBytes(body);
        bytes.addAndGet(json.length);
        try (exchange) {
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(status, json.length);
            exchange.getResponseBody().write(json);
        }
    }

    private static int units(byte[] body) {
        try {
            JsonNode units = JSON.readTree(body).path("units");
            return units.isMissingNode() ? DEFAULT_UNITS : units.asInt(0);
        } catch (IOException _) {
            return DEFAULT_UNITS; // any body is work
        }
    }

    private static String query(HttpExchange exchange) {
        @Nullable String query = exchange.getRequestURI().getRawQuery();
        return query == null ? "" : query;
    }

    private static String header(HttpExchange exchange, String name) {
        @Nullable String value = exchange.getRequestHeaders().getFirst(name);
        return value == null ? "" : value;
    }

    private static long number(HttpExchange exchange, String name, long otherwise) {
        String value = header(exchange, name);
        return value.matches("\\d{1,18}") ? Long.parseLong(value) : otherwise;
    }
}
