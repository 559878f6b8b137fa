package io.yardmaster.dispatcher.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.yardmaster.dispatcher.api.Api.Reply;
import io.yardmaster.queue.Lease;
import io.yardmaster.queue.Settlement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Finding requests and ordering all that were found. Each test has a service of its own.
class ListingTest {
    private static final Api api = new Api("");

    @AfterAll
    static void stop() {
        api.close();
    }

    private static void enqueued(String service, String more, String... ids) {
        for (String id : ids) {
            api.post(
                            "/v1/requests",
                            "{\"service\":\"%s\",\"id\":\"%s\"%s}".formatted(service, id, more))
                    .is(202);
        }
    }

    private static void died(
            String service, String node, int status, String message, String... ids) {
        for (String id : ids) {
            enqueued(service, "", id);
            Lease lease = api.take(service, "normal");
            api.settle(
                    lease,
                    new Settlement.Dead(
                            Api.outcome(
                                            lease,
                                            "\"error\":{\"reason\":\"status\",\"message\":\"%s\"},%s"
                                                    .formatted(message, Api.response(status, "no")))
                                    .replace(
                                            "\"node\":\"nuc\",\"enq",
                                            "\"node\":\"" + node + "\",\"enq")));
        }
    }

    /// All rows of a list, page by page; what a page looks at is bounded in time too, so the number
    /// of pages is not known.
    private static List<JsonNode> all(String query) {
        return all(query, "");
    }

    private static List<JsonNode> all(String query, String from) {
        List<JsonNode> rows = new ArrayList<>();
        String cursor = from;
        int pages = 0;
        do {
            assertTrue(pages++ < 1000, "the list has no end");
            JsonNode page = api.get("/v1/requests?" + query + cursor).is(200).json();
            page.path("requests").forEach(rows::add);
            assertEquals(page.path("cursor").isNull(), page.path("complete").asBoolean());
            cursor = page.path("cursor").isNull() ? "" : "&cursor=" + page.path("cursor").asText();
        } while (!cursor.isEmpty());
        return rows;
    }

    private static List<String> ids(String query) {
        return all(query).stream().map(row -> row.path("id").asText()).toList();
    }

    private static Set<String> sorted(String query) {
        List<String> ids = ids(query);
        assertEquals(new HashSet<>(ids).size(), ids.size(), "each is listed once");
        return new TreeSet<>(ids);
    }

    /// Repeats a bulk call with its cursors; the sums of its answers, and whether it came to its
    /// end.
    private static String bulk(String json) {
        long matching = 0;
        long done = 0;
        long failed = 0;
        String cursor = "null";
        int calls = 0;
        do {
            assertTrue(calls++ < 1000, "the order has no end");
            JsonNode part =
                    api.post(
                                    "/v1/requests/bulk",
                                    json.substring(0, json.length() - 1)
                                            + ",\"cursor\":"
                                            + cursor
                                            + "}")
                            .is(200)
                            .json();
            matching += part.path("matching").asLong();
            done += part.path("done").asLong();
            failed += part.path("failed").asLong();
            assertEquals(part.path("cursor").isNull(), part.path("complete").asBoolean());
            cursor = part.path("cursor").toString();
        } while (!cursor.equals("null"));
        return matching + " matching, " + done + " done, " + failed + " failed";
    }

