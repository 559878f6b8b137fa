package io.yardmaster.dispatcher.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class DemoNodeTest {
    private final Machine machine = new Machine("pi", 2, 1);
    private final Cores cores = new Cores(machine, System::nanoTime);
    private final DemoNode node = new DemoNode(machine, 0, cores, InstantSource.system());
    private final HttpClient http = HttpClient.newHttpClient();

    DemoNodeTest() throws IOException {}

    @AfterEach
    void stop() {
        http.close();
        node.close();
    }

    private HttpResponse<String> post(String path, String body, String... headers)
            throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(node.uri().resolve(path))
                        .timeout(Duration.ofSeconds(10))
                        .POST(HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private JsonNode get(String path) throws Exception {
        URI uri = node.uri().resolve(path);
        HttpRequest request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(10)).build();
        return new ObjectMapper()
                .readTree(http.send(request, HttpResponse.BodyHandlers.ofString()).body());
    }

    @Test
    void request_is_worked_on_and_remembered_with_attempt_priority_and_wait() throws Exception {
        HttpResponse<String> answer =
                post(
                        "/work",
                        "{\"units\":1}",
                        "X-Request-ID",
                        "demo-1",
                        "X-Yardmaster-Attempt",
                        "2",
                        "X-Yardmaster-Priority",
                        "high",
                        DemoNode.ENQUEUED_AT,
                        Long.toString(System.currentTimeMillis() - 60_000));
        assertEquals(200, answer.statusCode());
        assertTrue(answer.body().contains("\"node\":\"pi\""), answer.body());
        JsonNode stats = get("/stats?records=true");
        assertEquals(1, stats.path("byPriority").path("high").asInt());
        JsonNode record = stats.path("records").path(0);
        assertEquals("demo-1", record.path("id").asText());
        assertEquals(2, record.path("attempt").asInt());
        assertTrue(record.path("waitMs").asLong() >= 60_000, record.toString());
    }

    @Test
    void same_work_gives_the_same_hash_on_every_path() throws Exception {
        ObjectMapper json = new ObjectMapper();
        String one = json.readTree(post("/", "{\"units\":2}").body()).path("hash").asText();
        String two = json.readTree(post("/any/path", "{\"units\":2}").body()).path("hash").asText();
        assertEquals(64, one.length());
        assertEquals(one, two);
    }

    @Test
    void impossible_work_is_refused_and_any_other_body_is_default_work() throws Exception {
        assertEquals(400, post("/work", "{\"units\":0}").statusCode());
        assertEquals(400, post("/work", "{\"units\":1001}").statusCode());
        assertEquals(200, post("/work", "no json").statusCode());
        assertEquals(200, post("/work", "").statusCode());
    }

    @Test
    void health_is_up_and_figures_are_ratios() throws Exception {
        assertEquals("UP", get("/health").path("status").asText());
        DemoNode.Report report = node.report(1);
        assertTrue(report.cpu() >= 0 && report.cpu() <= 1, report.toString());
        assertTrue(report.memory() > 0 && report.memory() <= 1, report.toString());
        assertTrue(report.io() >= 0 && report.io() <= 1, report.toString());
    }

    @Test
    void foreign_load_is_switched_over_http_and_within_bounds() throws Exception {
        assertEquals(200, post("/demo/foreign-load?cores=2", "").statusCode());
        assertEquals(400, post("/demo/foreign-load?cores=65", "").statusCode());
        assertEquals(400, post("/demo/foreign-load", "").statusCode());
        assertEquals(200, post("/demo/foreign-load?cores=0", "").statusCode());
    }
}
