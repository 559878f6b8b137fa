package io.yardmaster.dispatcher.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.yardmaster.queue.Offer;
import io.yardmaster.queue.Priority;
import io.yardmaster.queue.QueueName;
import io.yardmaster.queue.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Looking for requests among 100,000 of them. Calls are counted: how long they take says more of
/// the machine.
class LargeYardTest {
    private static final int WAITING = 100_000;
    private static final QueueName QUEUE = new QueueName("large", Priority.LOW);
    private static final Api api = new Api("yardmaster: {queues: {max-size: 200000}}");
    private static final AtomicInteger calls = new AtomicInteger();

    @BeforeAll
    static void fill() {
        for (int i = 0; i < WAITING; i += 1000) {
            List<Offer> offers = new ArrayList<>();
            for (int k = i; k < i + 1000; k++) {
                offers.add(Offer.of(Request.of("large-" + k, QUEUE, "/p/" + k, new byte[] {1})));
            }
            api.queue.offer(offers);
        }
        api.connection.onCall((function, _) -> {
            if (function.startsWith("yard_list") || function.equals("yard_depth")) {
                calls.incrementAndGet();
            }
        });
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    @BeforeEach
    void count() {
        calls.set(0);
    }

    @Test
    void a_page_reads_no_more_of_them_than_it_shows() {
        JsonNode page = api.get("/v1/requests?service=large").is(200).json();
        assertEquals(50, page.path("requests").size());
        assertTrue(page.path("cursor").isTextual());
        assertTrue(calls.get() <= 4, calls + " calls");
        assertEquals("/p/99999", page.path("requests").path(0).path("path").asText());
        calls.set(0);
        String next = "/v1/requests?service=large&cursor=" + page.path("cursor").asText();
        assertEquals(
                "large-99949",
                api.get(next).is(200).json().path("requests").path(0).path("id").asText());
        assertTrue(calls.get() <= 4, calls + " calls");
    }

    @Test
    void one_id_is_found_at_once() {
        JsonNode page = api.get("/v1/requests?id=large-7&limit=1").is(200).json();
        assertEquals("large-7", page.path("requests").path(0).path("id").asText());
        assertTrue(calls.get() <= 4, calls + " calls");
        JsonNode named = api.get("/v1/requests?ids=large-1,large-5,none").is(200).json();
        assertEquals(2, named.path("requests").size());
        assertTrue(named.path("complete").asBoolean());
    }

    @Test
    void what_nothing_matches_is_searched_in_bounded_parts() {
        long searched = 0;
        String cursor = "";
        do {
            calls.set(0);
            JsonNode page =
                    api.get("/v1/requests?state=queued&reason=none" + cursor).is(200).json();
            assertEquals(0, page.path("requests").size());
            assertTrue(page.path("searched").asLong() <= 10_050);
            assertTrue(calls.get() <= 203, calls + " calls");
            searched += page.path("searched").asLong();
            cursor = page.path("cursor").isNull() ? "" : "&cursor=" + page.path("cursor").asText();
        } while (!cursor.isEmpty());
        assertEquals(WAITING, searched);
    }
}
