package io.yardmaster.dispatcher.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class SummaryTest {
    private static final Summary THREE =
            new Summary(
                    Map.of("a", "succeeded", "b", "dead", "c", "HTTP 404"),
                    Map.of("a", Lane.CRITICAL, "b", Lane.LOW, "c", Lane.LOW),
                    Map.of(
                            "pi",
                                    List.of(
                                            new Served("a", 1, "critical", 7, 240),
                                            new Served("b", 1, "low", 900, 240)),
                            "nuc", List.of(new Served("b", 2, "low", 950, 120))),
                    12.34);

    @Test
    void percentile_is_the_nearest_rank() {
        List<Long> hundred = LongStream.rangeClosed(1, 100).boxed().toList();
        assertEquals(50, Summary.percentile(hundred, 0.5));
        assertEquals(95, Summary.percentile(hundred, 0.95));
        assertEquals(100, Summary.percentile(hundred, 1));
        assertEquals(1, Summary.percentile(hundred, 0.001));
        assertEquals(7, Summary.percentile(List.of(7L), 0.5));
        assertEquals(0, Summary.percentile(List.of(), 0.5));
    }

    @Test
    void impossible_percentile_is_refused() {
        assertThrows(IllegalArgumentException.class, () -> Summary.percentile(List.of(1L), 0));
        assertThrows(IllegalArgumentException.class, () -> Summary.percentile(List.of(1L), 1.1));
    }

    @Test
    void unknown_request_counts_as_not_settled() {
        assertEquals(1, THREE.unsettled());
        assertEquals(1, THREE.count("dead"));
    }

    @Test
    void second_send_of_a_request_counts_as_duplicate_and_its_first_wait_counts() {
        assertEquals(1, THREE.duplicates());
        JsonNode waits = new ObjectMapper().valueToTree(THREE.json()).path("waitMs");
        assertEquals(900, waits.path("low").path("p50").asLong());
        assertEquals(900, waits.path("low").path("max").asLong());
    }

    @Test
    void json_has_the_fields_of_the_contract() {
        Map<String, Object> json = THREE.json();
        assertEquals(3, json.get("accepted"));
        assertEquals(1L, json.get("succeeded"));
        assertEquals(1L, json.get("dead"));
        assertEquals(12.3, json.get("seconds"));
        assertEquals(
                Map.of("critical", 1L, "high", 0L, "normal", 0L, "low", 2L),
                json.get("byPriority"));
        assertEquals(Map.of("pi", 2, "nuc", 1), json.get("byNode"));
    }

    @Test
    void tables_name_every_priority_and_node() {
        String text = THREE.text();
        for (Lane lane : Lane.values()) {
            assertTrue(text.contains(lane.label()), text);
        }
        assertTrue(text.contains("67 %"), text);
        assertTrue(
                text.contains(
                        "accepted 3, succeeded 1, dead 1, not settled 1, sent twice 1, in 12.3 s"),
                text);
    }
}