    @Test
    void a_request_is_found_in_the_state_that_it_is_in() {
        enqueued(
                "states", ",\"delayMs\":600000,\"path\":\"/l?a=1\",\"method\":\"PUT\"", "st-later");
        enqueued("states", "", "st-done", "st-dead", "st-retry", "st-fly", "st-gone", "st-waits");
        Lease done = api.take("states", "normal");
        Lease dead = api.take("states", "normal");
        Lease retry = api.take("states", "normal");
        Lease flying = api.take("states", "normal");
        api.settle(done, new Settlement.Succeeded(Api.outcome(done, Api.response(200, "ok"))));
        api.settle(
                dead,
                new Settlement.Dead(
                        Api.outcome(
                                dead, "\"error\":{\"reason\":\"timeout\",\"message\":\"m\"},")));
        api.settle(
                retry,
                new Settlement.Retry(
                        Duration.ofHours(1),
                        "{\"attempt\":1,\"node\":\"pi\",\"at\":1700000000500,\"ms\":7,\"status\":503,"
                                + "\"cause\":\"status\",\"decision\":{\"cost\":1}}"));
        assertEquals(1, flying.attempt());
        api.delete("/v1/requests/st-gone").is(200);
        String told =
                all("service=states").stream()
                        .map(row ->
                                "%s %s %s %s %s %s %s"
                                        .formatted(
                                                row.path("id").asText(),
                                                row.path("state").asText(),
                                                row.path("attempts").asText(),
                                                row.path("node").asText(),
                                                row.path("reason").asText(),
                                                row.path("method").asText(),
                                                row.path("path").asText()))
                        .sorted()
                        .collect(Collectors.joining("\n"));
        assertEquals(
                """
                st-dead dead 1 nuc timeout POST /
                st-done succeeded 1 nuc null null null
                st-fly in-flight 1 null null POST /
                st-gone cancelled 0 null cancelled null null
                st-later scheduled 0 null null PUT /l?a=1
                st-retry scheduled 1 pi status POST /
                st-waits queued 0 null null POST /\
                """,
                told);
        for (JsonNode row : all("service=states")) {
            String id = row.path("id").asText();
            JsonNode one = api.get("/v1/requests/" + id).is(200).json();
            for (String field : List.of("state", "service", "priority", "attempts", "settledAt")) {
                assertEquals(one.path(field), row.path(field), id + " " + field);
            }
            assertEquals(
                    row.path("state").asText().equals("scheduled"), row.path("dueMs").isNumber());
            assertEquals(
                    List.of(id),
                    ids("service=states&state=" + row.path("state").asText()).stream()
                            .filter(id::equals)
                            .toList());
        }
        assertEquals(Set.of("st-later", "st-retry"), sorted("service=states&state=scheduled"));
        assertEquals(Set.of("st-dead", "st-waits"), sorted("service=states&state=dead,queued"));
        assertEquals(Set.of("st-retry"), sorted("service=states&node=pi"));
        assertEquals(Set.of("st-dead"), sorted("service=states&reason=timeout"));
        assertEquals(Set.of("st-dead", "st-done"), sorted("id=st-d"));
        assertEquals(Set.of("st-fly"), sorted("id=st-fly&limit=1"));
        assertEquals(Set.of("st-fly", "st-gone"), sorted("ids=st-fly,nobody,st-gone,st-fly"));
        assertEquals(Set.of(), sorted("service=states&priority=low"));
        assertEquals(Set.of(), sorted("service=states&state=queued&minAgeMs=3600000"));
        assertEquals(Set.of("st-waits"), sorted("service=states&state=queued&maxAgeMs=3600000"));
    }

    @Test
    void a_list_is_paged_without_a_gap_or_a_double() {
        String[] waiting = IntStream.range(0, 130).mapToObj(i -> "pg-w" + i).toArray(String[]::new);
        String[] later = IntStream.range(0, 7).mapToObj(i -> "pg-l" + i).toArray(String[]::new);
        String[] dead = IntStream.range(0, 9).mapToObj(i -> "pg-d" + i).toArray(String[]::new);
        died("paged", "nuc", 500, "m", dead);
        enqueued("paged", "", waiting);
        enqueued("paged", ",\"delayMs\":600000", later);
        for (int i = 0; i < 8; i++) {
            api.take("paged", "normal");
        }
        assertEquals(146, sorted("service=paged&limit=1").size());
        assertEquals(146, sorted("service=paged&limit=17").size());
        assertEquals(146, sorted("service=paged&limit=500").size());
        assertEquals(
                List.of("pg-w129", "pg-w128", "pg-w127"),
                ids("service=paged&state=queued&limit=2").subList(0, 3),
                "the latest first");
        assertEquals(Set.of(later), sorted("service=paged&state=scheduled&limit=3"));
        assertEquals(
                List.of("pg-d8", "pg-d7"), ids("service=paged&state=dead&limit=2").subList(0, 2));
    }

