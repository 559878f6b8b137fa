package io.yardmaster.dispatcher.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micronaut.web.router.Router;
import io.yardmaster.dispatcher.api.Api.Reply;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SecurityTest {
    private static final Api api = new Api(settings());

    private static String settings() {
        return """
        yardmaster:
          rate-limit:
            producer: {rate: 2, window: 1h, burst-multiplier: 1}
          security:
            enabled: true
            keys:
              - {name: p, role: producer, sha256: %s}
              - {name: limited, role: producer, sha256: %s}
              - {name: s, role: producer, sha256: %s, services: [mine]}
              - {name: n, role: node, sha256: %s, node: nuc}
              - {name: o, role: operator, sha256: %s}
              - {name: r, role: reader, sha256: %s}
        """
                .formatted(
                        sha256("p"),
                        sha256("limited"),
                        sha256("s"),
                        sha256("n"),
                        sha256("o"),
                        sha256("r"));
    }

    private static String sha256(String key) {
        try {
            return HexFormat.of()
                    .formatHex(
                            MessageDigest.getInstance("SHA-256")
                                    .digest(key.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    private static Reply call(String key, String method, String path, String body) {
        String[] headers =
                key.isEmpty()
                        ? new String[] {"Content-Type", "application/json"}
                        : new String[] {
                            "Content-Type", "application/json", "Authorization", "Bearer " + key
                        };
        return api.call(
                method, path, body.getBytes(java.nio.charset.StandardCharsets.UTF_8), headers);
    }

    /// 401 without a key, 403 where the role may not, anything else where it may.
    @ParameterizedTest
    @CsvSource({
        "POST, /v1/requests, PO",
        "POST, /v1/requests/batch, PO",
        "GET, /v1/requests, OR",
        "POST, /v1/requests/bulk, O",
        "GET, /v1/requests/x, POR",
        "GET, /v1/requests/x/why, POR",
        "GET, /v1/requests/x/payload, O",
        "DELETE, /v1/requests/x, PO",
        "GET, /v1/services/default/forward/a, PO",
        "PUT, /v1/services/default/forward/a, PO",
        "GET, /v1/queues, OR",
        "POST, /v1/queues/a/low/pause, O",
        "POST, /v1/queues/a/low/resume, O",
        "DELETE, /v1/queues/a/low, O",
        "GET, /v1/dead, OR",
        "GET, /v1/dead/groups, OR",
        "POST, /v1/dead/x/retry, O",
        "POST, /v1/dead/retry, O",
        "DELETE, /v1/dead/x, O",
        "GET, /v1/nodes, OR",
        "GET, /v1/nodes/nuc, NOR",
        "PUT, /v1/nodes/nuc, NO",
        "POST, /v1/nodes/nuc/report, NO",
        "POST, /v1/nodes/nuc/drain, O",
        "POST, /v1/nodes/nuc/resume, O",
        "DELETE, /v1/nodes/nuc, O",
        "GET, /v1/services, OR",
        "GET, /v1/services/a, OR",
        "PUT, /v1/services/a, O",
        "DELETE, /v1/services/a, O",
        "GET, /v1/doctor, OR",
        "GET, /v1/replicas, OR",
        "GET, /v1/settings, OR",
        "GET, /v1/audit, OR",
        "GET, /v1/overview, OR",
        "GET, /v1/history, OR",
        "GET, /v1/events?format=json, OR",
        "GET, /v1/events?format=none, OR",
        "GET, /v1/stream?topics=none, OR",
        "GET, /prometheus, OR",
        "GET, /health, -PNOR",
        "GET, /health/liveness, -PNOR",
        "GET, /health/readiness, -PNOR",
        "GET, /, -PNOR",
    })
    void each_role_may_do_its_own(String method, String path, String roles) {
        if (!roles.startsWith("-")) {
            Reply reply = call("", method, path, "").is(401);
            assertEquals("unauthorized", reply.problem());
            assertTrue(reply.header("WWW-Authenticate").startsWith("Bearer"));
            call("wrong", method, path, "").is(401);
        }
        for (String key : List.of("p", "n", "o", "r")) {
            int status = call(key, method, path, "").status();
            boolean may = roles.contains(key.toUpperCase(java.util.Locale.ROOT));
            assertEquals(may, status != 403 && status != 401, key + " " + status);
        }
    }

    @Test
    void every_route_says_who_may_call_it() {
        List<String> without =
                api.context
                        .getBean(Router.class)
                        .uriRoutes()
                        .filter(route -> !route.getAnnotationMetadata().hasAnnotation(Allow.class))
                        .map(Object::toString)
                        .toList();
        assertEquals(List.of(), without);
        assertTrue(api.context.getBean(Router.class).uriRoutes().count() > 30);
    }

    @Test
    void a_key_for_one_service_or_node_is_for_no_other() {
        call("s", "POST", "/v1/requests", "{\"service\":\"other\"}").is(403);
        call("s", "POST", "/v1/services/other/forward/x", "").is(403);
        String id =
                call("s", "POST", "/v1/requests", "{\"service\":\"mine\"}")
                        .is(202)
                        .json()
                        .path("id")
                        .asText();
        call("s", "GET", "/v1/requests/" + id, "").is(200);
        String foreign = call("o", "POST", "/v1/requests", "{}").is(202).json().path("id").asText();
        call("s", "GET", "/v1/requests/" + foreign, "").is(404);
        call("s", "DELETE", "/v1/requests/" + foreign, "").is(404);
        call("n", "PUT", "/v1/nodes/other", "{\"url\":\"http://127.0.0.1:1\"}").is(403);
        call("n", "PUT", "/v1/nodes/nuc", "{\"url\":\"http://127.0.0.1:1\"}").is(201);
        call("n", "POST", "/v1/nodes/nuc/report", "{\"cpu\":0.5}").is(204);
        call("n", "DELETE", "/v1/nodes/nuc", "").is(403);
        call("o", "DELETE", "/v1/nodes/nuc", "").is(204);
    }

    @Test
    void a_producer_that_sends_too_fast_is_told_when_to_come_back() {
        call("limited", "POST", "/v1/requests", "{}").is(202);
        call("limited", "POST", "/v1/requests", "{}").is(202);
        Map<String, String> before = api.content();
        Reply reply = call("limited", "POST", "/v1/requests", "{}").is(429);
        assertEquals("rate-limited", reply.problem());
        assertTrue(Integer.parseInt(reply.header("Retry-After")) > 0);
        assertTrue(reply.header("RateLimit").startsWith("\"producer\";r=0;t="));
        assertEquals("\"producer\";q=2;w=3600", reply.header("RateLimit-Policy"));
        assertEquals(before.keySet(), api.content().keySet());
    }

    @Test
    void the_raw_form_keeps_our_key_from_nodes() {
        call("s", "POST", "/v1/services/mine/forward/secret", "x").is(202);
        var headers = api.await("mine", "normal").request().headers();
        while (headers.stream().noneMatch(h -> h.name().equalsIgnoreCase("User-Agent"))) {
            headers = api.await("mine", "normal").request().headers();
        }
        assertTrue(headers.stream().noneMatch(h -> h.name().equalsIgnoreCase("Authorization")));
    }

    @Test
    void an_unknown_address_tells_nothing_without_a_key() {
        call("", "GET", "/v1/secret", "").is(401);
        call("o", "GET", "/v1/secret", "").is(404);
    }
}
