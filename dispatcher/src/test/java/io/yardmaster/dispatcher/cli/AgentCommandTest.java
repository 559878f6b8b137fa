package io.yardmaster.dispatcher.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The agent on this machine, whose figures are what they are: how it behaves is what counts.
final class AgentCommandTest {
    private static final String REPORT =
            "\\{\"cpu\":[0-9.E-]+,\"memory\":[0-9.E-]+,\"io\":[0-9.E-]+,\"cores\":\\d+"
                    + "(,\"pressure\":[0-9.E-]+)?(,\"temperature\":-?[0-9.]+)?}";

    private CliRun cli;

    @BeforeEach
    void start() throws IOException {
        cli = new CliRun();
    }

    @AfterEach
    void stop() {
        cli.close();
        Thread.interrupted(); // how a test ends an agent
    }

    private List<String> lines() {
        return cli.asked.stream().map(CliRun.Asked::line).toList();
    }

    /// Ends the agent when it pauses for the nth time, as SIGTERM would.
    private void endAtPause(int nth, Runnable before) {
        int[] pauses = {0};
        cli.whilePaused =
                () -> {
                    before.run();
                    if (++pauses[0] == nth) {
                        Thread.currentThread().interrupt();
                    }
                };
    }

    private void endAtPause(int nth) {
        endAtPause(nth, () -> {});
    }

    @Test
    void once_registers_and_reports_one_measure_of_a_second() {
        cli.answers(201, "{}").answers(204, "");
        String line =
                "agent --once --id pi --node-url http://192.0.2.5:9000 --services a,b --weight 2"
                        + " --region eu --location 52.5,-13.4 --labels gpu=true,os=linux"
                        + " --max-connections 7 --health-path /up --backup --key k";
        assertEquals(0, cli.run(line.split(" ", -1)));
        assertEquals(List.of("PUT /v1/nodes/pi", "POST /v1/nodes/pi/report"), lines());
        assertEquals(
                "{\"url\":\"http://192.0.2.5:9000\",\"services\":[\"a\",\"b\"],\"weight\":2.0,"
                        + "\"region\":\"eu\",\"location\":{\"lat\":52.5,\"lon\":-13.4},"
                        + "\"labels\":{\"gpu\":\"true\",\"os\":\"linux\"},\"backup\":true,"
                        + "\"maxConnections\":7,\"health\":{\"type\":\"http\",\"path\":\"/up\"}}",
                cli.asked.getFirst().body());
        assertTrue(cli.asked.get(1).body().matches(REPORT), cli.asked.get(1).body());
        assertEquals("Bearer k", cli.asked.getFirst().headers().get("Authorization"));
        assertEquals(List.of(1000L), cli.pauses);
    }

    @Test
    void json_prints_what_is_reported_and_a_dry_run_asks_nobody() {
        assertEquals(0, cli.run("agent", "--once", "--dry-run", "--json", "--id", "pi"));
        assertTrue(cli.out.strip().matches(REPORT), cli.out);
        assertEquals(
                0, cli.run("agent", "--once", "--dry-run", "--id", "pi", "--node-url", "http://a"));
        assertTrue(cli.out.startsWith("PUT /v1/nodes/pi {\"url\":\"http://a\"}\n"), cli.out);
        assertTrue(cli.out.contains("POST /v1/nodes/pi/report {\"cpu\":"), cli.out);
        assertEquals(List.of(), cli.asked);
    }

    @Test
    void without_an_address_it_only_reports() {
        cli.answers(204, "");
        assertEquals(0, cli.run("agent", "--once", "--id", "pi"));
        assertEquals(List.of("POST /v1/nodes/pi/report"), lines());
        cli.answersOnly(404, "{}");
        assertEquals(1, cli.run("agent", "--once", "--id", "pi"));
        assertTrue(cli.err.contains("register it here with --node-url"), cli.err);
    }

