package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `yardmaster serve` with the Redis it brings along: starting, refusing to start, ending, dying.
class ServeIT {
    @TempDir Path data;

    private final List<AutoCloseable> opened = new ArrayList<>();

    @AfterEach
    void leaveNothingRunning() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
        redisServers().forEach(ProcessHandle::destroyForcibly);
        noRedisServerIsLeft();
    }

    private <T extends AutoCloseable> T open(T resource) {
        opened.add(resource);
        return resource;
    }

    private Replica serve() {
        return open(Replica.serve("--data-dir", data.toString()));
    }

    /// The servers that work on our data; they need not be children of the dispatcher.
    private List<ProcessHandle> redisServers() throws IOException {
        Path files = data.toRealPath();
        try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
            return all.filter(process -> servesFrom(process, files)).toList();
        }
    }

    private void noRedisServerIsLeft() {
        Await.until("redis-server ended", () -> redisServers().isEmpty());
    }

    private static boolean servesFrom(ProcessHandle process, Path files) {
        try {
            return process.info().command().orElse("").contains("redis-server")
                    && Files.readSymbolicLink(Path.of("/proc", "" + process.pid(), "cwd"))
                            .equals(files);
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void starts_with_its_own_redis_and_nothing_else_and_names_its_durability() throws Exception {
        Replica replica = serve();
        var health = replica.get("/health");
        assertEquals(200, health.statusCode(), health.body());
        assertEquals("fsync", Replica.json(health.body()).path("durability").asText());
        Node node = open(new Node("n1"));
        replica.register(node);
        var answer = replica.post("/v1/requests", "{\"body\":{\"a\":1}}", "Prefer", "wait=30");
        assertEquals(200, answer.statusCode(), answer.body());
        assertEquals("{\"a\":1}", node.ledger().getFirst().body());
    }

    @Test
    void settings_that_cannot_be_are_refused_one_line_each() throws Exception {
        Program.Result result =
                Program.run(
                        "serve",
                        "--data-dir",
                        data.toString(),
                        "--port",
                        "70000",
                        "--set",
                        "yardmaster.queues.max-sise=5",
                        "--set",
                        "yardmaster.lease=-1s");
        assertEquals(2, result.code(), result.toString());
        List<String> lines = result.err().lines().toList();
        assertEquals(3, lines.size(), result.err());
        for (String key : List.of("port", "queues.max-sise", "lease")) {
            assertTrue(
                    lines.stream()
                            .anyMatch(line ->
                                    line.matches(
                                            "yardmaster\\." + key + ": .+ \\(expected: .+\\)")),
                    key + " in\n" + result.err());
        }
        noRedisServerIsLeft();
    }

    @Test
    void listening_to_the_world_without_keys_is_refused() throws Exception {
        Program.Result result =
                Program.run("serve", "--data-dir", data.toString(), "--host", "0.0.0.0");
        assertEquals(2, result.code(), result.toString());
        assertTrue(
                result.err().matches("(?s)yardmaster\\.\\S+: .+\\(expected: .+\\)\\s*"),
                result.err());
    }

    @Test
    void a_taken_port_ends_the_start_and_leaves_no_redis_behind() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Program.Result result =
                    Program.run(
                            "serve",
                            "--data-dir",
                            data.toString(),
                            "--port",
                            Integer.toString(taken.getLocalPort()));
            assertEquals(1, result.code(), result.toString());
            assertTrue(result.err().contains("" + taken.getLocalPort()), result.err());
            assertTrue(result.err().contains("is taken"), result.err());
            assertFalse(result.err().contains("\tat "), result.err());
        }
        noRedisServerIsLeft();
    }

    @Test
    void ending_lets_requests_at_nodes_finish_and_keeps_the_others_for_the_next_start()
            throws Exception {
        ended("TERM", List.of());
    }

    @Test
    void control_c_reaches_the_whole_process_group_and_loses_nothing_either() throws Exception {
        assertTrue(Files.isExecutable(Path.of("/usr/bin/setsid")), "needs util-linux's setsid");
        // who was started with a shell's "&" ignores Ctrl-C, and so do its children
        ended("INT", List.of("/usr/bin/env", "--default-signal=INT", "/usr/bin/setsid"));
    }

    private void ended(String signal, List<String> prefix) throws Exception {
        boolean group = !prefix.isEmpty();
        Node node = open(new Node("n1"));
        node.hold();
        Replica replica =
                open(
                        Replica.await(
                                Replica.launch(
                                        prefix,
                                        "--data-dir",
                                        data.toString(),
                                        "--set",
                                        "yardmaster.max-in-flight=3")));
        replica.register(node);
        for (int i = 0; i < 10; i++) {
            replica.enqueue("r" + i, "");
        }
        Await.until("the node has three", () -> node.ledger().size() == 3);
        Program program = replica.program();
        Program.signal(signal, (group ? "-" : "") + program.pid());
        Await.until(
                "it stops taking",
                () -> !program.running() || program.said().contains("ending:"),
                program::said);
        assertTrue(program.running(), () -> "it ended without its requests\n" + exit(program));
        node.release();
        assertEquals(0, program.exitCode(), program.said());
        noRedisServerIsLeft();
        assertEquals(3, node.ledger().size(), "sent while ending: " + node.ledger());

        Replica next = serve();
        for (Node.Received sent : node.ledger().subList(0, 3)) {
            assertEquals("succeeded", next.state(sent.id()), program.said());
        }
        Await.until("the others are served", () -> next.total("succeeded") == 10);
        assertEquals(10, node.ledger().size(), "somebody was sent twice: " + node.ledger());
        assertTrue(
                node.ledger().stream().allMatch(sent -> sent.attempt() == 1), "" + node.ledger());
    }

    private static String exit(Program program) {
        try {
            return "exit code " + program.exitCode() + "\n" + program.said();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Test
    void kill_9_loses_nothing_and_the_next_start_takes_over_the_redis_that_is_left()
            throws Exception {
        Node node = open(new Node("n1"));
        node.hold();
        Replica replica = serve();
        replica.register(node);
        for (int i = 0; i < 30; i++) {
            replica.enqueue("r" + i, ",\"maxRetries\":2");
        }
        Await.until("some are at the node", () -> !node.ledger().isEmpty());
        List<ProcessHandle> redis = redisServers();
        replica.program().signal("KILL");
        replica.program().exitCode();
        node.release();

        Replica next = serve();
        assertEquals(redis, redisServers(), "a second redis-server");
        Await.until(
                "everything accepted is served",
                () -> next.total("succeeded") == 30,
                () -> next.get("/v1/queues").body());
        node.ledger().forEach(sent -> assertTrue(sent.attempt() <= 2, sent.toString()));
        next.program().signal("TERM");
        assertEquals(0, next.program().exitCode(), next.program().said());
        noRedisServerIsLeft();
    }

    @Test
    void requests_survive_a_stop_and_a_start() throws Exception {
        Replica replica = serve();
        for (int i = 0; i < 20; i++) {
            replica.enqueue("r" + i, "");
        }
        replica.program().signal("TERM");
        assertEquals(0, replica.program().exitCode(), replica.program().said());

        Replica next = serve();
        assertEquals(20, next.total("depth"));
        Node node = open(new Node("n1"));
        next.register(node);
        Await.until("all are served", () -> next.total("succeeded") == 20);
        assertEquals(20, Node.byId(node).size());
    }
}
