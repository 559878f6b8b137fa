package io.yardmaster.dispatcher.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import picocli.CommandLine;

/// The whole demo with real processes; only the dispatcher is a stub.
@Timeout(120)
final class DemoCommandTest {
    private record Ran(int code, String out, String err) {}

    private static Ran run(List<String> flags, String... arguments) {
        List<String> command =
                new ArrayList<>(Child.Program.running(StubYard.class.getName()).command());
        command.addAll(1, flags);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream stdout = System.out;
        PrintStream stderr = System.err;
        try {
            System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
            int code =
                    new CommandLine(new DemoCommand(new Child.Program(command))).execute(arguments);
            return new Ran(
                    code,
                    out.toString(StandardCharsets.UTF_8),
                    err.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(stdout);
            System.setErr(stderr);
        }
    }

    @Test
    void every_accepted_request_is_settled_and_the_last_line_is_json() throws Exception {
        Ran ran = run(List.of(), "--requests", "60", "--exit", "--json");
        assertEquals(0, ran.code(), ran.toString());
        JsonNode json = new ObjectMapper().readTree(ran.out().lines().toList().getLast());
        assertEquals(60, json.path("accepted").asInt(), ran.out());
        assertEquals(60, json.path("succeeded").asInt(), ran.out());
        assertEquals(0, json.path("dead").asInt(-1), ran.out());
        assertEquals(0, json.path("duplicates").asInt(-1), ran.out());
        int byNode = 0;
        for (JsonNode count : json.path("byNode")) {
            byNode += count.asInt();
        }
        assertEquals(60, byNode, ran.out());
        assertEquals(6, json.path("byPriority").path("critical").asInt(), ran.out());
        assertTrue(ran.out().contains("dashboard http://127.0.0.1:"), ran.out());
        assertTrue(ran.out().contains("someone starts a game"), ran.out());
    }

    @Test
    void dispatcher_that_does_not_start_is_quoted() {
        Ran ran = run(List.of("-Dstub.die=true"), "--requests", "4", "--exit");
        assertEquals(1, ran.code(), ran.toString());
        assertTrue(ran.err().contains("dispatcher ended with exit code 2"), ran.toString());
        assertTrue(ran.err().contains("yardmaster.redis.uri: nonsense"), ran.toString());
    }

    @Test
    void impossible_number_of_requests_is_wrong_usage() {
        assertEquals(2, run(List.of(), "--requests", "0").code());
    }
}
