package io.yardmaster.dispatcher.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.Command;

final class CliTest {
    private static final String QUEUES =
            """
            {"queues":[
            {"service":"b","priority":"low","depth":7,"inFlight":0,"scheduled":1,"dead":2,"oldestMs":61000,"paused":true,"weight":0.2,"enqueued":10,"succeeded":3,"failed":0,"new":[1]},
            {"service":"a","priority":"low","depth":0,"oldestMs":null,"paused":false},
            {"service":"a","priority":"critical","depth":12,"inFlight":3,"scheduled":0,"dead":0,"oldestMs":4200,"paused":false,"weight":1.0,"enqueued":100,"succeeded":50,"failed":0}]}
            """;
    private static final String ACCEPTED =
            """
            {"id":"r1","state":"queued","service":"default","priority":"normal","durability":"fsync"}\
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
    void depth_is_a_sorted_table_with_totals_and_dashes_for_what_is_missing() {
        assertEquals(0, cli.answers(200, QUEUES).run("depth"));
        assertEquals(
                """
                SERVICE  PRIORITY  DEPTH  IN FLIGHT  SCHEDULED  DEAD  OLDEST  PAUSED  WEIGHT
                a        critical     12          3          0     0    4.2s  no         1.0
                a        low           0          -          -     -       -  no           -
                b        low           7          0          1     2   1m01s  yes        0.2
                total                 19          3          1     2   1m01s
                """,
                cli.out);
    }

    @Test
    void json_is_handed_on_unchanged() {
        assertEquals(0, cli.answers(200, QUEUES).run("depth", "--json"));
        assertEquals(QUEUES, cli.out);
    }

    @Test
    void no_queues_says_what_to_do_first() {
        assertEquals(0, cli.answers(200, "{\"queues\":[]}").run("depth"));
        assertTrue(cli.out.startsWith("No queues yet."), cli.out);
    }

    @Test
    void colour_is_for_screens_that_want_it() {
        cli.answers(200, QUEUES).run("depth");
        assertFalse(cli.out.contains("\u001b"));
        cli.screen = true;
        cli.run("depth");
        assertTrue(cli.out.contains("\u001b[33myes"), cli.out);
        cli.env.put("NO_COLOR", "1");
        cli.run("depth");
        assertFalse(cli.out.contains("\u001b"));
        cli.env.put("NO_COLOR", "");
        cli.env.put("TERM", "dumb");
        cli.run("depth");
        assertFalse(cli.out.contains("\u001b"));
    }

    @Test
    void server_text_cannot_drive_the_terminal() {
        String evil = "{\"queues\":[{\"service\":\"\\u001b]0;owned\\u0007\u009b2J\\u202e\"}]}";
        cli.answers(200, evil).run("depth");
        assertTrue(cli.out.contains("\\u001b]0;owned\\u0007\\u009b2J\\u202e"), cli.out);
        cli.run("depth", "--json");
        assertTrue(cli.out.contains("\\u009b2J"), cli.out);
        assertFalse(cli.out.contains("\u009b"));
    }

    @Test
    void watch_draws_rates_and_survives_a_dispatcher_that_goes_away() {
        String later = QUEUES.replace("\"enqueued\":100", "\"enqueued\":110");
        cli.answers(200, QUEUES).answers(200, later).answers(503, "");
        assertEquals(0, cli.run("depth", "--watch=2", "--count", "3"));
        assertTrue(cli.out.contains("IN/s"), cli.out);
        assertTrue(cli.out.contains("  5.0    0.0  no"), cli.out);
        assertTrue(cli.out.contains("answered 503; figures are 2.0s old"), cli.out);
        assertEquals(java.util.List.of(2000L, 2000L), cli.pauses);
    }

    @Test
    void watch_shows_that_nobody_answers_any_more() {
        cli.answers(200, QUEUES);
        cli.whilePaused = cli::stop;
        assertEquals(0, cli.run("depth", "--watch", "--count=2"));
        assertTrue(cli.out.contains("unreachable: nothing listens there"), cli.out);
    }

    @Test
    void watch_redraws_in_place_on_a_screen_and_gives_the_cursor_back() {
        cli.screen = true;
        cli.answers(200, QUEUES).run("depth", "--watch", "--count=2");
        assertTrue(cli.out.startsWith("\u001b[?25l\u001b[?7l\u001b[H"), cli.out);
        assertTrue(cli.out.endsWith("\u001b[?7h\u001b[?25h"), cli.out);
    }

    @Test
    void nobody_listening_is_exit_3_with_what_why_and_next() {
        cli.stop();
        assertEquals(3, cli.run("depth"));
        assertTrue(cli.err.contains("error: cannot read the queues"), cli.err);
        assertTrue(cli.err.contains("why:  nothing listens there"), cli.err);
        assertTrue(cli.err.contains("next: start one with 'yardmaster serve'"), cli.err);
        assertEquals("", cli.out);
    }

    @Test
    void problems_show_detail_and_fields() {
        cli.answers(
                400,
                """
                {"title":"Bad Request","detail":"two fields are wrong\\u001b[2J",
                 "errors":[{"field":"ttlMs","message":"must be positive"}]}\
                """);
        assertEquals(1, cli.run("enqueue", "x"));
        assertTrue(cli.err.contains("cannot enqueue: Bad Request (400)"), cli.err);
        assertTrue(cli.err.contains("why:  two fields are wrong\\u001b[2J"), cli.err);
        assertTrue(cli.err.contains("why:  ttlMs: must be positive"), cli.err);
    }

    @Test
    void a_limited_request_says_when_to_come_back() {
        cli.answers(429, "{}", Map.of("Retry-After", "7"));
        assertEquals(1, cli.run("enqueue", "x"));
        assertTrue(cli.err.contains("repeat it in 7 s"), cli.err);
    }

    @Test
    void an_answer_that_is_not_json_is_not_a_yardmaster() {
        assertEquals(1, cli.answers(200, "<html>").run("depth"));
        assertTrue(cli.err.contains("is this address a Yardmaster?"), cli.err);
    }

    @Test
    void redirects_are_not_followed_with_the_key() {
        cli.answers(302, "", Map.of("Location", cli.url() + "/elsewhere"));
        assertEquals(1, cli.run("depth", "--key", "k"));
        assertEquals(1, cli.asked.size());
    }

    @Test
    void wrong_usage_is_exit_2() {
        assertEquals(2, cli.run());
        assertEquals(2, cli.run("dpeth"));
        assertTrue(cli.err.contains("did you mean: depth?"), cli.err);
        assertEquals(2, cli.run("depth", "--jsno"));
        assertTrue(cli.err.contains("did you mean: --json?"), cli.err);
        assertEquals(2, cli.run("get"));
        assertEquals(2, cli.run("pause", "a/urgent"));
        assertEquals(2, cli.run("enqueue", "--delay", "soon", "x"));
        assertEquals(2, cli.run("enqueue", "-H", "nocolon", "x"));
        assertEquals(2, cli.run("dead", "retry"));
        assertEquals(2, cli.run("depth", "--url", "ftp://x"));
        assertEquals(2, cli.run("depth", "--key", "a\nb"));
        assertFalse(cli.err.contains("a\nb"));
        assertTrue(cli.asked.isEmpty());
    }

    @Test
    void address_and_key_may_stand_before_the_command() {
        cli.env.clear();
        cli.answers(200, QUEUES);
        assertEquals(0, cli.run("--url", cli.url() + "/sub/", "--key=secret", "depth"));
        assertEquals("GET /sub/v1/queues", cli.asked.getFirst().line());
        assertEquals("Bearer secret", cli.asked.getFirst().headers().get("Authorization"));
    }

    @Test
    void bodies_keep_their_form(@TempDir Path dir) throws IOException {
        cli.answers(202, ACCEPTED);
        assertEquals(0, cli.run("enqueue", "{\"n\":12345678901234567890.10}"));
        assertEquals("queued r1 in default/normal (fsync)\n", cli.out);
        cli.run("enqueue", "hello \"you\"");
        cli.run("enqueue", "--text", "7");
        Path file = Files.write(dir.resolve("b"), new byte[] {(byte) 0xff, 0});
        cli.run("enqueue", "@" + file);
        cli.in = "piped\n".getBytes(StandardCharsets.UTF_8);
        cli.run("enqueue");
        cli.run("enqueue", "-");
        cli.keyboard = true;
        cli.run("enqueue");
        assertEquals(
                java.util.List.of(
                        "{\"body\":{\"n\":12345678901234567890.10}}",
                        "{\"bodyText\":\"hello \\\"you\\\"\"}",
                        "{\"bodyText\":\"7\"}",
                        "{\"bodyBase64\":\"/wA=\"}",
                        "{\"bodyText\":\"piped\\n\"}",
                        "{\"bodyText\":\"piped\\n\"}",
                        "{}"),
                cli.asked.stream().map(CliRun.Asked::body).toList());
        assertEquals(1, cli.run("enqueue", "@" + dir.resolve("none")));
        assertTrue(cli.err.contains("no such file"), cli.err);
    }

    @Test
    void every_option_reaches_its_field() {
        cli.answers(202, ACCEPTED);
        String line =
                "enqueue --service s -p high --method PUT --path /p -H A:1 -H A:2 --id i --delay"
                        + " 500ms --ttl 2m --timeout 1.5s --retries 2 --affinity k --client c --region"
                        + " eu --label gpu=true --callback http://x/ --idempotency-key once x -q";
        assertEquals(0, cli.run(line.split(" ", -1)));
        assertEquals("r1\n", cli.out);
        assertEquals(
                "{\"service\":\"s\",\"priority\":\"high\",\"method\":\"PUT\",\"path\":\"/p\","
                        + "\"headers\":{\"A\":\"1, 2\"},\"id\":\"i\",\"timeoutMs\":1500,"
                        + "\"maxRetries\":2,\"delayMs\":500,\"ttlMs\":120000,\"affinityKey\":\"k\","
                        + "\"client\":\"c\",\"region\":\"eu\",\"labels\":{\"gpu\":\"true\"},"
                        + "\"callbackUrl\":\"http://x/\",\"bodyText\":\"x\"}",
                cli.asked.getFirst().body());
        assertEquals("once", cli.asked.getFirst().headers().get("Idempotency-key"));
    }

    @Test
    void waiting_asks_again_until_the_outcome_is_there() {
        cli.answers(202, ACCEPTED);
        cli.answers(200, "{\"id\":\"r1\",\"state\":\"in-flight\"}");
        cli.answers(200, "{\"id\":\"r1\",\"state\":\"succeeded\",\"attempts\":1}");
        assertEquals(0, cli.run("enqueue", "--wait", "body"));
        assertEquals("wait=30", cli.asked.getFirst().headers().get("Prefer"));
        assertEquals("{\"bodyText\":\"body\"}", cli.asked.getFirst().body());
        assertEquals("GET /v1/requests/r1", cli.asked.getLast().line());
        assertTrue(cli.out.contains("state     succeeded"), cli.out);
    }

    @Test
    void waiting_for_a_request_that_dies_or_takes_too_long_is_exit_1() {
        cli.answers(200, "{\"id\":\"r1\",\"state\":\"dead\",\"error\":\"HTTP 400\"}");
        assertEquals(1, cli.run("enqueue", "x", "--wait=5"));
        assertTrue(cli.out.contains("error     HTTP 400"), cli.out);
        cli.answersOnly(202, ACCEPTED);
        assertEquals(1, cli.run("enqueue", "x", "--wait=2"));
        assertTrue(cli.err.contains("request r1 is still queued"), cli.err);
        assertTrue(cli.err.contains("next: yardmaster why r1"), cli.err);
    }

    @Test
    void a_batch_goes_in_chunks_and_names_the_lines_that_failed() {
        cli.in =
                ("{\"id\":\"x\"}\nnonsense\n\n{}\n" + "{\"service\":\"own\"}\n".repeat(1000))
                        .getBytes(StandardCharsets.UTF_8);
        cli.answers(429, "", Map.of("Retry-After", "2"));
        cli.answers(
                200,
                "{\"accepted\":999,\"rejected\":1,\"results\":[{\"id\":\"x\"},"
                        + "{\"error\":{\"detail\":\"queue full\"}}]}");
        cli.answers(200, "{\"accepted\":2,\"rejected\":0}");
        assertEquals(1, cli.run("enqueue", "--batch", "--service", "s"));
        assertEquals("accepted 1001, rejected 2, lines read 1004\n", cli.out);
        assertEquals("line 2: not a JSON object\nline 4: queue full\n", cli.err);
        assertEquals(3, cli.asked.size());
        assertEquals(java.util.List.of(2000L), cli.pauses);
        String first = cli.asked.getFirst().body();
        String start =
                "{\"service\":\"s\",\"id\":\"x\"}\n{\"service\":\"s\"}\n{\"service\":\"own\"}\n";
        assertTrue(first.startsWith(start), first.substring(0, 80));
        assertEquals(1000, first.lines().count());
        assertEquals(2, cli.run("enqueue", "--batch", "--wait=3"));
    }

    @Test
    void get_is_a_card() {
        cli.answers(
                200,
                """
                {"id":"r1","service":"s","priority":"high","state":"succeeded","attempts":2,"node":"nuc",
                "enqueuedAt":"2026-01-01T00:00:00Z","settledAt":"2026-01-01T00:00:58Z",
                "response":{"status":200,"headers":{"X":"y"},"body":"one\\ntwo\\u001b[2J","truncated":true},
                "history":[{"at":"2026-01-01T00:00:00Z","event":"enqueued"},"plain"]}\
                """);
        assertEquals(0, cli.run("get", "r1"));
        assertEquals(
                """
                id        r1
                state     succeeded
                queue     s/high
                attempts  2
                node      nuc
                enqueued  2026-01-01T00:00:00Z (1m00s ago)
                settled   2026-01-01T00:00:58Z (2.0s ago)
                response  200
                          X: y
                body      one
                          two\\u001b[2J
                          (cut by the dispatcher)
                history   2026-01-01T00:00:00Z  event=enqueued
                          plain
                """,
                cli.out);
        assertEquals(1, cli.answersOnly(404, "{\"title\":\"Not Found\"}").run("get", "a/b c"));
        assertEquals("GET /v1/requests/a%2Fb%20c", cli.asked.getLast().line());
    }

    @Test
    void why_shows_each_attempt_and_the_candidates_with_their_terms() {
        String why =
                """
                {"sentence":"It has ended. Attempt 2 went to nuc.","state":"succeeded","attempts":[
                 {"attempt":1,"sentence":"Attempt 1 went to pi; the decision was not sampled.",
                  "decision":null},
                 {"attempt":2,"sentence":"Attempt 2 went to nuc.","decision":{"candidateCount":4,
                  "candidates":[
                   {"node":"nuc","chosen":true,"terms":{"freeCores":3.999,"cost":0.01234}},
                   {"node":"nas\\u001b[2J","chosen":false,"terms":{"freeCores":12,"cost":null}}]}}]}
                """;
        assertEquals(0, cli.answers(200, why).run("why", "r1"));
        assertEquals(
                """
                It has ended. Attempt 2 went to nuc.
                state     succeeded

                Attempt 1 went to pi; the decision was not sampled.

                  NODE          FREE CORES    COST
                  nuc                    4  0.0123
                  nas\\u001b[2J          12       -
                  … and 2 more
                """,
                cli.out);
    }

    @Test
    void why_begins_with_the_sentence() {
        String why = "{\"cause\":\"behind\",\"sentence\":\"Behind 3 others.\",\"ahead\":3}";
        assertEquals(0, cli.answers(200, why).run("why", "r1"));
        assertEquals("Behind 3 others.\ncause     behind\nahead     3\n", cli.out);
    }

    @Test
    void cancelling_what_is_settled_fails() {
        assertEquals(0, cli.answers(204, "").run("cancel", "r1"));
        assertEquals("cancelled r1\n", cli.out);
        cli.answersOnly(409, "{\"detail\":\"already settled\"}");
        assertEquals(1, cli.run("cancel", "r1"));
        assertTrue(cli.err.contains("already settled"), cli.err);
    }

    @Test
    void help_and_completion_know_every_command() {
        assertEquals(0, cli.run("--help"));
        assertTrue(cli.out.contains("completion"), cli.out);
        assertEquals(0, cli.run("help", "enqueue"));
        assertTrue(cli.out.contains("--idempotency-key"), cli.out);
        assertEquals(0, cli.run("completion", "zsh"));
        assertTrue(cli.out.contains("#compdef yardmaster"));
        assertEquals(2, cli.run("completion", "tcsh"));
        assertEquals(0, cli.run("--version"));
        assertTrue(cli.out.startsWith("yardmaster "), cli.out);
    }

    @Test
    void a_command_from_elsewhere_is_loaded_by_its_class_name() {
        Map<String, String> elsewhere = Map.of("other", Other.class.getName());
        String[] args = {"other"};
        assertEquals(7, Commands.tree(Shell.system(), args, elsewhere).execute(args));
    }

    @Test
    void an_answer_without_end_is_cut_off() {
        cli.answers(200, "[" + "1,".repeat(9_000_000) + "1]");
        assertEquals(1, cli.run("depth"));
        assertTrue(cli.err.contains("larger than 16 MiB"), cli.err);
    }

    /// Stands for `serve`.
    @Command(name = "other")
    public static final class Other implements Callable<Integer> {
        public Other() {}

        @Override
        public Integer call() {
            return 7;
        }
    }
}
