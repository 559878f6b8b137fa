package io.yardmaster.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Enqueues that replicas of Redis must have before they are answered.
class AcknowledgedTest {
    private static final FunctionLibrary LIBRARY =
            FunctionLibrary.ofSource(
                    """
                    redis.register_function('put', function(keys, args)
                      redis.call('SET', keys[1], args[1])
                      return {'ok'}
                    end)
                    redis.register_function{function_name='look', flags={'no-writes'}, callback=function(keys, args)
                      return {redis.call('GET', keys[1])}
                    end}
                    """);

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final RedisServer master = open(RedisServer.start());
    private final RedisServer replica = open(RedisServer.start());
    private Redis redis;

    private <T extends AutoCloseable> T open(T resource) {
        opened.add(resource);
        return resource;
    }

    @BeforeEach
    void follow() {
        replica.ask("REPLICAOF", "127.0.0.1", Integer.toString(master.port()));
        RedisServer.until(
                "the replica follows",
                () -> replica.ask("INFO", "replication").contains("master_link_status:up"));
        redis =
                open(
                        Redis.connect(
                                new RedisConfig(
                                        master.uri(),
                                        Duration.ofSeconds(1),
                                        RedisConfig.Tls.DEFAULT,
                                        new RedisConfig.Copies(1, Duration.ofMillis(500))),
                                LIBRARY,
                                RedisFixture.LOOPS));
    }

    @AfterEach
    void leaveNothingRunning() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    private void put(String value) {
        redis.callAcknowledged("put", "{k}", value);
    }

    @Test
    void call_that_is_answered_is_at_the_replica() {
        for (int i = 0; i < 50; i++) {
            put("v" + i);
            assertEquals("v" + i, replica.ask("GET", "{k}"));
        }
    }

    @Test
    void replica_that_stands_still_makes_the_call_unknown_and_the_next_ones_refused_at_once() {
        put("before");
        replica.freeze();
        RedisFailure first = assertThrows(RedisFailure.class, () -> put("during"));
        assertInstanceOf(RedisFailure.Unknown.class, first);
        assertTrue(String.valueOf(first.getMessage()).contains("0 of 1 replicas"), first::toString);

        // An ordinary call is held up by nothing.
        long began = System.nanoTime();
        redis.call("put", "{other}", "v");
        assertTrue(System.nanoTime() - began < Duration.ofMillis(400).toNanos());

        replica.thaw();
        RedisServer.until(
                "calls are answered again",
                () -> {
                    put("after");
                    return true;
                });
        assertEquals("after", replica.ask("GET", "{k}"));
    }

    @Test
    void master_without_replicas_refuses_before_anything_is_written() {
        put("before");
        replica.ask("REPLICAOF", "NO", "ONE");
        RedisServer.until(
                "the master has noticed",
                () -> master.ask("INFO", "replication").contains("connected_slaves:0"));
        assertInstanceOf(
                RedisFailure.Unknown.class, assertThrows(RedisFailure.class, () -> put("unknown")));
        RedisFailure.NotExecuted refused =
                assertThrows(RedisFailure.NotExecuted.class, () -> put("refused"));
        assertEquals("NOREPLICAS", refused.code());
        assertEquals("unknown", master.ask("GET", "{k}"));

        follow();
        put("kept");
    }

    @Test
    void repeated_call_that_changes_nothing_waits_for_what_others_wrote() {
        put("v");
        replica.freeze();
        master.ask("SET", "{k}", "of another");
        assertInstanceOf(
                RedisFailure.Unknown.class,
                assertThrows(RedisFailure.class, () -> redis.callAcknowledged("look", "{k}")),
                "it would vouch for a write that only the master has");
        replica.thaw();
    }

    @Test
    void new_requests_are_refused_while_redis_would_not_keep_them() {
        redis.refuseNew("maxmemory-policy: allkeys-lru");
        RedisFailure.NotExecuted refused =
                assertThrows(RedisFailure.NotExecuted.class, () -> put("v"));
        assertEquals("EVICTING", refused.code());
        redis.call("put", "{k}", "work goes on");
        redis.refuseNew("");
        put("v");
    }

    @Test
    void master_that_stands_still_is_waited_for_by_nobody_here_either() {
        put("before");
        master.freeze();
        assertThrows(RedisFailure.Unknown.class, () -> redis.call("put", "{k}", "v"));
        long began = System.nanoTime();
        RedisFailure.NotExecuted refused =
                assertThrows(RedisFailure.NotExecuted.class, () -> put("during"));
        assertEquals("UNANSWERED", refused.code());
        assertTrue(System.nanoTime() - began < Duration.ofMillis(400).toNanos());
        master.thaw();
        RedisServer.until(
                "calls are answered again",
                () -> {
                    put("after");
                    return true;
                });
    }
}
