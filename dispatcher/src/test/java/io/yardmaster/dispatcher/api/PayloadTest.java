package io.yardmaster.dispatcher.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.yardmaster.dispatcher.api.Api.Reply;
import io.yardmaster.queue.Lease;
import io.yardmaster.queue.Settlement;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class PayloadTest {
    private static final Api api = new Api("");

    @AfterAll
    static void stop() {
        api.close();
    }

    private static void enqueue(String id, String more) {
        api.post("/v1/requests", "{\"service\":\"p\",\"id\":\"" + id + "\"," + more + "}").is(202);
    }

    private static JsonNode json(String id, String more) {
        return api.get("/v1/requests/" + id + "/payload?form=json" + more).is(200).json();
    }

    @Test
    void the_bytes_are_given_as_they_are_in_a_form_no_browser_runs() {
        enqueue("html", "\"bodyText\":\"<script>alert(1)</script>\"");
        Map<String, String> before = api.content();
        Reply text = api.get("/v1/requests/html/payload").is(200);
        assertEquals("<script>alert(1)</script>", text.text());
        assertEquals("text/plain; charset=utf-8", text.header("Content-Type"));
        assertEquals("attachment; filename=\"html.txt\"", text.header("Content-Disposition"));
        assertEquals("nosniff", text.header("X-Content-Type-Options"));
        assertTrue(text.header("Content-Security-Policy").startsWith("sandbox;"));
        assertEquals("no-store", text.header("Cache-Control"));
        assertEquals(before.keySet(), api.content().keySet());

        byte[] bytes = {0, 1, (byte) 0xff, 'a'};
        enqueue("own:id", "\"bodyBase64\":\"" + Base64.getEncoder().encodeToString(bytes) + "\"");
        Reply binary = api.get("/v1/requests/own:id/payload").is(200);
        assertArrayEquals(bytes, binary.http().body());
        assertEquals("application/octet-stream", binary.header("Content-Type"));
        assertEquals("attachment; filename=\"own_id.bin\"", binary.header("Content-Disposition"));
    }

    @Test
    void a_preview_ends_between_characters_and_says_that_it_is_one() {
        String text = "é".repeat(3000);
        enqueue("long", "\"bodyText\":\"" + text + "\",\"path\":\"/a?b=1\",\"method\":\"PUT\"");
        JsonNode preview = json("long", "");
        assertEquals(
                "PUT /a?b=1",
                preview.path("method").asText() + " " + preview.path("path").asText());
        assertEquals("é".repeat(2048), preview.path("body").asText());
        assertTrue(preview.path("truncated").asBoolean());
        assertEquals(6000, preview.path("size").asInt());
        assertEquals("é", json("long", "&most=3").path("body").asText());
        JsonNode whole = json("long", "&most=6000");
        assertEquals(text, whole.path("body").asText());
        assertFalse(whole.path("truncated").asBoolean());
    }

    @Test
    void bytes_that_nobody_can_read_come_as_base64() throws Exception {
        byte[] bytes = new byte[5000];
        enqueue("zeros", "\"bodyBase64\":\"" + Base64.getEncoder().encodeToString(bytes) + "\"");
        JsonNode preview = json("zeros", "");
        assertEquals(4096, preview.path("bodyBase64").binaryValue().length);
        assertTrue(preview.path("truncated").asBoolean());
        assertFalse(preview.has("body"));
    }

    @Test
    void what_lets_somebody_in_is_not_shown() {
        enqueue(
                "secretive",
                """
                "headers":{"Authorization":"Basic abc","Cookie":"a=b","X-Api-Key":"k","X-Auth":"k",
                "X-Gitlab-Token":"t","X-Hub-Signature-256":"s","Accept":"text/plain","X-Author":"ann",
                "X-Keyboard":"de"}\
                """
                        .replace("\n", ""));
        JsonNode preview = json("secretive", "");
        Set<String> masked =
                Set.of(
                        "authorization",
                        "cookie",
                        "x-api-key",
                        "x-auth",
                        "x-gitlab-token",
                        "x-hub-signature-256");
        int seen = 0;
        for (JsonNode header : preview.path("headers")) {
            String name = header.path("name").asText().toLowerCase(java.util.Locale.ROOT);
            assertEquals(masked.contains(name), header.path("value").asText().equals("***"), name);
            seen++;
        }
        assertTrue(seen >= 9, preview.toString());
    }

    @Test
    void a_dead_request_still_has_its_payload_and_one_that_succeeded_has_none() {
        enqueue("dies", "\"priority\":\"high\",\"bodyText\":\"last words\"");
        Lease lease = api.take("p", "high");
        api.settle(lease, new Settlement.Dead(Api.outcome(lease, "")));
        assertEquals("dead", api.get("/v1/requests/dies").json().path("state").asText());
        assertEquals("last words", api.get("/v1/requests/dies/payload").is(200).text());

        enqueue("lives", "\"priority\":\"low\",\"bodyText\":\"x\"");
        Lease other = api.take("p", "low");
        assertEquals("x", json("lives", "").path("body").asText());
        api.settle(other, new Settlement.Succeeded(Api.outcome(other, "")));
        assertEquals("not-found", api.get("/v1/requests/lives/payload").is(404).problem());
        assertEquals("not-found", api.get("/v1/requests/nobody/payload").is(404).problem());
    }

    @Test
    void bad_parameters_are_named() {
        assertEquals(Set.of("form"), api.get("/v1/requests/x/payload?form=xml").is(400).fields());
        assertEquals(Set.of("most"), api.get("/v1/requests/x/payload?most=-1").is(400).fields());
        assertEquals(
                Set.of("most"), api.get("/v1/requests/x/payload?most=1048577").is(400).fields());
        assertEquals(Set.of("id"), api.get("/v1/requests/a%20b/payload").is(400).fields());
    }
}
