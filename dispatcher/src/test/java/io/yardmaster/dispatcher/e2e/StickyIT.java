package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// A client with a cookie jar, in front of a real replica and real nodes.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StickyIT {
    private static final String WORK = "/v1/services/default/forward/work";

    private final RedisProcess redis = new RedisProcess();
    private final Node[] nodes = {new Node("n1"), new Node("n2"), new Node("n3")};
    private final Replica replica = Replica.serve("--redis", redis.uri());

    @BeforeAll
    void register() {
        replica.register(nodes);
        HttpResponse<String> answer =
                replica.send(
                        "PUT",
                        "/v1/services/default",
                        "{\"strategy\":\"random\",\"sticky\":\"cookie\"}");
        assertEquals(201, answer.statusCode(), answer.body());
    }

    @AfterAll
    void leaveNothingRunning() {
        replica.close();
        for (Node node : nodes) {
            node.close();
        }
        redis.close();
    }

    private static String node(HttpResponse<String> answer) {
        assertEquals(200, answer.statusCode(), answer.body());
        return answer.headers().firstValue("X-Yardmaster-Node").orElseThrow();
    }

    /// What a cookie jar keeps of the answer, attributes aside.
    private static String cookie(HttpResponse<String> answer) {
        String set = answer.headers().firstValue("Set-Cookie").orElseThrow();
        assertTrue(set.contains("Max-Age=3600"), set);
        return set.substring(0, set.indexOf(';'));
    }

    @Test
    void client_that_brings_the_cookie_back_stays_at_its_node_until_that_is_drained() {
        HttpResponse<String> first = replica.post(WORK, "{}", "Prefer", "wait=30");
        String home = node(first);
        String cookie = cookie(first);
        assertEquals("YARDMASTER_NODE=" + home, cookie);
        for (int i = 0; i < 15; i++) {
            HttpResponse<String> next =
                    replica.post(WORK, "{}", "Prefer", "wait=30", "Cookie", "a=b; " + cookie);
            assertEquals(home, node(next));
        }
        // others are spread
        Set<String> met = new HashSet<>();
        for (int i = 0; i < 40; i++) {
            met.add(node(replica.post(WORK, "{}", "Prefer", "wait=30")));
        }
        assertEquals(3, met.size());

        assertEquals(200, replica.post("/v1/nodes/" + home + "/drain", "").statusCode());
        HttpResponse<String> moved =
                replica.post(WORK, "{}", "Prefer", "wait=30", "Cookie", cookie);
        assertNotEquals(home, node(moved));
        assertEquals("YARDMASTER_NODE=" + node(moved), cookie(moved));
        assertEquals(200, replica.post("/v1/nodes/" + home + "/resume", "").statusCode());
    }

    @Test
    void request_that_is_repeated_with_its_key_is_the_same_although_it_has_a_cookie_now() {
        HttpResponse<String> first =
                replica.post(WORK, "{}", "Prefer", "wait=30", "Idempotency-Key", "once");
        HttpResponse<String> again =
                replica.post(
                        WORK,
                        "{}",
                        "Prefer",
                        "wait=30",
                        "Idempotency-Key",
                        "once",
                        "Cookie",
                        cookie(first));
        assertEquals(node(first), node(again));
        assertEquals("true", again.headers().firstValue("Idempotent-Replayed").orElse("new"));
    }

    @Test
    void wrong_geo_database_stops_the_start(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("cities.mmdb"), "no database");
        Program.Result result =
                Program.run(
                        "serve",
                        "--redis",
                        redis.uri(),
                        "--set",
                        "yardmaster.geo.database=" + file);
        assertEquals(2, result.code(), result.toString());
        assertEquals(
                "yardmaster.geo.database: "
                        + file
                        + " (expected: a MaxMind .mmdb database of cities or countries)",
                result.err().strip());
    }
}
