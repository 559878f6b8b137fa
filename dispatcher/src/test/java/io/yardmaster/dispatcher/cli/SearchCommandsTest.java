package io.yardmaster.dispatcher.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// `requests`, `bulk` and `events`, and the watching of lists. [CliRun]'s clock stands at
/// 2026-01-01T00:01:00Z.
final class SearchCommandsTest {
    private CliRun cli;

    @BeforeEach
    void start() throws IOException {
        cli = new CliRun();
    }

    @AfterEach
    void stop() {
        cli.close();
    }

    private static String page(String id, String cursor) {
        return """
        {"requests":[{"id":"%s","service":"s","priority":"low","state":"dead","attempts":3,"node":"nuc",
        "enqueuedAt":"2026-01-01T00:00:00Z","ageMs":61000,"method":"POST","path":"/a","reason":"HTTP 500","dueMs":null}],
        "cursor":%s,"searched":40,"complete":false}
        """
                .formatted(id, cursor);
    }

    @Test
    void every_filter_reaches_its_parameter() {
        cli.answers(200, page("r1", "null"));
        String line =
                "requests --state dead,queued --service s --priority low --node n --id o- --min-age"
                        + " 5m --max-age 1h --reason x/y --limit 7 --cursor c";
        assertEquals(0, cli.run(line.split(" ", -1)));
        assertEquals(
                "GET /v1/requests?state=dead%2Cqueued&service=s&priority=low&node=n&id=o-&minAgeMs=300000"
                        + "&maxAgeMs=3600000&reason=x%2Fy&limit=7&cursor=c",
                cli.asked.getFirst().line());
        assertEquals(
                """
                ID  SERVICE  PRIORITY  STATE    AGE  ATTEMPTS  NODE  CALL     REASON
                r1  s        low       dead   1m01s         3  nuc   POST /a  HTTP 500
                """,
                cli.out);
        assertEquals("", cli.err);
    }

    @Test
    void a_search_goes_on_until_a_page_is_full_and_says_where_it_stopped() {
        cli.answers(
                200, "{\"requests\":[],\"cursor\":\"c1\",\"searched\":1000,\"complete\":false}");
        cli.answers(200, page("r1", "\"c2\""));
        assertEquals(0, cli.run("requests", "--limit", "1"));
        assertEquals("GET /v1/requests?limit=1&cursor=c1", cli.asked.getLast().line());
        assertTrue(cli.err.contains("--cursor c2 (looked at 1040)"), cli.err);
        cli.answersOnly(200, "{\"requests\":[],\"cursor\":null,\"searched\":12,\"complete\":true}");
        assertEquals(0, cli.run("requests"));
        assertEquals("No such request among the 12 looked at.\n", cli.out);
    }

    @Test
    void a_state_that_does_not_exist_is_wrong_usage() {
        assertEquals(2, cli.run("requests", "--state", "lost"));
        assertTrue(cli.err.contains("expected: queued, scheduled"), cli.err);
        assertTrue(cli.asked.isEmpty());
    }

    @Test
    void every_list_can_be_watched() {
        cli.answers(200, page("r1", "null"));
        assertEquals(0, cli.run("requests", "--watch=5s", "--count=2"));
        assertEquals(List.of(5000L), cli.pauses);
        cli.answersOnly(200, "{\"nodes\":[],\"services\":[],\"dead\":[]}");
        cli.pauses.clear();
        assertEquals(0, cli.run("nodes", "--watch", "--count=2"));
        assertEquals(0, cli.run("nodes", "list", "--watch", "--count=2"));
        assertEquals(0, cli.run("services", "--watch", "--count=2"));
        assertEquals(0, cli.run("dead", "list", "--watch", "--count=2"));
        assertEquals(List.of(2000L, 2000L, 2000L, 2000L), cli.pauses);
    }

    @Test
    void nothing_is_done_to_many_without_a_filter_or_a_yes() {
        assertEquals(2, cli.run("bulk"));
        assertEquals(2, cli.run("bulk", "drop"));
        assertEquals(2, cli.run("bulk", "drop", "--everything", "id"));
        assertEquals(2, cli.run("--key", "secret", "bulk", "drop", "--reason", "it's late"));
        assertTrue(
                cli.err.contains("next: yardmaster bulk drop --reason 'it'\\''s late' -y"),
                cli.err);
        assertFalse(cli.err.contains("secret"), cli.err);
        assertTrue(cli.asked.isEmpty());
    }

    @Test
    void a_dry_run_counts_over_all_its_parts() {
        cli.answers(
                200,
                "{\"matching\":5,\"done\":0,\"failed\":0,\"complete\":false,\"cursor\":\"c\"}");
        cli.answers(
                200, "{\"matching\":2,\"done\":0,\"failed\":0,\"complete\":true,\"cursor\":null}");
        assertEquals(0, cli.run("bulk", "retry", "--service", "s", "--dry-run"));
        assertEquals("7 match\n", cli.out);
        assertEquals(
                "{\"action\":\"retry\",\"filter\":{\"state\":\"dead\",\"service\":\"s\"},\"dryRun\":true,"
                        + "\"cursor\":\"c\"}",
                cli.asked.getLast().body());
    }