    @Test
    void what_is_taken_between_two_pages_hides_nothing_of_what_stays() {
        String[] waiting = IntStream.range(0, 120).mapToObj(i -> "mv" + i).toArray(String[]::new);
        enqueued("moving", "", waiting);
        JsonNode page = api.get("/v1/requests?service=moving&state=queued&limit=50").is(200).json();
        for (int i = 0; i < 10; i++) {
            api.take("moving", "normal");
        }
        Set<String> seen = new HashSet<>();
        page.path("requests").forEach(row -> seen.add(row.path("id").asText()));
        all("service=moving&state=queued", "&cursor=" + page.path("cursor").asText())
                .forEach(row -> seen.add(row.path("id").asText()));
        assertEquals(110, seen.size());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "state=asleep | state",
                "state= | state",
                "state=dead,x | state",
                "service=a:b | service",
                "service= | service",
                "priority=HIGH | priority",
                "node=a%20b | node",
                "id=a*b | id",
                "minAgeMs=-1 | minAgeMs",
                "maxAgeMs=1.5 | maxAgeMs",
                "maxAgeMs=99999999999999999999 | maxAgeMs",
                "minAgeMs=2&maxAgeMs=1 | minAgeMs",
                "reason=A%20B | reason",
                "cause=x | cause",
                "ids=a,,b | ids",
                "ids= | ids",
                "limit=0 | limit",
                "limit=501 | limit",
                "limit=x | limit",
                "cursor=x | cursor",
                "cursor=bGVhc2VzCjAKLTE | cursor",
                "stat=dead | stat",
                "service=a&service=b | service",
            })
    void a_list_that_was_asked_for_wrongly_is_refused_by_name(String query, String field) {
        Reply reply = api.get("/v1/requests?" + query).is(400);
        assertEquals(field, reply.json().path("errors").path(0).path("field").asText());
    }

    @Test
    void dead_are_grouped_by_what_they_died_of_and_a_group_is_sent_again() {
        died("grouped", "nuc", 503, "no connection: /192.0.2.7:9000", "gr-a", "gr-b");
        died("grouped", "pi", 503, "no connection: /192.0.2.8:9001", "gr-c");
        died("grouped", "pi", 500, "order 4f1c9a2b7788 failed", "gr-d");
        died("grouped", "pi", 500, "order 99aa77bb1c1d failed", "gr-e");
        JsonNode json = api.get("/v1/dead/groups?service=grouped").is(200).json();
        assertEquals(5, json.path("searched").asInt());
        assertTrue(json.path("complete").asBoolean());
        assertEquals(2, json.path("groups").size());
        JsonNode first = json.path("groups").path(0);
        assertEquals(3, first.path("count").asInt());
        assertEquals(503, first.path("status").asInt());
        assertEquals("status", first.path("reason").asText());
        assertEquals("grouped", first.path("service").asText());
        assertEquals("[\"nuc\",\"pi\"]", first.path("nodes").toString());
        assertEquals(1700000001000L, first.path("lastMs").asLong());
        String filter =
                "\"filter\":{\"state\":\"dead\",\"cause\":\""
                        + first.path("cause").asText()
                        + "\"}";
        assertEquals(
                "3 matching, 0 done, 0 failed",
                bulk("{\"action\":\"retry\",\"dryRun\":true," + filter + "}"));
        assertEquals(5, sorted("service=grouped&state=dead").size());
        assertEquals("3 matching, 3 done, 0 failed", bulk("{\"action\":\"retry\"," + filter + "}"));
        assertEquals("0 matching, 0 done, 0 failed", bulk("{\"action\":\"retry\"," + filter + "}"));
        assertEquals(Set.of("gr-a", "gr-b", "gr-c"), sorted("service=grouped&state=queued"));
        assertEquals(
                "2 matching, 2 done, 0 failed",
                bulk("{\"action\":\"drop\",\"filter\":{\"service\":\"grouped\"}}"));
        assertEquals(Set.of(), sorted("service=grouped&state=dead"));
        assertEquals(0, api.get("/v1/dead/groups?service=grouped").json().path("groups").size());
        assertEquals(
                "service",
                api.get("/v1/dead/groups?service=a:b")
                        .is(400)
                        .json()
                        .path("errors")
                        .path(0)
                        .path("field")
                        .asText());
    }

    @Test
    void all_that_match_are_cancelled_wherever_they_are() {
        String[] waiting = IntStream.range(0, 250).mapToObj(i -> "cn-w" + i).toArray(String[]::new);
        enqueued("cancelling", "", waiting);
        enqueued("cancelling", ",\"delayMs\":600000", "cn-l0", "cn-l1");
        enqueued("bystander", "", "by-1");
        for (int i = 0; i < 3; i++) {
            api.take("cancelling", "normal");
        }
        String filter = "\"filter\":{\"service\":\"cancelling\"";
        assertEquals(
                "252 matching, 0 done, 0 failed",
                bulk("{\"action\":\"cancel\",\"dryRun\":true," + filter + "}}"));
        assertEquals(
                "2 matching, 2 done, 0 failed",
                bulk("{\"action\":\"cancel\"," + filter + ",\"state\":\"scheduled\"}}"));
        assertEquals(
                "3 matching, 3 done, 0 failed",
                bulk("{\"action\":\"cancel\"," + filter + ",\"state\":[\"in-flight\"]}}"));
        JsonNode some =
                api.post("/v1/requests/bulk", "{\"action\":\"cancel\",\"limit\":5," + filter + "}}")
                        .is(200)
                        .json();
        assertEquals(5, some.path("done").asInt());
        assertFalse(some.path("complete").asBoolean());
        assertEquals(
                "242 matching, 242 done, 0 failed",
                bulk("{\"action\":\"cancel\"," + filter + "}}"));
        assertEquals(252, sorted("service=cancelling&state=cancelled").size());
        assertEquals(Set.of("by-1"), sorted("service=bystander"));
        assertEquals("cancelled", api.get("/v1/requests/cn-w7").json().path("state").asText());
    }

    @Test
    void named_requests_are_ordered_and_only_those_that_it_is_for() {
        died("named", "nuc", 500, "m", "nm-dead");
        enqueued("named", "", "nm-a", "nm-b");
        assertEquals(
                "1 matching, 1 done, 0 failed",
                bulk(
                        "{\"action\":\"cancel\",\"filter\":{\"ids\":[\"nm-a\",\"nm-dead\",\"nobody\"]}}"));
        assertEquals(
                "1 matching, 1 done, 0 failed",
                bulk("{\"action\":\"drop\",\"filter\":{\"ids\":[\"nm-b\",\"nm-dead\"]}}"));
        assertEquals(Set.of("nm-b"), sorted("service=named&state=queued,in-flight,dead"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{ | request",
                "[] | request",
                "{} | action",
                "{\"action\":\"retry\"} | filter",
                "{\"action\":\"explode\",\"filter\":{\"service\":\"a\"}} | action",
                "{\"action\":1,\"filter\":{\"service\":\"a\"}} | action",
                "{\"action\":\"drop\",\"filter\":{}} | filter",
                "{\"action\":\"drop\",\"filter\":[]} | filter",
                "{\"action\":\"drop\",\"filter\":{\"servce\":\"a\"}} | filter.servce",
                "{\"action\":\"drop\",\"filter\":{\"service\":5}} | filter.service",
                "{\"action\":\"drop\",\"filter\":{\"service\":null}} | filter.service",
                "{\"action\":\"drop\",\"filter\":{\"minAgeMs\":\"5\"}} | filter.minAgeMs",
                "{\"action\":\"drop\",\"filter\":{\"minAgeMs\":-5}} | filter.minAgeMs",
                "{\"action\":\"drop\",\"filter\":{\"ids\":[]}} | filter.ids",
                "{\"action\":\"drop\",\"filter\":{\"ids\":\"a\"}} | filter.ids",
                "{\"action\":\"drop\",\"filter\":{\"ids\":[\"a b\"]}} | filter.ids",
                "{\"action\":\"drop\",\"filter\":{\"state\":\"queued\"}} | filter.state",
                "{\"action\":\"cancel\",\"filter\":{\"state\":\"dead\"}} | filter.state",
                "{\"action\":\"cancel\",\"filter\":{\"state\":\"queued,dead\"}} | filter.state",
                "{\"action\":\"drop\",\"filter\":{\"service\":\"a\"},\"dryRun\":1} | dryRun",
                "{\"action\":\"drop\",\"filter\":{\"service\":\"a\"},\"limit\":0} | limit",
                "{\"action\":\"drop\",\"filter\":{\"service\":\"a\"},\"cursor\":\"x\"} | cursor",
                "{\"action\":\"drop\",\"filter\":{\"service\":\"a\"},\"cursor\":1} | cursor",
                "{\"action\":\"drop\",\"filter\":{\"service\":\"a\"},\"dryrun\":true} | dryrun",
                "{\"action\":\"drop\",\"action\":\"drop\",\"filter\":{\"service\":\"a\"}} | request",
            })
    void an_order_that_was_given_wrongly_does_nothing(String json, String field) {
        var before = api.content();
        Reply reply = api.post("/v1/requests/bulk", json).is(400);
        assertEquals(field, reply.json().path("errors").path(0).path("field").asText());
        assertEquals(before, api.content());
    }

    @Test
    void an_order_must_be_json() {
        api.call("POST", "/v1/requests/bulk", new byte[] {'{'}, "Content-Type", "text/plain")
                .is(415);
    }
}
