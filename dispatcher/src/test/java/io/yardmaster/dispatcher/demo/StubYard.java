package io.yardmaster.dispatcher.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine;

/// A dispatcher and its Redis in one small class, as far as the demo looks: strict priorities, no
/// durability. Also the main class of the demo nodes in the test. With `-Dstub.die=true` it ends at
/// once, as a start that fails.
final class StubYard {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final AtomicLong ORDER = new AtomicLong();

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final PriorityBlockingQueue<Job> ready = new PriorityBlockingQueue<>();
    private final Map<String, String> states = new ConcurrentHashMap<>();
    private final Map<String, Lane> lanes = new ConcurrentHashMap<>();
    private final Map<String, URI> nodes = new ConcurrentHashMap<>();
    private final ServerSocket redis = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final AtomicLong refusals = new AtomicLong(3);

    private record Job(Lane lane, long order, String id, String enqueuedAt)
            implements Comparable<Job> {
        @Override
        public int compareTo(Job other) {
            int byLane = lane.compareTo(other.lane);
            return byLane != 0 ? byLane : Long.compare(order, other.order);
        }
    }

    private StubYard(int port) throws IOException {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::rest);
        server.start();
        Thread.ofVirtual().start(this::accept);
    }

    public static void main(String[] args) throws Exception {
        if (args[0].equals("demo-node")) {
            List<String> rest = List.of(args).subList(1, args.length);
            System.exit(
                    new CommandLine(new DemoNodeCommand()).execute(rest.toArray(String[]::new)));
        }
        if (Boolean.getBoolean("stub.die")) {
            System.out.println("yardmaster.redis.uri: nonsense (expected: an address)");
            System.exit(2);
        }
        new StubYard(Integer.parseInt(args[List.of(args).indexOf("--port") + 1]));
        Thread.currentThread().join();
    }

    private void rest(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        boolean post = exchange.getRequestMethod().equals("POST");
        if (path.equals("/health")) {
            answer(
                    exchange,
                    200,
                    Map.of(
                            "status",
                            "UP",
                            "durability",
                            "fsync",
                            "redis",
                            "redis://127.0.0.1:" + redis.getLocalPort()));
        } else if (path.equals("/v1/nodes")) {
            answer(
                    exchange,
                    200,
                    Map.of("nodes", nodes.keySet().stream().map(id -> Map.of("id", id)).toList()));
        } else if (path.startsWith("/v1/nodes/")) {
            register(path, body);
            answer(exchange, 200, Map.of());
        } else if (path.equals("/v1/queues")) {
            answer(exchange, 200, Map.of("queues", queues()));
        } else if (path.equals("/v1/requests") && post) {
            single(exchange, body);
        } else if (path.equals("/v1/requests/batch")) {
            batch(exchange, body);
        } else {
            String state = states.get(path.substring("/v1/requests/".length()));
            answer(
                    exchange,
                    state == null ? 404 : 200,
                    Map.of("state", state == null ? "" : state));
        }
    }

    private void single(HttpExchange exchange, String body) throws IOException {
        if (refusals.getAndDecrement() > 0) {
            exchange.getResponseHeaders().set("Retry-After", "1");
            answer(exchange, 429, Map.of("type", "rate-limited"));
            return;
        }
        enqueue(JSON.readTree(body));
        answer(exchange, 202, Map.of("state", "queued"));
    }

    private void batch(HttpExchange exchange, String body) throws IOException {
        List<JsonNode> requests = new ArrayList<>();
        if (body.startsWith("[")) {
            JSON.readTree(body).forEach(requests::add);
        } else {
            for (String line : body.lines().toList()) {
                requests.add(JSON.readTree(line));
            }
        }
        List<Map<String, Object>> results = new ArrayList<>();
        for (JsonNode request : requests) {
            if (refusals.getAndDecrement() > 0) {
                results.add(Map.of("error", Map.of("status", 503, "type", "queue-full")));
            } else {
                results.add(Map.of("id", enqueue(request), "state", "queued"));
            }
        }
        answer(exchange, 200, Map.of("results", results));
    }

    private String enqueue(JsonNode request) {
        String at = request.path("headers").path(DemoNode.ENQUEUED_AT).asText();
        Lane lane = Lane.valueOf(request.path("priority").asText().toUpperCase(Locale.ROOT));
        return enqueue(lane, request.path("id").asText(), at);
    }

    private String enqueue(Lane lane, String id, String at) {
        lanes.put(id, lane);
        states.put(id, "queued");
        ready.add(new Job(lane, ORDER.incrementAndGet(), id, at));
        return id;
    }

    private void register(String path, String body) throws IOException {
        String id = path.split("/", -1)[3];
        JsonNode node = JSON.readTree(body);
        if (path.endsWith("/report")
                || nodes.putIfAbsent(id, URI.create(node.path("url").asText())) != null) {
            return;
        }
        for (int i = 0; i < node.path("maxConnections").asInt(); i++) {
            Thread.ofVirtual().start(() -> serve(id));
        }
    }

    private void serve(String node) {
        try {
            while (true) {
                Job job = ready.take();
                states.put(job.id(), "in-flight");
                HttpRequest request =
                        HttpRequest.newBuilder(
                                        Objects.requireNonNull(nodes.get(node)).resolve("/work"))
                                .header("X-Request-ID", job.id())
                                .header("X-Yardmaster-Attempt", "1")
                                .header("X-Yardmaster-Priority", job.lane().label())
                                .header(DemoNode.ENQUEUED_AT, job.enqueuedAt())
                                .POST(HttpRequest.BodyPublishers.ofString("{\"units\":1}"))
                                .build();
                int status = http.send(request, HttpResponse.BodyHandlers.ofString()).statusCode();
                states.put(job.id(), status == 200 ? "succeeded" : "dead");
            }
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private List<Map<String, Object>> queues() {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Lane lane : Lane.values()) {
            rows.add(
                    Map.of(
                            "service",
                            "default",
                            "priority",
                            lane.label(),
                            "depth",
                            count(lane, "queued"),
                            "inFlight",
                            count(lane, "in-flight"),
                            "scheduled",
                            0,
                            "dead",
                            count(lane, "dead"),
                            "succeeded",
                            count(lane, "succeeded")));
        }
        return rows;
    }

    private long count(Lane lane, String state) {
        return states.entrySet().stream()
                .filter(entry ->
                        entry.getValue().equals(state) && lanes.get(entry.getKey()) == lane)
                .count();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = redis.accept();
                Thread.ofVirtual().start(() -> speak(socket));
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void speak(Socket socket) {
        try (socket) {
            BufferedReader in =
                    new BufferedReader(
                            new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            for (String head = in.readLine(); head != null; head = in.readLine()) {
                List<String> command = new ArrayList<>();
                for (int left = Integer.parseInt(head.substring(1)); left > 0; left--) {
                    in.readLine();
                    command.add(in.readLine());
                }
                socket.getOutputStream().write(reply(command).getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException _) {
            // the client went
        }
    }

    private String reply(List<String> command) throws IOException {
        return switch (command.getFirst()) {
            case "FCALL" -> {
                Lane lane = Lane.valueOf(after(command, "PRIORITY").toUpperCase(Locale.ROOT));
                String id =
                        enqueue(lane, after(command, "ID"), after(command, DemoNode.ENQUEUED_AT));
                yield "*2\r\n$6\r\nqueued\r\n$" + id.length() + "\r\n" + id + "\r\n";
            }
            case "RPUSH" -> {
                for (String json : command.subList(2, command.size())) {
                    enqueue(JSON.readTree(json));
                }
                yield ":1\r\n";
            }
            case "LRANGE" -> "*0\r\n";
            default -> ":0\r\n";
        };
    }

    private static String after(List<String> command, String word) {
        return command.get(command.indexOf(word) + 1);
    }

    private static void answer(HttpExchange exchange, int status, Object body) throws IOException {
        byte[] json = JSON.writeValueAsBytes(body);
        exchange.sendResponseHeaders(status, json.length);
        exchange.getResponseBody().write(json);
        exchange.close();
    }
}
