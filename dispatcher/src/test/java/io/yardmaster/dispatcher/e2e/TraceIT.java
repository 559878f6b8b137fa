package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// What becomes of a request's trace, with spans and without them.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TraceIT {
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String CALLER = "b7ad6b7169203331";
    private static final String PARENT = "00-" + TRACE + "-" + CALLER + "-01";

    private final RedisProcess redis = new RedisProcess();
    private final Collector collector = new Collector();
    private final List<Got> got = new CopyOnWriteArrayList<>();
    private final HttpServer node;

    /// What the node was sent.
    private record Got(String id, String attempt, String parent, String state) {
        String trace() {
            return parent.split("-", -1)[1];
        }

        String span() {
            return parent.split("-", -1)[2];
        }
    }

    TraceIT() throws IOException {
        node = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    }

    /// Requests whose path begins with `/twice` fail at the first attempt.
    @BeforeAll
    void serve() {
        node.createContext(
                "/",
                exchange -> {
                    try (exchange) {
                        var headers = exchange.getRequestHeaders();
                        String attempt = headers.getFirst("X-Yardmaster-Attempt");
                        if (attempt != null) {
                            got.add(
                                    new Got(
                                            headers.getFirst("X-Request-ID"),
                                            attempt,
                                            headers.getFirst("traceparent"),
                                            String.valueOf(headers.getFirst("tracestate"))));
                        }
                        boolean fails =
                                "1".equals(attempt)
                                        && exchange.getRequestURI().getPath().startsWith("/twice");
                        exchange.sendResponseHeaders(fails ? 503 : 200, -1);
                    }
                });
        node.start();
    }

    @AfterAll
    void leaveNothingRunning() {
        node.stop(0);
        collector.close();
        redis.close();
    }

    private Replica replica(String name, String... more) {
        List<String> all =
                new java.util.ArrayList<>(
                        List.of(
                                "--redis",
                                redis.uri(),
                                "--replica-id",
                                name,
                                "--set",
                                "yardmaster.retry.base=20ms"));
        all.addAll(List.of(more));
        Replica replica = Replica.serve(all.toArray(String[]::new));
        HttpResponse<String> answer =
                replica.send(
                        "PUT",
                        "/v1/nodes/n1",
                        "{\"url\":\"http://127.0.0.1:" + node.getAddress().getPort() + "\"}");
        assertTrue(answer.statusCode() < 300, answer.body());
        return replica;
    }

    private Replica traced(String name) {
        return replica(
                name,
                "--set",
                "yardmaster.tracing.enabled=true",
                "--set",
                "yardmaster.tracing.endpoint=" + collector.endpoint());
    }

    private List<Got> got(String id) {
        return got.stream().filter(each -> each.id().equals(id)).toList();
    }

    private List<Collector.Span> spans(String id, String name) {
        return collector.spans().stream()
                .filter(span -> span.name().equals(name))
                .filter(span -> id.equals(span.attributes().get("messaging.message.id")))
                .toList();
    }

    private List<Collector.Span> below(Collector.Span parent, String name) {
        return collector.spans().stream()
                .filter(span -> span.parent().equals(parent.id()) && span.name().equals(name))
                .toList();
    }

    /// Brought by one replica, which then ends; tried twice by another.
    @Test
    void one_trace_leads_from_the_caller_through_two_replicas_to_the_node() {
        try (Replica other = traced("r2")) {
            try (Replica door = traced("r1")) {
                HttpResponse<String> answer =
                        door.post(
                                "/v1/requests",
                                """
                                {"id":"t1","path":"/twice","delayMs":4000,"maxRetries":2}\
                                """,
                                "traceparent",
                                PARENT,
                                "tracestate",
                                "vendor=7");
                assertEquals(202, answer.statusCode(), answer.body());
                HttpResponse<String> again =
                        door.post(
                                "/v1/requests",
                                """
                                {"id":"t1","path":"/twice","delayMs":4000,"maxRetries":2}\
                                """,
                                "traceparent",
                                PARENT.replace(CALLER, "00f067aa0ba902b7"));
                assertEquals(202, again.statusCode(), "a repeat within another span is the same");
                door.program().signal("TERM");
                Await.until("it has ended", () -> !door.program().running());
            }
            Await.until("it is served", () -> other.state("t1").equals("succeeded"));
            Await.until(
                    "all spans have come",
                    () -> spans("t1", "settle default/normal").size() == 2,
                    () -> collector.spans() + "\n" + other.program().said());
        }
        Collector.Span send = spans("t1", "send default/normal").getFirst();
        assertEquals(CALLER, send.parent());
        assertEquals(TRACE, send.trace());
        assertEquals(4, send.kind());
        assertEquals("r1", send.replica());
        assertEquals("yardmaster", send.attributes().get("messaging.system"));
        assertEquals("send", send.attributes().get("messaging.operation.type"));
        assertEquals("default/normal", send.attributes().get("messaging.destination.name"));

        List<Collector.Span> attempts = below(send, "process default/normal");
        assertEquals(2, attempts.size(), attempts.toString());
        List<Got> sent = got("t1");
        assertEquals(2, sent.size());
        for (int i = 0; i < 2; i++) {
            Collector.Span process = attempts.get(i);
            assertEquals(5, process.kind());
            assertEquals("r2", process.replica());
            assertEquals(TRACE, process.trace());
            assertEquals("vendor=7", process.state());
            assertEquals(1, below(process, "settle default/normal").size());
            Collector.Span http = below(process, "POST").getFirst();
            assertEquals(3, http.kind());
            assertEquals("POST", http.attributes().get("http.request.method"));
            assertEquals("127.0.0.1", http.attributes().get("server.address"));
            boolean first = http.attributes().get("http.request.resend_count") == null;
            assertEquals(first ? "503" : "200", http.attributes().get("http.response.status_code"));
            assertEquals(first, http.failed());
            assertEquals(first ? "503" : null, http.attributes().get("error.type"));
            Got at =
                    sent.stream()
                            .filter(each -> each.attempt().equals(first ? "1" : "2"))
                            .findFirst()
                            .orElseThrow();
            assertEquals(http.id(), at.span(), "the node is told of the span around its send");
            assertEquals(TRACE, at.trace());
            assertEquals("vendor=7", at.state());
        }
        assertTrue(attempts.stream().anyMatch(Collector.Span::failed));
        assertFalse(
                collector.spans().toString().contains("/twice"), "no path, it may hold secrets");
    }

    @Test
    void without_spans_the_context_still_reaches_the_node() {
        try (Replica replica = replica("r3")) {
            HttpResponse<String> raw =
                    replica.post(
                            "/v1/services/default/forward/once",
                            "{}",
                            "Prefer",
                            "wait=30",
                            "traceparent",
                            PARENT,
                            "tracestate",
                            "vendor=8");
            assertEquals(200, raw.statusCode(), raw.body());
            Got passedOn =
                    got(raw.headers().firstValue("X-Yardmaster-Id").orElseThrow()).getFirst();
            assertEquals(PARENT, passedOn.parent());
            assertEquals("vendor=8", passedOn.state());

            replica.enqueue("u1", ",\"path\":\"/twice\",\"maxRetries\":2");
            Await.until("it is served", () -> replica.state("u1").equals("succeeded"));
            List<Got> begun = got("u1");
            assertEquals(begun.get(0).trace(), begun.get(1).trace(), "attempts are in one trace");
            assertNotEquals(begun.get(0).span(), begun.get(1).span());

            replica.enqueue("u2", ",\"headers\":{\"traceparent\":\"" + PARENT + "\"}");
            Await.until("it is served", () -> replica.state("u2").equals("succeeded"));
            assertEquals(PARENT, got("u2").getFirst().parent());
        }
    }

    @Test
    void collector_that_is_away_is_said_once_and_holds_up_nothing() {
        try (Replica replica =
                replica(
                        "r4",
                        "--set",
                        "yardmaster.tracing.enabled=true",
                        "--set",
                        "yardmaster.tracing.endpoint=http://127.0.0.1:1/v1/traces")) {
            for (int i = 0; i < 20; i++) {
                String id = "v" + i;
                replica.enqueue(id, "");
                Await.until("it is served", () -> replica.state(id).equals("succeeded"));
            }
            String told = "takes no spans";
            Await.until("it is said", () -> replica.program().err().contains(told));
            replica.enqueue("v", "");
            Await.until("it is served", () -> replica.state("v").equals("succeeded"));
            String err = replica.program().err();
            assertEquals(err.indexOf(told), err.lastIndexOf(told), err);
            assertFalse(err.contains("opentelemetry"), err);
        }
    }
}
