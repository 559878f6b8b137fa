package io.yardmaster.dispatcher.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RedisSafetyTest {
    private final Map<String, Set<String>> settings =
            new HashMap<>(
                    Map.of(
                            "appendonly",
                            Set.of("yes"),
                            "appendfsync",
                            Set.of("always"),
                            "maxmemory-policy",
                            Set.of("noeviction"),
                            "min-replicas-to-write",
                            Set.of("0")));

    private RedisSafety.Found found(int waitReplicas, boolean assumeFsync) {
        return RedisSafety.judge(
                name -> settings.getOrDefault(name, Set.of()), waitReplicas, assumeFsync);
    }

    @Test
    void every_answer_after_an_fsync_is_fsync() {
        RedisSafety.Found found = found(0, false);
        assertEquals(Durability.FSYNC, found.durability());
        assertEquals("", found.refusal());
        assertEquals("always", found.settings().get("appendfsync"));
    }

    @Test
    void fsync_every_second_is_relaxed_whatever_an_operator_assumes() {
        settings.put("appendfsync", Set.of("everysec"));
        RedisSafety.Found found = found(0, true);
        assertEquals(Durability.RELAXED, found.durability());
        assertFalse(found.assumed());
    }

    @Test
    void append_only_file_that_is_off_is_relaxed() {
        settings.put("appendonly", Set.of("no"));
        assertEquals(Durability.RELAXED, found(0, false).durability());
    }

    @Test
    void one_master_of_several_that_is_not_safe_makes_all_relaxed() {
        settings.put("appendfsync", Set.of("always", "everysec"));
        assertEquals(Durability.RELAXED, found(0, false).durability());
    }

    @Test
    void one_master_of_several_that_evicts_is_enough_to_refuse() {
        settings.put("maxmemory-policy", Set.of("noeviction", "allkeys-lru"));
        assertTrue(found(0, false).refusal().contains("allkeys-lru"));
    }

    @Test
    void settings_that_redis_hides_mean_relaxed_or_what_the_operator_says() {
        settings.clear();
        assertEquals(Durability.RELAXED, found(0, false).durability());
        RedisSafety.Found assumed = found(0, true);
        assertEquals(Durability.FSYNC, assumed.durability());
        assertTrue(assumed.assumed());
        assertEquals("", assumed.refusal());
    }

    @Test
    void waiting_for_replicas_is_replicated() {
        assertEquals(Durability.REPLICATED, found(1, false).durability());
    }
}
