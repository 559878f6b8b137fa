package io.yardmaster.dispatcher.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A dispatcher replica as a process, seen through REST.
final class Replica implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern SERVING = Pattern.compile("serving on (http://\\S+) with");
    private static final HttpClient HTTP =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(Duration.ofSeconds(10))
                    .build();

    private final Program program;
    private final String url;

    private Replica(Program program, String url) {
        this.program = program;
        this.url = url;
    }

    static Replica serve(String... arguments) {
        return await(launch(arguments));
    }

    /// Starts without waiting, so that several can start together.
    static Program launch(String... arguments) {
        return launch(List.of(), arguments);
    }

    static Program launch(List<String> prefix, String... arguments) {
        List<String> all = new ArrayList<>(List.of("serve", "--port", "0"));
        all.addAll(List.of(arguments));
        return Program.start(Map.of(), prefix, all.toArray(String[]::new));
    }

    static Replica await(Program program) {
        try {
            return awaitReady(program);
        } catch (AssertionError e) {
            program.close();
            throw e;
        }
    }

    private static Replica awaitReady(Program program) {
        Await.until(
                "the replica serves",
                () -> !program.running() || SERVING.matcher(program.said()).find(),
                program::said);
        Matcher serving = SERVING.matcher(program.said());
        if (!serving.find()) {
            throw new AssertionError("the replica ended\n" + program.said());
        }
        Replica replica = new Replica(program, serving.group(1));
        Await.until("it is ready", () -> replica.get("/health/readiness").statusCode() == 200);
        return replica;
    }

    Program program() {
        return program;
    }

    String url() {
        return url;
    }

    HttpResponse<String> get(String path, String... headers) {
        return send("GET", path, "", headers);
    }

    HttpResponse<String> post(String path, String body, String... headers) {
        return send("POST", path, body, headers);
    }

    HttpResponse<String> send(String method, String path, String body, String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(url + path))
                        .timeout(Duration.ofSeconds(60))
                        .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (!body.isEmpty()) {
            request.setHeader("Content-Type", "application/json");
        }
        for (int i = 0; i < headers.length; i += 2) {
            request.setHeader(headers[i], headers[i + 1]);
        }
        try {
            return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(method + " " + path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /// The body of what is at that address.
    static String fetch(String url) {
        try {
            return HTTP.send(
                            HttpRequest.newBuilder(URI.create(url))
                                    .timeout(Duration.ofSeconds(60))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(url, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /// Enqueues, and insists on 202.
    void enqueue(String id, String more) {
        HttpResponse<String> answer =
                post("/v1/requests", "{\"id\":\"" + id + "\"" + more + ",\"body\":{\"n\":1}}");
        if (answer.statusCode() != 202) {
            throw new AssertionError(id + ": " + answer.statusCode() + " " + answer.body());
        }
    }

    JsonNode request(String id) {
        return json(get("/v1/requests/" + id).body());
    }

    String state(String id) {
        return request(id).path("state").asText("");
    }

    void register(Node... nodes) {
        for (Node node : nodes) {
            HttpResponse<String> answer =
                    send("PUT", "/v1/nodes/" + node.id(), "{\"url\":\"" + node.url() + "\"}");
            if (answer.statusCode() >= 300) {
                throw new AssertionError(answer.statusCode() + " " + answer.body());
            }
        }
    }

    /// A figure of all queues together, such as `succeeded`.
    long total(String figure) {
        long sum = 0;
        for (JsonNode queue : json(get("/v1/queues").body()).path("queues")) {
            sum += queue.path(figure).asLong();
        }
        return sum;
    }

    /// The sum of a metric over its labels, 0 when it isn't there.
    double metric(String name) {
        return get("/prometheus")
                .body()
                .lines()
                .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }

    static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new AssertionError("no JSON: " + text, e);
        }
    }

    @Override
    public void close() {
        program.close();
    }
}
