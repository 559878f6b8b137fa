package io.yardmaster.dispatcher.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.dispatcher.api.AnswerCheck.Exchange;
import io.yardmaster.dispatcher.api.AnswerCheck.Message;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What is planted here must be found, or the check of all other tests is worth nothing.
class AnswerCheckTest {
    private static final AnswerCheck CHECK = new AnswerCheck(ApiDescription.OURS);
    private static final String ACCEPTED =
            "{\"id\":\"a\",\"state\":\"queued\",\"service\":\"s\",\"priority\":\"low\","
                    + "\"durability\":\"fsync\"}";

    /// Header fields that every answer has, and more: name, value, ...
    private static Map<String, List<String>> headers(String... more) {
        Map<String, List<String>> headers = new HashMap<>();
        headers.put("content-security-policy", List.of("default-src 'self'"));
        headers.put("x-content-type-options", List.of("nosniff"));
        headers.put("referrer-policy", List.of("no-referrer"));
        headers.put("x-frame-options", List.of("DENY"));
        headers.put("cache-control", List.of("no-store"));
        for (int i = 0; i < more.length; i += 2) {
            headers.put(more[i], List.of(more[i + 1]));
        }
        return headers;
    }

    private static Exchange call(
            String target, String json, int status, String answer, String... headers) {
        boolean post = !json.isEmpty();
        return new Exchange(
                post ? "POST" : "GET",
                target,
                new Message(
                        Map.of("Content-Type", List.of("application/json")), json.getBytes(UTF_8)),
                status,
                new Message(headers(headers), answer.getBytes(UTF_8)));
    }

    private static Exchange enqueue(String json, int status, String answer) {
        return call(
                "/v1/requests",
                json,
                status,
                answer,
                "Content-Type",
                "application/json",
                "Location",
                "/v1/requests/a");
    }

    private static void found(String what, Exchange exchange) {
        List<String> faults = CHECK.faults(exchange);
        assertTrue(faults.stream().anyMatch(fault -> fault.contains(what)), faults::toString);
    }

    @Test
    void nothing_is_found_where_all_is_as_described() {
        assertEquals(List.of(), CHECK.faults(enqueue("{\"delayMs\":5}", 202, ACCEPTED)));
        assertEquals(
                List.of(),
                CHECK.faults(
                        call(
                                "/v1/services/s/forward?x",
                                "",
                                404,
                                "whatever",
                                "X-Yardmaster-Id",
                                "a",
                                "X-Yardmaster-Attempts",
                                "1",
                                "X-Of-The-Node",
                                "1",
                                "Content-Type",
                                "text/html")));
    }

    @Test
    void a_missing_field_is_found() {
        found("durability", enqueue("{}", 202, ACCEPTED.replace(",\"durability\":\"fsync\"", "")));
    }

    @Test
    void a_field_that_is_not_described_is_found() {
        found("colour", enqueue("{}", 202, ACCEPTED.replace("{", "{\"colour\":\"red\",")));
    }

    @Test
    void a_wrong_type_is_found() {
        found("/id", enqueue("{}", 202, ACCEPTED.replace("\"a\"", "7")));
        found("no JSON", enqueue("{}", 202, "queued"));
        found("no JSON", enqueue("{}", 202, ACCEPTED + "{}"));
    }

    @Test
    void a_value_that_is_not_listed_is_found() {
        found("/priority", enqueue("{}", 202, ACCEPTED.replace("low", "lowest")));
    }

    @Test
    void a_status_that_is_not_described_is_found() {
        found("status 201: not described", enqueue("{}", 201, ACCEPTED));
        found(
                "status 404: not described",
                call("/v1/queues", "", 404, "{}", "Content-Type", "application/problem+json"));
    }

    @Test
    void header_fields_that_are_missing_wrong_or_not_described_are_found() {
        found(
                "header Location: absent",
                call("/v1/requests", "{}", 202, ACCEPTED, "Content-Type", "application/json"));
        found(
                "header Location: /elsewhere",
                call("/v1/requests", "{}", 202, ACCEPTED, "Location", "/elsewhere"));
        found(
                "header X-Secret: not described",
                call("/v1/requests", "{}", 202, ACCEPTED, "X-Secret", "1"));
        Exchange bare = enqueue("{}", 202, ACCEPTED);
        bare.answer().headers().remove("x-frame-options");
        found("header X-Frame-Options: absent", bare);
        found(
                "header Retry-After: soon",
                call("/v1/requests", "{}", 503, "{}", "Retry-After", "soon"));
    }

    @Test
    void a_type_that_is_not_described_is_found() {
        found(
                "type text/html: not described",
                call("/v1/queues", "", 200, "<p>", "Content-Type", "text/html"));
    }

    @Test
    void a_problem_that_contradicts_its_status_or_is_of_no_known_type_is_found() {
        String problem =
                "{\"type\":\"urn:yardmaster:problem:%s\",\"title\":\"t\",\"status\":400,\"detail\":\"d\"}";
        String type = "application/problem+json";
        found(
                "status: 400 in 409",
                call(
                        "/v1/requests",
                        "{}",
                        409,
                        problem.formatted("conflict"),
                        "Content-Type",
                        type));
        found(
                "/type",
                call("/v1/requests", "{}", 400, problem.formatted("whim"), "Content-Type", type));
    }

    @Test
    void a_body_where_there_is_none_is_found() {
        Exchange exchange =
                new Exchange(
                        "DELETE",
                        "/v1/nodes/nuc",
                        new Message(Map.of(), new byte[0]),
                        204,
                        new Message(headers(), new byte[] {1}));
        found("body: 1 bytes", exchange);
    }

    @Test
    void an_accepted_request_that_the_description_forbids_is_found() {
        found("colour", enqueue("{\"colour\":1}", 202, ACCEPTED));
        found("/timeoutMs", enqueue("{\"timeoutMs\":0}", 202, ACCEPTED));
        found("body", enqueue("{\"body\":1,\"bodyText\":\"a\"}", 202, ACCEPTED));
        found(
                "query colour: not described",
                call("/v1/queues?colour=red", "", 200, "{\"queues\":[]}"));
        found("query limit", call("/v1/dead?limit=5000", "", 200, "{}"));
        found("path service", call("/v1/services/a%20b", "", 200, "{}"));
    }

    @Test
    void of_a_batch_only_what_was_taken_must_be_as_described() {
        String results =
                "{\"accepted\":1,\"rejected\":1,\"results\":[{\"id\":\"a\",\"state\":\"queued\"},"
                        + "{\"error\":{\"type\":\"urn:yardmaster:problem:invalid-request\","
                        + "\"title\":\"t\",\"status\":400,\"detail\":\"d\"}}]}";
        String type = "application/json";
        String batch = "/v1/requests/batch";
        assertEquals(
                List.of(),
                CHECK.faults(call(batch, "[{},{\"x\":1}]", 200, results, "Content-Type", type)));
        found("x", call(batch, "[{\"x\":1},{}]", 200, results, "Content-Type", type));
    }

    @Test
    void an_address_that_is_not_described_may_only_be_refused() {
        found("no such operation", call("/v1/secret/x", "", 200, "{}"));
        String problem =
                "{\"type\":\"urn:yardmaster:problem:not-found\",\"title\":\"t\",\"status\":404,\"detail\":\"d\"}";
        String type = "application/problem+json";
        assertEquals(
                List.of(),
                CHECK.faults(call("/v1/secret/x", "", 404, problem, "Content-Type", type)));
    }
}