    @Test
    void a_person_is_asked_with_the_number_and_then_it_is_done_to_the_end() {
        cli.keyboard = true;
        cli.in = "y\n".getBytes(StandardCharsets.UTF_8);
        cli.answers(200, "{\"matching\":3,\"done\":0,\"failed\":0,\"complete\":true}");
        cli.answers(
                200,
                "{\"matching\":2,\"done\":2,\"failed\":0,\"complete\":false,\"cursor\":\"c\"}");
        cli.answers(200, "{\"matching\":1,\"done\":0,\"failed\":1,\"complete\":true}");
        assertEquals(1, cli.run("bulk", "cancel", "--min-age", "2h"));
        assertTrue(cli.err.contains("Cancel 3 requests? [y/N]"), cli.err);
        assertEquals("cancelled: 2, failed: 1\n", cli.out);
        assertTrue(cli.asked.getLast().body().contains("\"dryRun\":false,\"cursor\":\"c\""));
        assertTrue(cli.asked.getLast().body().contains("\"state\":\"queued,scheduled,in-flight\""));
    }

    @Test
    void events_are_followed_and_go_on_after_the_last_one() {
        String first =
                """
                : ping

                id: 7
                event: event
                data: {"event_type":"node_drained","event_data":{"node":"nuc\\u001b[2J"},"timestamp":1767225600000}

                """;
        String second =
                """
                id: 8
                data: {"event_type":"queue_full","event_data":{},"timestamp":"2026-01-01T00:00:01Z"}

                """;
        cli.answers(200, first, Map.of("Content-Type", "text/event-stream")).answers(200, second);
        assertEquals(0, cli.run("events", "--count", "2"));
        assertEquals(
                """
                2026-01-01T00:00:00Z  node_drained          node=nuc\\u001b[2J
                2026-01-01T00:00:01Z  queue_full
                """,
                cli.out);
        assertEquals("7", cli.asked.getLast().headers().get("Last-event-id"));
        cli.answersOnly(200, first);
        assertEquals(0, cli.run("events", "--json", "--count", "1", "--type", "node_drained"));
        assertTrue(cli.out.startsWith("{\"event_type\":\"node_drained\""), cli.out);
    }

    @Test
    void recent_events_are_listed_newest_last() {
        cli.answers(
                200,
                """
                {"events":[{"id":"2","event_type":"queue_full","timestamp":"2026-01-01T00:00:02Z"},
                {"id":"1","event_type":"figures","timestamp":"2026-01-01T00:00:01Z"}],"before":null}
                """);
        assertEquals(0, cli.run("events", "--recent", "10"));
        assertEquals("GET /v1/events?format=json&limit=10", cli.asked.getLast().line());
        assertTrue(cli.out.indexOf("figures") < cli.out.indexOf("queue_full"), cli.out);
    }

    @Test
    void bench_says_what_was_accepted_and_what_became_of_it() {
        cli.answers(202, "{\"id\":\"x\",\"state\":\"queued\"}");
        cli.answers(202, "{\"id\":\"x\",\"state\":\"queued\"}");
        cli.answers(
                200,
                "{\"state\":\"succeeded\",\"enqueuedAt\":\"2026-01-01T00:00:00Z\","
                        + "\"settledAt\":\"2026-01-01T00:00:00.250Z\"}");
        assertEquals(0, cli.run("bench", "--requests=2", "-c=1", "--service=s"));
        assertTrue(cli.out.contains("accepted  2 in "), cli.out);
        assertTrue(cli.out.contains("succeeded 2 of 2 read back"), cli.out);
        assertTrue(cli.out.contains("enqueued to settled: p50 250.0 ms"), cli.out);
        cli.answersOnly(503, "{\"title\":\"Queue full\"}");
        assertEquals(1, cli.run("bench", "--requests=3", "-c=1"));
        assertTrue(cli.err.contains("3 refused: cannot enqueue: Queue full (503)"), cli.err);
    }

    @Test
    void names_for_completion_are_silent_when_nobody_answers() {
        cli.answers(
                200,
                "{\"queues\":[{\"service\":\"a\",\"priority\":\"low\"},{\"service\":\"b;rm\",\"priority\":\"low\"}]}");
        assertEquals(0, cli.run("__names", "queues"));
        assertEquals("a\na/low\n", cli.out);
        cli.stop();
        assertEquals(0, cli.run("__names", "nodes"));
        assertEquals("", cli.out + cli.err);
    }

    @Test
    void top_without_a_terminal_says_what_to_use_instead() {
        assertEquals(2, cli.run("top"));
        assertTrue(cli.err.contains("next: yardmaster depth --watch"), cli.err);
        cli.answers(200, "{\"atMs\":1}");
        assertEquals(0, cli.run("top", "--json"));
        assertEquals("{\"atMs\":1}\n", cli.out);
    }
}