    @Test
    void dispatcher_that_goes_away_is_waited_for_and_named_once() {
        cli.answers(201, "{}").answers(204, "").answers(503, "").answers(503, "");
        cli.answers(503, "").answers(503, "").answers(204, "");
        endAtPause(7);
        assertEquals(
                0, cli.run("agent", "--id", "pi", "--node-url", "http://a", "--interval", "2s"));
        assertEquals(1, cli.err.lines().count(), cli.err);
        assertTrue(cli.err.contains("the dispatcher answered 503"), cli.err);
        assertTrue(cli.out.contains("pi: reports again after "), cli.out);
        // a measure, a report, four failures with growing pauses, a report
        assertEquals(7, cli.pauses.size());
        assertEquals(1000, cli.pauses.get(0));
        assertEquals(2000, cli.pauses.get(1));
        for (int i = 0; i < 4; i++) {
            long most = 2000L << i;
            long pause = cli.pauses.get(2 + i);
            assertTrue(pause >= most / 2 && pause <= most, cli.pauses.toString());
        }
        assertEquals(2000, cli.pauses.get(6));
    }

    @Test
    void pauses_grow_to_half_a_minute_and_no_further() {
        cli.answers(201, "{}").answers(503, "");
        endAtPause(30);
        assertEquals(0, cli.run("agent", "--id", "pi", "--node-url", "http://a"));
        assertTrue(cli.pauses.stream().allMatch(pause -> pause <= 30_000), cli.pauses.toString());
        assertTrue(cli.pauses.getLast() >= 15_000, cli.pauses.toString());
    }

    @Test
    void dispatcher_that_forgot_the_node_is_told_of_it_again() {
        cli.answers(201, "{}").answers(204, "").answers(404, "{}").answers(201, "{}");
        cli.answers(204, "");
        endAtPause(3);
        assertEquals(0, cli.run("agent", "--id", "pi", "--node-url", "http://a"));
        assertEquals(
                List.of(
                        "PUT /v1/nodes/pi",
                        "POST /v1/nodes/pi/report",
                        "POST /v1/nodes/pi/report",
                        "PUT /v1/nodes/pi",
                        "POST /v1/nodes/pi/report"),
                lines());
        assertTrue(cli.out.contains("registered again: pi"), cli.out);
        assertEquals("", cli.err);
    }

    @Test
    void dispatcher_that_is_not_there_yet_is_waited_for() {
        cli.answers(204, "");
        cli.stop();
        endAtPause(3);
        assertEquals(0, cli.run("agent", "--id", "pi", "--node-url", "http://a"));
        assertEquals(1, cli.err.lines().count(), cli.err);
        assertTrue(cli.err.contains("nothing listens there"), cli.err);
        assertEquals(3, cli.run("agent", "--once", "--id", "pi", "--node-url", "http://a"));
    }

    @Test
    void mistake_in_the_arguments_that_the_dispatcher_finds_ends_it_at_once() {
        cli.answers(400, "{\"title\":\"Invalid request\",\"errors\":[]}");
        assertEquals(1, cli.run("agent", "--id", "pi", "--node-url", "http://8.8.8.8"));
        assertTrue(cli.err.contains("cannot register node pi: Invalid request (400)"), cli.err);
        assertEquals(1, cli.asked.size());
    }

    @Test
    void node_is_removed_at_the_end_only_when_that_was_asked_for() {
        cli.answers(201, "{}").answers(204, "");
        endAtPause(2);
        assertEquals(0, cli.run("agent", "--id", "pi", "--node-url", "http://a"));
        assertEquals("POST /v1/nodes/pi/report", lines().getLast());
        assertTrue(Thread.interrupted());
        cli.answersOnly(204, "");
        endAtPause(2);
        assertEquals(
                0, cli.run("agent", "--id", "pi", "--node-url", "http://a", "--remove-on-exit"));
        assertEquals("DELETE /v1/nodes/pi", lines().getLast());
        assertTrue(cli.out.contains("removed pi"), cli.out);
    }

    @Test
    void arguments_that_cannot_be_are_refused_by_name() {
        for (String[] wrong :
                new String[][] {
                    {"--id", "a b"},
                    {"--id", "p", "--interval", "99ms"},
                    {"--id", "p", "--interval", "11m"},
                    {"--id", "p", "--node-url", "http://a", "--location", "52.5"},
                    {"--id", "p", "--node-url", "http://a", "--weight", "heavy"}
                }) {
            String[] line = new String[wrong.length + 1];
            line[0] = "agent";
            System.arraycopy(wrong, 0, line, 1, wrong.length);
            assertEquals(2, cli.run(line), String.join(" ", line));
            assertTrue(cli.err.contains(wrong[wrong.length - 2]), cli.err);
        }
        assertEquals(List.of(), cli.asked);
    }
}
