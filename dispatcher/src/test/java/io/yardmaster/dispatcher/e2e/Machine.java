package io.yardmaster.dispatcher.e2e;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// One machine of a home cloud as a process: `Machine ID CORES SPEED REPLICA...`. A request takes
/// the work that its header `X-Work-Seconds` names, on [SharedCores]. Registers itself and reports
/// its load every 5 s, to one replica after the other, as an agent would.
///
/// `GET /ledger` says what it was sent, a line `ID ATTEMPT` for each. Ends with its parent.
final class Machine {
    static final String WORK = "X-Work-Seconds";
    static final String LISTENING = "listening ";

    private static final Duration REPORT_EVERY = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final String id;
    private final int count;
    private final String[] replicas;
    private final HttpServer server;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final SharedCores<CompletableFuture<Void>> cores;
    private final ConcurrentLinkedQueue<String> ledger = new ConcurrentLinkedQueue<>();
    private final HttpClient http = HttpClient.newBuilder().connectTimeout(PATIENCE).build();

    private Machine(String id, int count, double speed, String... replicas) throws IOException {
        this.id = id;
        this.count = count;
        this.replicas = replicas;
        this.cores = new SharedCores<>(count, speed, System.nanoTime());
        this.server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 256);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::serve);
        server.createContext("/health", exchange -> answer(exchange, "{\"status\":\"UP\"}"));
        server.createContext(
                "/ledger", exchange -> answer(exchange, String.join("\n", ledger) + "\n"));
    }

    @SuppressWarnings("FutureReturnValueIgnored") // it ends the process
    public static void main(String... arguments) throws Exception {
        ProcessHandle.current()
                .parent()
                .ifPresent(parent -> parent.onExit().thenRun(() -> Runtime.getRuntime().halt(0)));
        String[] replicas = java.util.Arrays.copyOfRange(arguments, 3, arguments.length);
        Machine machine =
                new Machine(
                        arguments[0],
                        Integer.parseInt(arguments[1]),
                        Double.parseDouble(arguments[2]),
                        replicas);
        machine.run();
    }

    private void run() throws Exception {
        server.start();
        Thread.ofPlatform().name("cores").start(this::work);
        String url = "http://127.0.0.1:" + server.getAddress().getPort();
        send("PUT", 0, "", "{\"url\":\"" + url + "\"}");
        System.out.println(LISTENING + url);
        report();
    }

    private void serve(HttpExchange exchange) throws IOException {
        String request = exchange.getRequestHeaders().getFirst("X-Request-ID");
        String work = exchange.getRequestHeaders().getFirst(WORK);
        ledger.add(request + " " + exchange.getRequestHeaders().getFirst("X-Yardmaster-Attempt"));
        CompletableFuture<Void> done = new CompletableFuture<>();
        lock.lock();
        try {
            cores.begin(done, Double.parseDouble(work), System.nanoTime());
            changed.signal();
        } finally {
            lock.unlock();
        }
        done.join();
        answer(exchange, "{\"node\":\"" + id + "\"}");
    }

    private static void answer(HttpExchange exchange, String text) throws IOException {
        try (exchange) {
            byte[] body = text.getBytes(StandardCharsets.UTF_8);
            exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private void work() {
        lock.lock();
        try {
            while (true) {
                cores.ended(System.nanoTime()).forEach(done -> done.complete(null));
                long next = cores.next();
                if (next == Long.MAX_VALUE) {
                    changed.await(1, TimeUnit.SECONDS);
                } else {
                    changed.awaitNanos(next - System.nanoTime());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    private void report() throws InterruptedException {
        long last = System.nanoTime();
        double busy = 0;
        for (int turn = 0; ; turn++) {
            double jitter = 0.9 + 0.2 * ThreadLocalRandom.current().nextDouble();
            Thread.sleep((long) (REPORT_EVERY.toMillis() * jitter));
            long now = System.nanoTime();
            double used;
            int size;
            lock.lock();
            try {
                used = cores.busySeconds(now);
                size = cores.size();
            } finally {
                lock.unlock();
            }
            double cpu = Math.min(1, (used - busy) / (count * ((now - last) / 1e9)));
            busy = used;
            last = now;
            send(
                    "POST",
                    turn,
                    "/report",
                    String.format(
                            Locale.ROOT,
                            "{\"cpu\":%.3f,\"memory\":0.3,\"io\":0.05,\"cores\":%d,\"connections\":%d}",
                            cpu,
                            count,
                            size));
        }
    }

    private void send(String method, int turn, String path, String json)
            throws InterruptedException {
        URI uri = URI.create(replicas[turn % replicas.length] + "/v1/nodes/" + id + path);
        try {
            HttpResponse<String> response =
                    http.send(
                            HttpRequest.newBuilder(uri)
                                    .timeout(PATIENCE)
                                    .header("Content-Type", "application/json")
                                    .method(method, HttpRequest.BodyPublishers.ofString(json))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() >= 300) {
                System.err.println(method + " " + uri + ": " + response.body());
            }
        } catch (IOException e) {
            System.err.println(method + " " + uri + ": " + e);
        }
    }
}
