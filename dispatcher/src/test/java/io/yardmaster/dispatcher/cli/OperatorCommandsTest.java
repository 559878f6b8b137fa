package io.yardmaster.dispatcher.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class OperatorCommandsTest {
    private static final String QUEUES =
            """
            {"queues":[{"service":"b","priority":"low","depth":7,"scheduled":1},
            {"service":"a","priority":"low","depth":5}]}\
            """;

    private CliRun cli;

    @BeforeEach
    void start() throws IOException {
        cli = new CliRun();
    }

    @AfterEach
    void stop() {
        cli.close();
    }

    @Test
    void dead_lists_retries_and_drops() {
        String page =
                "{\"dead\":[{\"id\":\"d1\",\"service\":\"s\",\"priority\":\"low\",\"diedAt\":"
                        + "\"2026-01-01T00:00:00Z\",\"attempts\":3,\"error\":\"HTTP 500\"}],\"cursor\":\"c 1\"}";
        cli.answers(200, page).answers(200, page.replace("\"c 1\"", "null"));
        assertEquals(0, cli.run("dead", "list", "--service", "s", "--limit", "1", "--all"));
        assertEquals(
                """
                ID  SERVICE  PRIORITY  DIED       ATTEMPTS  NODE  ERROR
                d1  s        low       1m00s ago         3  -     HTTP 500
                d1  s        low       1m00s ago         3  -     HTTP 500
                """,
                cli.out);
        assertEquals("GET /v1/dead?service=s&limit=1&cursor=c%201", cli.asked.getLast().line());
        assertEquals(0, cli.run("dead", "retry", "d1"));
        assertEquals("POST /v1/dead/d1/retry", cli.asked.getLast().line());
        assertEquals(0, cli.run("dead", "retry", "--service", "s", "--priority", "low"));
        assertEquals("POST /v1/dead/retry?service=s&priority=low", cli.asked.getLast().line());
        assertEquals(0, cli.run("dead", "drop", "d1"));
        assertEquals("DELETE /v1/dead/d1", cli.asked.getLast().line());
        assertEquals(0, cli.run("dead"));
    }

    @Test
    void what_cannot_be_undone_wants_a_yes() {
        cli.answers(200, "{\"purged\":3}");
        assertEquals(2, cli.run("purge", "a/low"));
        assertTrue(cli.err.contains("next: yardmaster purge a/low -y"), cli.err);
        assertEquals(2, cli.run("dead", "retry", "--all"));
        assertTrue(cli.err.contains("next: yardmaster dead retry --all -y"), cli.err);
        assertTrue(cli.asked.isEmpty());
        assertEquals(0, cli.run("purge", "a/low", "-y"));
        assertEquals("purged a/low: 3 dropped\n", cli.out);
        assertEquals(0, cli.run("dead", "retry", "--all", "-y"));
        assertEquals("POST /v1/dead/retry", cli.asked.getLast().line());
    }

    @Test
    void a_person_is_asked_with_the_number_that_would_go() {
        cli.keyboard = true;
        cli.in = "n\n".getBytes(StandardCharsets.UTF_8);
        assertEquals(1, cli.answers(200, QUEUES).run("purge", "b"));
        assertTrue(cli.err.contains("Drop 8 waiting requests of b? [y/N]"), cli.err);
        assertEquals(1, cli.asked.size());
        cli.in = "yes\n".getBytes(StandardCharsets.UTF_8);
        assertEquals(0, cli.run("purge", "b"));
        assertEquals("DELETE /v1/queues/b/low", cli.asked.getLast().line());
    }

    @Test
    void pausing_a_service_pauses_its_four_queues() {
        assertEquals(0, cli.answers(204, "").run("pause", "a"));
        assertEquals(
                java.util.List.of(
                        "POST /v1/queues/a/critical/pause",
                        "POST /v1/queues/a/high/pause",
                        "POST /v1/queues/a/normal/pause",
                        "POST /v1/queues/a/low/pause"),
                cli.asked.stream().map(CliRun.Asked::line).toList());
        assertEquals(0, cli.run("resume", "a/low"));
        assertEquals("resumed a/low\n", cli.out);
    }

    @Test
    void nodes_are_listed_and_changed() {
        cli.answers(
                200,
                """
                {"nodes":[{"id":"nuc","url":"http://n:1","services":["a","b"],"state":"healthy","inFlight":2,
                "maxConnections":10,"latencyMs":12.4,"errorRate":0.02,"healthScore":98.6,
                "report":{"cpu":0.41,"memory":0.5,"io":0.1}},
                {"id":"nas","state":"draining","backup":true,"report":null}]}\
                """);
        assertEquals(0, cli.run("nodes"));
        assertEquals(
                """
                ID   URL         STATE              CPU  MEM   IO  IN FLIGHT  LATENCY  ERRORS  SCORE  SERVICES
                nuc  http://n:1  healthy            41%  50%  10%       2/10     12ms      2%     99  a,b
                nas  -           draining (backup)    -    -    -        -/-        -       -      -  -
                """,
                cli.out);
        String add =
                "nodes add n1 http://n:2 --service a --service b --weight 2 --max-connections 5"
                        + " --health-path /h --backup --label gpu=true";
        assertEquals(0, cli.run(add.split(" ", -1)));
        assertEquals("PUT /v1/nodes/n1", cli.asked.getLast().line());
        assertEquals(
                "{\"url\":\"http://n:2\",\"services\":[\"a\",\"b\"],\"weight\":2.0,"
                        + "\"labels\":{\"gpu\":\"true\"},\"backup\":true,\"maxConnections\":5,"
                        + "\"health\":{\"type\":\"http\",\"path\":\"/h\"}}",
                cli.asked.getLast().body());
        assertEquals(0, cli.run("nodes", "drain", "n1"));
        assertEquals("POST /v1/nodes/n1/drain", cli.asked.getLast().line());
        assertEquals(0, cli.run("nodes", "resume", "n1"));
        assertEquals(0, cli.run("nodes", "remove", "n1"));
        assertEquals("DELETE /v1/nodes/n1", cli.asked.getLast().line());
        assertEquals(0, cli.run("nodes", "--json", "list"));
        assertTrue(cli.out.startsWith("{\"nodes\""), cli.out);
    }

    @Test
    void services_are_listed_and_set() {
        cli.answers(
                200,
                """
                {"services":[{"name":"a","strategy":"adaptive","sticky":"none","healthScore":100,
                "rateLimit":{"rate":5,"windowMs":1000},"breaker":null}]}\
                """);
        assertEquals(0, cli.run("services"));
        assertEquals(
                """
                NAME  STRATEGY  STICKY  SCORE  RATE LIMIT            BREAKER  PRIORITIES
                a     adaptive  none      100  rate=5 windowMs=1000  -        -
                """,
                cli.out);
        assertEquals(
                0, cli.run("services", "set", "a", "{\"breaker\":{}}", "--rate=5", "--window=2s"));
        assertEquals(
                "{\"breaker\":{},\"rateLimit\":{\"rate\":5.0,\"windowMs\":2000}}",
                cli.asked.getLast().body());
        assertEquals(2, cli.run("services", "set", "a"));
        assertEquals(0, cli.run("services", "remove", "a"));
        assertEquals("DELETE /v1/services/a", cli.asked.getLast().line());
    }
}
