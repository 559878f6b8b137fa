package io.yardmaster.dispatcher.dispatch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.yardmaster.dispatcher.dispatch.Forwarder.Answer;
import io.yardmaster.nodes.Decision;
import io.yardmaster.nodes.Explanation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class DecisionJsonTest {
    private static Explanation candidate(String node, double backlog, double cost) {
        Map<String, Double> terms = new LinkedHashMap<>();
        terms.put("backlog", backlog);
        terms.put("cost", cost);
        return new Explanation(node, true, "candidate", terms);
    }

    private static Decision decision(int nodes, String name) {
        List<Explanation> candidates = new ArrayList<>();
        for (int i = 0; i < nodes; i++) {
            candidates.add(candidate(name + i, 1.0 / 3, 123.456));
        }
        return new Decision("adaptive", null, candidates, 2 * nodes, List.of());
    }

    @Test
    void decision_is_written_compactly_with_four_digits() {
        Decision decision =
                new Decision(
                        "adaptive",
                        "only backup nodes could serve",
                        List.of(
                                candidate("nuc", 1.0 / 3, 0.000012345678),
                                candidate("pi", 100_000_000, Double.POSITIVE_INFINITY)),
                        5,
                        List.of(new Decision.LeftOut("draining", List.of("desk"), 3)));
        assertEquals(
                "{\"strategy\":\"adaptive\",\"note\":\"only backup nodes could serve\",\"of\":5,"
                        + "\"terms\":[\"backlog\",\"cost\"],"
                        + "\"candidates\":[[\"nuc\",0.3333,0.00001235],[\"pi\",1E+8,null]],"
                        + "\"out\":[[\"draining\",3,\"desk\"]]}",
                OutcomeJson.decision(decision));
    }

    @Test
    void decision_never_takes_more_than_its_room() throws Exception {
        for (int length = 1; length <= 128; length++) {
            String name = "x".repeat(length);
            List<Decision.LeftOut> out = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                out.add(
                        new Decision.LeftOut(
                                "above a resource threshold, and others can serve",
                                List.of(name, name, name, name),
                                9));
            }
            Decision small = decision(17, name);
            String json =
                    OutcomeJson.decision(
                            new Decision(
                                    small.strategy(),
                                    "only backup nodes above a resource threshold could serve",
                                    small.candidates(),
                                    small.of(),
                                    out));
            assertTrue(
                    json.getBytes(UTF_8).length <= DecisionJson.MOST_BYTES,
                    length + ": " + json.length());
            JsonNode read = new ObjectMapper().readTree(json);
            assertTrue(read.path("candidates").size() >= 1, json);
            assertEquals(34, read.path("of").asInt());
        }
    }

    @Test
    void attempts_after_the_tenth_are_kept_without_their_decision() {
        assertTrue(line(10).contains("decision"), line(10));
        assertFalse(line(11).contains("decision"), line(11));
    }

    private static String line(int attempt) {
        return OutcomeJson.attempt(
                new OutcomeJson.Attempt(
                        attempt,
                        "nuc",
                        0,
                        0,
                        new Answer.TimedOut(),
                        "timeout",
                        Optional.of(decision(2, "n"))));
    }
}
