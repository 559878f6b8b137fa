package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.redis.RedisServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The users of docs/redis-security.md: each may do all that it needs, and nothing more.
class RedisUsersIT {
    private static final Path PAGE = Path.of("../docs/redis-security.md");
    private static final String[] FSYNC = {"--appendonly", "yes", "--appendfsync", "always"};

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final RedisServer redis = open(RedisServer.start(FSYNC));
    private final Node node = open(new Node("n1"));

    private <T extends AutoCloseable> T open(T resource) {
        opened.add(resource);
        return resource;
    }

    @AfterEach
    void leaveNothingRunning() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    /// Sets a user up with the very line of the page.
    private void user(String name, String... more) throws IOException {
        String line =
                Files.readAllLines(PAGE).stream()
                        .filter(each -> each.startsWith("ACL SETUSER " + name + " on"))
                        .findFirst()
                        .orElseThrow();
        List<String> words = new ArrayList<>(List.of(line.split(" ", -1)));
        words.addAll(List.of(more));
        assertEquals("+OK", redis.ask(words.toArray(String[]::new)));
    }

    private Replica serve(String... more) {
        List<String> arguments =
                new ArrayList<>(
                        List.of("--redis", "redis://yardmaster:secret@127.0.0.1:" + redis.port()));
        arguments.addAll(List.of(more));
        Replica replica = open(Replica.serve(arguments.toArray(String[]::new)));
        replica.register(node);
        return replica;
    }

    private void nothingWasDenied() {
        String denied = redis.ask("ACL", "LOG");
        assertEquals("*0", denied.strip(), denied);
    }

    private void refused(String user, String... command) {
        String answer = redis.askAs(user, "secret", command);
        assertTrue(answer.startsWith("-NOPERM"), String.join(" ", command) + ": " + answer);
    }

    private static void is(int status, java.net.http.HttpResponse<String> answer) {
        assertEquals(status, answer.statusCode(), answer.body());
    }

    @Test
    void dispatcher_does_all_that_it_does_with_its_own_user_and_may_do_nothing_else()
            throws Exception {
        user("yardmaster");
        user("sensor");
        user("program");
        Replica replica = serve();
        assertEquals(
                "fsync", Replica.json(replica.get("/health").body()).path("durability").asText());

        replica.enqueue("plain", ",\"priority\":\"high\",\"client\":\"c\"");
        is(200, replica.post("/v1/requests?x", "{\"id\":\"waited\"}", "Prefer", "wait=20"));
        is(200, replica.post("/v1/requests/batch", "[{\"id\":\"b1\"},{\"id\":\"b2\"}]"));
        replica.enqueue("later", ",\"delayMs\":200");
        replica.enqueue("cancelled", ",\"delayMs\":60000");
        is(200, replica.send("DELETE", "/v1/requests/cancelled", ""));
        Await.until("later is served", () -> replica.state("later").equals("succeeded"));
        node.answer(500);
        replica.enqueue("dead", ",\"maxRetries\":0");
        Await.until("it is dead", () -> replica.state("dead").equals("dead"));
        is(200, replica.get("/v1/dead?service=default&priority=normal"));
        node.answer(200);
        assertTrue(replica.post("/v1/dead/dead/retry", "").statusCode() < 300);
        replica.enqueue("retried", "");
        for (String id : List.of("plain", "waited", "b1", "b2", "later", "dead", "retried")) {
            Await.until(
                    id + " succeeded",
                    () -> replica.state(id).equals("succeeded"),
                    () -> replica.request(id) + "\n" + replica.program().said());
        }
        assertTrue(replica.post("/v1/queues/default/low/pause", "").statusCode() < 300);
        replica.enqueue("purged", ",\"priority\":\"low\"");
        is(200, replica.get("/v1/requests/purged/why"));
        assertTrue(replica.send("DELETE", "/v1/queues/default/low", "").statusCode() < 300);
        assertTrue(replica.post("/v1/queues/default/low/resume", "").statusCode() < 300);
        assertTrue(
                replica.send("PUT", "/v1/services/other", "{\"strategy\":\"round_robin\"}")
                                .statusCode()
                        < 300);
        assertTrue(
                replica.post(
                                        "/v1/nodes/n1/report",
                                        "{\"cpu\":0.4,\"memory\":0.5,\"io\":0.1,\"cores\":4,\"connections\":3}")
                                .statusCode()
                        < 300);

        assertTrue(
                redis.askAs("sensor", "secret", "RPUSH", "{yard:0}:in", "{\"id\":\"pushed\"}")
                        .startsWith(":"));
        assertTrue(
                redis.askAs(
                                "program",
                                "secret",
                                "FCALL",
                                "yard_enqueue",
                                "1",
                                "{yard:0}",
                                "ID",
                                "called",
                                "CLIENT",
                                "c",
                                "DELAY",
                                "10")
                        .contains("queued"));
        for (String id : List.of("pushed", "called")) {
            Await.until(
                    id + " succeeded",
                    () -> replica.state(id).equals("succeeded"),
                    () -> replica.program().said());
        }
        replica.send("DELETE", "/v1/nodes/n1", "");
        replica.program().signal("TERM");
        assertEquals(0, replica.program().exitCode(), replica.program().said());
        nothingWasDenied();

        for (String who : List.of("yardmaster", "program", "sensor")) {
            refused(who, "FLUSHALL");
            refused(who, "KEYS", "*");
            refused(who, "CONFIG", "SET", "appendonly", "no");
            refused(who, "SHUTDOWN");
            refused(who, "FUNCTION", "FLUSH");
            refused(who, "ACL", "LIST");
            refused(who, "SET", "another", "v");
            refused(who, "GET", "another");
            refused(who, "SPUBLISH", "another", "v");
        }
        refused("program", "FUNCTION", "LOAD", "#!lua name=x");
        refused("program", "SSUBSCRIBE", "{yard:0}:wake");
        refused("sensor", "FCALL", "yard_enqueue", "1", "{yard:0}");
        refused("sensor", "LRANGE", "{yard:0}:in", "0", "-1");
        refused("sensor", "RPUSH", "{yard:0}:q:default:normal", "x");
    }

    @Test
    void dispatcher_waits_for_replicas_with_its_own_user() throws Exception {
        user("yardmaster");
        RedisServer copy = open(RedisServer.start());
        copy.ask("REPLICAOF", "127.0.0.1", Integer.toString(redis.port()));
        Await.until(
                "the copy follows",
                () -> copy.ask("INFO", "replication").contains("master_link_status:up"));
        Replica replica = serve("--set", "yardmaster.redis.wait-replicas=1");
        replica.enqueue("r", "");
        nothingWasDenied();
    }

    @Test
    void settings_that_are_hidden_mean_relaxed_unless_the_operator_knows_better() throws Exception {
        user("yardmaster", "-config|get");
        Replica careful = serve();
        assertEquals(
                "relaxed", Replica.json(careful.get("/health").body()).path("durability").asText());
        Replica told = serve("--set", "yardmaster.redis.assume-durability=fsync");
        assertEquals("fsync", Replica.json(told.get("/health").body()).path("durability").asText());
        assertTrue(
                Replica.json(told.get("/health").body())
                        .path("redisSettings")
                        .path("assumed")
                        .asBoolean());
        Await.until(
                "the log says that it is assumed",
                () -> told.program().err().contains("durability: fsync, as it is assumed"));
    }
}
