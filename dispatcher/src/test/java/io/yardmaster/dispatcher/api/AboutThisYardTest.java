package io.yardmaster.dispatcher.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.yardmaster.dispatcher.dispatch.Replica;
import io.yardmaster.dispatcher.doctor.Roster;
import io.yardmaster.redis.Redis;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/// What operators see of the replicas and their settings.
class AboutThisYardTest {
    private static final String HASH = "ab".repeat(32);
    private static final Api api =
            new Api(
                    """
                    yardmaster:
                      lease: 7s
                      redis:
                        uri: redis://user:se%%40cret@127.0.0.1:1/0
                      security:
                        enabled: false
                        keys:
                          - {name: k, role: reader, sha256: %s}
                    """
                            .formatted(HASH));

    @AfterAll
    static void stop() {
        api.close();
    }

    private static String setting(String key) {
        for (JsonNode each : api.get("/v1/settings").is(200).json().path("settings")) {
            if (each.path("key").asText().equals(key)) {
                return "%s (default %s, from %s)"
                        .formatted(
                                each.path("value").asText(),
                                each.path("default").asText(),
                                each.path("origin").asText());
            }
        }
        return "absent";
    }

    @Test
    void settings_say_where_they_come_from_and_keep_secrets() {
        assertEquals("7s (default 5s, from file)", setting("yardmaster.lease"));
        assertEquals("1 (default 1, from default)", setting("yardmaster.shards"));
        assertEquals(
                "redis://***@127.0.0.1:1/0 (default embedded, from file)",
                setting("yardmaster.redis.uri"));
        assertEquals(
                "reader (default null, from file)", setting("yardmaster.security.keys[0].role"));
        assertEquals(
                "*** (default null, from file)", setting("yardmaster.security.keys[0].sha256"));
        assertTrue(setting("yardmaster.replica-id").endsWith("(default null, from default)"));
        assertFalse(setting("yardmaster.replica-id").startsWith("null"));
        String all = api.get("/v1/settings").text();
        assertFalse(all.contains(HASH) || all.contains("cret"));
    }

    @Test
    void replicas_are_shown_with_what_they_say_of_themselves() {
        Redis other = api.redis.redis(Replica.library());
        new Roster(other, "other", "0.2", "digest", InstantSource.system(), () -> 5, _ -> {})
                .tell();
        other.run(c ->
                c.hset(
                        Redis.bytes("{yard}:roster"),
                        Redis.bytes("gone"),
                        Redis.bytes("0.1 d 0 1000")));
        JsonNode replicas = api.get("/v1/replicas").is(200).json().path("replicas");
        assertEquals(2, replicas.size());
        assertEquals("other 0.2 5 false", words(replicas.path(0)));
        assertEquals("test 0.1 3 true", words(replicas.path(1)));
        assertTrue(replicas.path(0).path("startedAtMs").asLong() > 1_600_000_000_000L);
        assertTrue(replicas.path(0).path("lastSeenMs").asLong() > 1_600_000_000_000L);
    }

    private static String words(JsonNode replica) {
        return "%s %s %s %s"
                .formatted(
                        replica.path("id").asText(),
                        replica.path("version").asText(),
                        replica.path("inFlight").asText(),
                        replica.path("self").asText());
    }

    @Test
    void a_replica_of_an_older_version_is_shown_without_what_it_does_not_say() {
        Redis redis = api.redis.redis(Replica.library());
        long now = InstantSource.system().millis();
        redis.run(c ->
                c.hset(
                        Redis.bytes("{yard}:roster"),
                        Redis.bytes("a-old"),
                        Redis.bytes("0.0.9 d 0 " + now)));
        JsonNode old = api.get("/v1/replicas").is(200).json().path("replicas").path(0);
        assertEquals("a-old", old.path("id").asText());
        assertTrue(old.path("startedAtMs").isNull() && old.path("inFlight").isNull());
        redis.run(c -> c.hdel(Redis.bytes("{yard}:roster"), Redis.bytes("a-old")));
    }
}
