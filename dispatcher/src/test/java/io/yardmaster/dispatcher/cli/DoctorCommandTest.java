package io.yardmaster.dispatcher.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What `doctor` makes of an answer. [CliRun]'s clock stands at 2026-01-01T00:01:00Z.
class DoctorCommandTest {
    private CliRun cli;

    @BeforeEach
    void start() throws IOException {
        cli = new CliRun();
    }

    @AfterEach
    void stop() {
        cli.close();
    }

    private static String page(String at, String... findings) {
        return """
        {"status":"x","at":"%s","replica":"r1","version":"0.1.0","findings":[%s]}
        """
                .formatted(at, String.join(",", findings));
    }

    private static String finding(String check, String level, String found) {
        return """
        {"check":"%s","level":"%s","found":"%s","why":"because %s","fix":"%s"}
        """
                .formatted(check, level, found, check, level.equals("ok") ? "" : "mend " + check);
    }

    @Test
    void what_fails_comes_last_with_its_reason_and_its_fix() {
        cli.answers(
                200,
                page(
                        "2026-01-01T00:01:00Z",
                        finding("memory", "fail", "full"),
                        finding("redis", "ok", "answers"),
                        finding("dead", "warn", "3 dead")));
        assertEquals(1, cli.run("doctor"));
        assertEquals(
                """
                Replica r1, version 0.1.0, 2026-01-01T00:01:00Z
                ok    redis               answers
                ok    this-clock          agrees with the replica's
                warn  dead                3 dead
                        why: because dead
                        fix: mend dead
                fail  memory              full
                        why: because memory
                        fix: mend memory
                4 checks: 2 ok, 1 warn, 1 fail
                """,
                cli.out);
        assertEquals("GET /v1/doctor", cli.asked.getFirst().line());
    }

    @Test
    void warnings_alone_are_no_failure_and_verbose_says_why_of_every_line() {
        cli.answers(
                200,
                page(
                        "2026-01-01T00:00:20Z",
                        finding("redis", "ok", "answers\\u001b[2J"),
                        finding("dead", "warn", "3 dead")));
        assertEquals(0, cli.run("doctor", "--verbose"));
        assertTrue(cli.out.contains("because redis"), cli.out);
        assertTrue(
                cli.out.contains("warn  this-clock          40.0s ahead of the replica's"),
                cli.out);
        assertFalse(cli.out.contains("\u001b[2J"), cli.out);
    }

    @Test
    void json_is_the_answer_with_what_was_found_from_here() {
        cli.answers(200, page("2026-01-01T00:01:00Z", finding("redis", "ok", "answers")));
        assertEquals(0, cli.run("doctor", "--json"));
        assertTrue(
                cli.out.startsWith("{\"status\":\"ok\",\"at\":\"2026-01-01T00:01:00Z\""), cli.out);
        assertTrue(cli.out.contains("\"check\":\"this-clock\",\"level\":\"ok\""), cli.out);
    }

    @Test
    void a_key_that_may_not_look_is_told_so() {
        cli.answers(403, "{\"title\":\"Forbidden\"}");
        assertEquals(1, cli.run("doctor"));
        assertTrue(cli.err.contains("Forbidden (403)"), cli.err);
    }

    @Test
    void nothing_that_listens_is_exit_code_three_and_says_what_can_be_seen() {
        cli.env.put("YARDMASTER_URL", "http://127.0.0.1:1");
        cli.env.put("YARDMASTER_REDIS_URI", "redis-sentinel://:secret-4711@127.0.0.1:1,b:2/0#m");
        assertEquals(3, cli.run("doctor"));
        assertTrue(cli.out.contains("fail  dispatcher"), cli.out);
        assertTrue(cli.out.contains("fail  redis               127.0.0.1:1"), cli.out);
        assertFalse(cli.out.contains("4711"), cli.out);
        assertEquals(3, cli.run("doctor", "--json"));
        assertTrue(cli.out.startsWith("{\"status\":\"fail\",\"findings\":["), cli.out);
    }
}
