package io.yardmaster.dispatcher.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// The installed Prometheus with the configuration from `deploy/`: only addresses and intervals are
/// put in.
final class Prometheus implements AutoCloseable {
    static final Path DEPLOY = Path.of("..", "deploy", "prometheus").toAbsolutePath().normalize();

    private final Process process;
    private final Path log;
    private final String url;

    private Prometheus(Process process, Path log, String url) {
        this.process = process;
        this.log = log;
        this.url = url;
    }

    static Prometheus start(Path directory, Replica one, Replica two) throws IOException {
        String program = Promtool.program("prometheus");
        String config =
                placed(
                        placed(
                                placed(
                                        Files.readString(DEPLOY.resolve("prometheus.yml")),
                                        "127.0.0.1:8081",
                                        URI.create(one.url()).getAuthority()),
                                "127.0.0.1:8082",
                                URI.create(two.url()).getAuthority()),
                        "interval: 15s",
                        "interval: 1s");
        Files.writeString(directory.resolve("prometheus.yml"), config);
        Files.copy(
                DEPLOY.resolve("yardmaster.rules.yml"), directory.resolve("yardmaster.rules.yml"));
        String address = "127.0.0.1:" + Front.freePort();
        Path log = directory.resolve("prometheus.log");
        Process process =
                new ProcessBuilder(
                                program,
                                "--config.file=" + directory.resolve("prometheus.yml"),
                                "--storage.tsdb.path=" + directory.resolve("data"),
                                "--web.listen-address=" + address)
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        Prometheus prometheus = new Prometheus(process, log, "http://" + address);
        try {
            Await.until(
                    "Prometheus is ready",
                    () ->
                            !process.isAlive()
                                    || Replica.fetch(prometheus.url + "/-/ready").contains("eady."),
                    prometheus::said);
            if (!process.isAlive()) {
                throw new AssertionError("Prometheus ended: " + prometheus.said());
            }
            return prometheus;
        } catch (AssertionError e) {
            prometheus.close();
            throw e;
        }
    }

    private static String placed(String text, String old, String replacement) {
        if (!text.contains(old)) {
            throw new AssertionError("prometheus.yml names no " + old);
        }
        return text.replace(old, replacement);
    }

    /// The answer's vector; insists that the query is a good one.
    List<JsonNode> query(String expression) {
        JsonNode answer =
                ask("/api/v1/query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8));
        if (!answer.path("status").asText().equals("success")) {
            throw new AssertionError(expression + "\n" + answer);
        }
        return List.copyOf(answer.path("data").path("result").findParents("value"));
    }

    /// The value of a query with one row; -1 while it has none.
    double value(String expression) {
        List<JsonNode> rows = query(expression);
        return rows.isEmpty() ? -1 : rows.getFirst().path("value").path(1).asDouble();
    }

    JsonNode ask(String path) {
        return Replica.json(Replica.fetch(url + path));
    }

    String said() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
