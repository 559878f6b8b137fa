package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every way in which a replica gets to know how its machines are, with real processes.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SignalsIT {
    private static final Path SCRIPT = Path.of("..", "scripts", "node-agent.sh");

    private final RedisProcess redis = new RedisProcess();
    private final Node node = new Node("n1");
    private final Replica replica = Replica.serve("--redis", redis.uri());
    private final List<HttpServer> servers = new ArrayList<>();

    @AfterAll
    void leaveNothingRunning() {
        replica.close();
        node.close();
        redis.close();
        servers.forEach(server -> server.stop(0));
    }

    private JsonNode shown(String id) {
        return Replica.json(replica.get("/v1/nodes/" + id).body());
    }

    private void awaitReport(String id, Supplier<String> evidence) {
        Await.until(
                id + " has reported",
                () -> shown(id).path("report").path("ageMs").asInt(1_000_000) < 5_000,
                evidence);
    }

    /// Serves this text at every path, with load metrics when they are given.
    private String server(Supplier<String> page, Supplier<String> metrics) throws IOException {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/",
                exchange -> {
                    byte[] body = page.get().getBytes(StandardCharsets.UTF_8);
                    if (!metrics.get().isEmpty()) {
                        exchange.getResponseHeaders().set("Endpoint-Load-Metrics", metrics.get());
                    }
                    exchange.sendResponseHeaders(200, body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        server.start();
        servers.add(server);
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private void register(String id, String json) {
        var answer = replica.send("PUT", "/v1/nodes/" + id, json);
        assertTrue(answer.statusCode() < 300, answer.body());
    }

    @Test
    void agent_registers_reports_comes_back_when_forgotten_and_ends_on_sigterm() throws Exception {
        String line = "agent --id machine --interval 1s --labels where=here --node-url ";
        List<String> words = new ArrayList<>(List.of((line + node.url()).split(" ", -1)));
        words.addAll(List.of("--url", replica.url()));
        try (Program agent = Program.start(words.toArray(String[]::new))) {
            awaitReport("machine", agent::said);
            JsonNode machine = shown("machine");
            assertEquals("here", machine.path("labels").path("where").asText());
            assertTrue(machine.path("report").path("cores").asInt() >= 1, machine.toString());
            assertTrue(machine.path("report").path("memory").asDouble() > 0, machine.toString());
            assertEquals(204, replica.send("DELETE", "/v1/nodes/machine", "").statusCode());
            awaitReport("machine", agent::said);
            agent.signal("TERM");
            assertEquals(0, agent.exitCode(), agent.said());
            assertEquals(200, replica.get("/v1/nodes/machine").statusCode());
        }
    }

    @Test
    void agent_takes_its_node_along_when_told_to() throws Exception {
        String line = "agent --id leaver --interval 1s --remove-on-exit --node-url ";
        List<String> words = new ArrayList<>(List.of((line + node.url()).split(" ", -1)));
        words.addAll(List.of("--url", replica.url()));
        try (Program agent = Program.start(words.toArray(String[]::new))) {
            awaitReport("leaver", agent::said);
            agent.signal("TERM");
            assertEquals(0, agent.exitCode(), agent.said());
            assertEquals(404, replica.get("/v1/nodes/leaver").statusCode());
        }
    }

    @Test
    void agent_whose_node_is_refused_ends_with_1() throws Exception {
        Program.Result result =
                Program.run(
                        "agent",
                        "--id",
                        "far",
                        "--node-url",
                        "http://8.8.8.8",
                        "--url",
                        replica.url());
        assertEquals(1, result.code(), result.toString());
        assertTrue(result.err().contains("yardmaster.nodes-allowed"), result.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "busybox sh"})
    void one_file_of_posix_shell_does_the_same(String shell, @TempDir Path dir) throws Exception {
        needs(shell);
        String id = "nas-" + shell.charAt(0);
        try (Script script =
                new Script(
                        dir,
                        shell,
                        Map.of(),
                        "--id",
                        id,
                        "--node-url",
                        node.url(),
                        "--labels",
                        "where=\"here\",os=linux",
                        "--interval",
                        "1")) {
            awaitReport(id, script::said);
            JsonNode shown = shown(id);
            assertEquals("\"here\"", shown.path("labels").path("where").asText());
            assertTrue(shown.path("report").path("cores").asInt() >= 1, shown.toString());
            assertTrue(shown.path("report").path("memory").asDouble() > 0, shown.toString());
            assertEquals(204, replica.send("DELETE", "/v1/nodes/" + id, "").statusCode());
            awaitReport(id, script::said);
            script.terminate();
            assertEquals(0, script.exitCode(), script.said());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "busybox sh"})
    void script_works_on_an_old_kernel_and_reports_what_it_has(String shell, @TempDir Path dir)
            throws Exception {
        needs(shell);
        file(dir, "proc/uptime", "1000.00 5.00\n");
        file(dir, "proc/stat", "cpu  10 0 10 80 0 0 0 0 0 0\ncpu0 10 0 10 80 0 0 0 0 0 0\n");
        file(
                dir,
                "proc/meminfo",
                "MemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 100 kB\nCached: 300 kB\n");
        try (Script script =
                new Script(
                        dir,
                        shell,
                        Map.of("NODE_AGENT_ROOT", dir.toString()),
                        "--id",
                        "old",
                        "--once",
                        "--dry-run")) {
            assertEquals(0, script.exitCode(), script.said());
            assertTrue(
                    script.said()
                            .contains(
                                    "/v1/nodes/old/report"
                                            + " {\"cpu\":0.000,\"memory\":0.500,\"io\":0.000,\"cores\":1}"),
                    script.said());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "busybox sh"})
    void script_tells_refusals_from_a_dispatcher_that_is_away(String shell, @TempDir Path dir)
            throws Exception {
        needs(shell);
        try (Script refused =
                new Script(dir, shell, Map.of(), "--id", "far", "--node-url", "http://8.8.8.8")) {
            assertEquals(1, refused.exitCode(), refused.said());
            assertTrue(refused.said().contains("answered 400"), refused.said());
        }
        try (Script away =
                new Script(
                        dir,
                        shell,
                        Map.of(),
                        "--id",
                        "far",
                        "--once",
                        "--url",
                        "http://127.0.0.1:1")) {
            assertEquals(3, away.exitCode(), away.said());
        }
        try (Script wrong = new Script(dir, shell, Map.of(), "--interval", "often")) {
            assertEquals(2, wrong.exitCode(), wrong.said());
            assertTrue(wrong.said().contains("--interval: often (expected: "), wrong.said());
        }
    }

    @Test
    void node_exporters_page_becomes_the_nodes_report() throws Exception {
        String exporter =
                server(
                        () -> {
                            // of two CPUs a quarter is used
                            double seconds = System.nanoTime() / 1e9;
                            return """
                            node_cpu_seconds_total{cpu="0",mode="idle"} %1$f
                            node_cpu_seconds_total{cpu="0",mode="user"} %2$f
                            node_cpu_seconds_total{cpu="1",mode="idle"} %1$f
                            node_cpu_seconds_total{cpu="1",mode="user"} %2$f
                            node_memory_MemTotal_bytes 4e+09
                            node_memory_MemAvailable_bytes 3e+09
                            node_thermal_zone_temp{type="x",zone="0"} 51.5
                            """
                                    .formatted(seconds * 3, seconds);
                        },
                        () -> "");
        register(
                "exported",
                "{\"url\":\"%s\",\"stats\":{\"type\":\"node-exporter\",\"url\":\"%s/metrics\",\"intervalMs\":1000}}"
                        .formatted(node.url(), exporter));
        awaitReport("exported", replica.program()::said);
        JsonNode report = shown("exported").path("report");
        assertEquals(0.25, report.path("cpu").asDouble(), 0.01);
        assertEquals(0.25, report.path("memory").asDouble(), 1e-9);
        assertEquals(2, report.path("cores").asInt());
        assertEquals(51.5, report.path("temperature").asDouble());
        Await.until(
                "the temperature is a metric",
                () -> replica.metric("yardmaster_node_temperature_celsius") >= 51);
        var refused =
                replica.send(
                        "PUT",
                        "/v1/nodes/exported",
                        "{\"url\":\"%s\",\"stats\":{\"type\":\"node-exporter\",\"url\":\"http://169.254.169.254/\"}}"
                                .formatted(node.url()));
        assertEquals(400, refused.statusCode());
        assertEquals(
                "stats.url",
                Replica.json(refused.body()).path("errors").path(0).path("field").asText());
    }

    @Test
    void load_in_answers_is_taken_in_and_bad_load_fails_no_request() throws Exception {
        String[] metrics = {"TEXT cpu_utilization=0.75,mem_utilization=0.5,named_metrics.io=0.25"};
        String url = server(() -> "done", () -> metrics[0]);
        register("orca", "{\"url\":\"" + url + "\",\"services\":[\"orca\"]}");
        assertEquals("succeeded", served());
        JsonNode report = shown("orca").path("report");
        assertEquals(0.75, report.path("cpu").asDouble());
        assertEquals(0.5, report.path("memory").asDouble());
        assertEquals(0.25, report.path("io").asDouble());
        metrics[0] = "TEXT cpu_utilization=rather busy";
        Await.until(
                "unreadable load is counted",
                () -> {
                    assertEquals("succeeded", served());
                    return replica.metric("yardmaster_node_figures_unreadable_total") >= 1;
                });
        assertEquals(0.75, shown("orca").path("report").path("cpu").asDouble());
    }

    private String served() {
        var answer =
                replica.post(
                        "/v1/requests", "{\"service\":\"orca\",\"body\":1}", "Prefer", "wait=30");
        return Replica.json(answer.body()).path("state").asText(answer.body());
    }

    @Test
    void dead_node_is_found_by_traffic_although_its_checks_are_an_hour_apart() {
        Node doomed = new Node("doomed");
        register(
                "doomed",
                "{\"url\":\"%s\",\"services\":[\"doomed\"],\"health\":{\"type\":\"tcp\",\"intervalMs\":3600000}}"
                        .formatted(doomed.url()));
        Await.until(
                "it is healthy", () -> shown("doomed").path("state").asText().equals("healthy"));
        doomed.close();
        for (int i = 0; i < 5; i++) {
            replica.enqueue("doomed-" + i, ",\"service\":\"doomed\",\"ttlMs\":120000");
        }
        Await.until(
                "it is unhealthy",
                () -> shown("doomed").path("state").asText().equals("unhealthy"),
                () -> shown("doomed").toString());
        JsonNode services = Replica.json(replica.get("/v1/services/doomed").body());
        assertEquals(0, services.path("healthScore").asInt(-1), services.toString());
    }

    private static void needs(String shell) throws Exception {
        List<String> command = new ArrayList<>(List.of(shell.split(" ", -1)));
        command.addAll(List.of("-c", "command -v curl && command -v awk"));
        boolean there;
        try {
            there = new ProcessBuilder(command).redirectErrorStream(true).start().waitFor() == 0;
        } catch (IOException e) {
            there = false;
        }
        assumeTrue(there, "needs " + shell + " with curl and awk");
    }

    private static void file(Path root, String path, String content) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.writeString(file, content);
    }

    /// One run of the script.
    private final class Script implements AutoCloseable {
        private final Process process;
        private final Path log;

        Script(Path dir, String shell, Map<String, String> environment, String... arguments)
                throws IOException {
            List<String> command = new ArrayList<>(List.of(shell.split(" ", -1)));
            command.add(SCRIPT.toAbsolutePath().normalize().toString());
            command.addAll(List.of(arguments));
            log = Files.createTempFile(dir, "script", ".log");
            ProcessBuilder builder =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(log.toFile());
            builder.environment().put("YARDMASTER_URL", replica.url());
            builder.environment().putAll(environment);
            process = builder.start();
        }

        String said() {
            try {
                return Files.readString(log);
            } catch (IOException e) {
                return e.toString();
            }
        }

        void terminate() {
            process.destroy();
        }

        int exitCode() throws InterruptedException {
            assertTrue(process.waitFor(Await.LONG.toSeconds(), TimeUnit.SECONDS), said());
            return process.exitValue();
        }

        @Override
        public void close() {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }
}
