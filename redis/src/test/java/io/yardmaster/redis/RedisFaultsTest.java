package io.yardmaster.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What a real redis-server does to its clients when it is in trouble, and that the connection
/// finds its way back by itself from each.
class RedisFaultsTest {
    private static final FunctionLibrary LIBRARY =
            FunctionLibrary.ofSource(
                    """
                    redis.register_function('put', function(keys, args)
                      redis.call('SET', keys[1], args[1])
                      return {'ok'}
                    end)
                    redis.register_function('fill', function(keys, args)
                      for i = 1, tonumber(args[1]) do redis.call('SET', keys[1] .. i, i) end
                      return {'ok'}
                    end)
                    redis.register_function('spin', function() while true do end end)
                    """);
    private static final Duration TIMEOUT = Duration.ofMillis(500);

    private final List<AutoCloseable> opened = new ArrayList<>();

    private <T extends AutoCloseable> T open(T resource) {
        opened.add(resource);
        return resource;
    }

    private Redis connect(RedisServer server) {
        return open(
                Redis.connect(new RedisConfig(server.uri(), TIMEOUT), LIBRARY, RedisFixture.LOOPS));
    }

    @AfterEach
    void leaveNothingRunning() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    private static void put(Redis redis) {
        redis.call("put", "{k}", "v");
    }

    private static RedisFailure failure(Redis redis) {
        return assertThrows(RedisFailure.class, () -> put(redis));
    }

    private static void works(Redis redis) {
        long began = System.nanoTime();
        RedisServer.until(
                "calls are answered again",
                () -> {
                    put(redis);
                    return true;
                });
        System.out.println("recovered after " + ms(began) + " ms");
    }

    private static void refusedAs(String code, Redis redis) {
        RedisServer.until(
                code,
                () -> {
                    try {
                        put(redis);
                        return false;
                    } catch (RedisFailure.NotExecuted e) {
                        return e.code().equals(code);
                    } catch (RedisFailure.Unknown e) {
                        return false;
                    }
                });
    }

    private static long ms(long began) {
        return (System.nanoTime() - began) / 1_000_000;
    }

    @Test
    void redis_that_stands_still_is_noticed_once_and_then_costs_nobody_any_time() {
        RedisServer server = open(RedisServer.start());
        Redis redis = connect(server);
        put(redis);
        server.freeze();
        long began = System.nanoTime();
        assertInstanceOf(RedisFailure.Unknown.class, failure(redis));
        System.out.println("first call gave up after " + ms(began) + " ms");

        int refused = 0;
        long slowest = 0;
        for (int i = 0; i < 100; i++) {
            long each = System.nanoTime();
            if (failure(redis) instanceof RedisFailure.NotExecuted e) {
                assertEquals("UNANSWERED", e.code());
                slowest = Math.max(slowest, ms(each));
                refused++;
            }
        }
        System.out.println(refused + " of 100 calls refused, the slowest after " + slowest + " ms");
        assertEquals(100, refused);
        assertTrue(slowest < 400, "a call waited");

        server.thaw();
        works(redis);
    }

    @Test
    void redis_that_stands_still_for_long_is_left_and_found_again() {
        RedisServer server = open(RedisServer.start());
        Redis redis = connect(server);
        server.freeze();
        refusedAs("DISCONNECTED", redis);
        server.thaw();
        works(redis);
    }

    @Test
    void slow_answer_ends_the_silence_that_it_caused() {
        RedisServer server = open(RedisServer.start());
        Redis redis = connect(server);
        server.freeze();
        assertInstanceOf(RedisFailure.Unknown.class, failure(redis));
        server.thaw();
        long began = System.nanoTime();
        works(redis);
        assertTrue(ms(began) < 5_000);
    }

    @Test
    void redis_that_is_killed_is_refused_at_once_and_found_again() {
        RedisServer server = open(RedisServer.start("--appendonly", "yes"));
        Redis redis = connect(server);
        server.kill();
        refusedAs("DISCONNECTED", redis);
        long began = System.nanoTime();
        failure(redis);
        assertTrue(ms(began) < 400, "it waited for " + ms(began) + " ms");
        server.restart("--appendonly", "yes");
        works(redis);
    }

    @Test
    void functions_are_brought_again_to_a_redis_that_came_back_empty() {
        RedisServer server = open(RedisServer.start());
        Redis redis = connect(server);
        server.kill();
        server.restart();
        works(redis);
    }

    @Test
    void subscription_is_back_after_redis_was_killed() throws Exception {
        RedisServer server = open(RedisServer.start());
        Redis redis = connect(server);
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        redis.subscribe("{k}:ch", message -> heard.add(Redis.text(message)));
        server.kill();
        server.restart();
        RedisServer.until(
                "a message arrives",
                () -> {
                    server.ask("SPUBLISH", "{k}:ch", "hello");
                    return "hello".equals(heard.poll(50, TimeUnit.MILLISECONDS));
                });
    }

    @Test
    void demoted_master_is_named_and_left_for_a_new_connection() {
        RedisServer server = open(RedisServer.start());
        RedisServer master = open(RedisServer.start());
        Redis redis = connect(server);
        put(redis);
        long made = redis.connectionsMade();
        server.ask("REPLICAOF", "127.0.0.1", Integer.toString(master.port()));
        refusedAs("READONLY", redis);
        RedisServer.until("it connects anew", () -> redis.connectionsMade() > made);
        server.ask("REPLICAOF", "NO", "ONE");
        works(redis);
    }

    @Test
    void redis_that_cannot_save_is_named() {
        RedisServer server = open(RedisServer.start("--save", "3600 1"));
        Redis redis = connect(server);
        put(redis);
        server.ask("CONFIG", "SET", "dbfilename", "dump.rdb");
        assertTrue(server.directory().resolve("dump.rdb").toFile().mkdir());
        assertTrue(server.directory().resolve("dump.rdb/x").toFile().mkdir());
        server.ask("BGSAVE");
        refusedAs("MISCONF", redis);
        assertTrue(server.directory().resolve("dump.rdb/x").toFile().delete());
        assertTrue(server.directory().resolve("dump.rdb").toFile().delete());
        server.ask("BGSAVE");
        works(redis);
    }

    @Test
    void redis_with_a_script_that_does_not_end_is_named() {
        RedisServer server = open(RedisServer.start("--busy-reply-threshold", "50"));
        Redis redis = connect(server);
        Thread.ofVirtual().start(() -> server.ask("FCALL", "spin", "0"));
        refusedAs("BUSY", redis);
        server.ask("FUNCTION", "KILL");
        works(redis);
    }

    @Test
    void master_without_enough_replicas_is_named() {
        RedisServer server = open(RedisServer.start());
        Redis redis = connect(server);
        server.ask("CONFIG", "SET", "min-replicas-to-write", "1");
        refusedAs("NOREPLICAS", redis);
        server.ask("CONFIG", "SET", "min-replicas-to-write", "0");
        works(redis);
    }

    @Test
    void replica_that_lost_its_master_is_named() {
        RedisServer server = open(RedisServer.start());
        Redis redis = connect(server);
        server.ask("CONFIG", "SET", "replica-serve-stale-data", "no");
        server.ask("REPLICAOF", "127.0.0.1", "1");
        // Functions are told READONLY before that.
        RedisServer.until(
                "MASTERDOWN",
                () -> {
                    try {
                        redis.run(c -> c.get(Redis.bytes("{k}")));
                        return false;
                    } catch (RedisFailure.NotExecuted e) {
                        return e.code().equals("MASTERDOWN");
                    }
                });
        server.ask("REPLICAOF", "NO", "ONE");
        works(redis);
    }

    @Test
    void redis_that_still_loads_is_named() {
        RedisServer server = open(RedisServer.start("--appendonly", "yes"));
        Redis redis = connect(server);
        // Redis listens to its clients after every 1024 commands that it loads.
        redis.call("fill", "{k}", 20_000);
        server.kill();
        server.restart("--appendonly", "yes", "--key-load-delay", "100");
        refusedAs("LOADING", redis);
        works(redis);
    }

    @Test
    void password_that_was_changed_and_changed_back_needs_no_restart() {
        RedisServer server = open(RedisServer.start());
        Redis redis = connect(server);
        server.kill();
        server.restart("--requirepass", "new");
        RedisServer.until(
                "the missing password is named",
                () ->
                        failure(redis) instanceof RedisFailure.NotExecuted refused
                                && String.valueOf(refused.getMessage()).contains("NOAUTH"));
        server.kill();
        server.restart();
        works(redis);
    }

    @Test
    void wrong_password_is_named_and_a_corrected_one_needs_no_restart() {
        RedisServer server = open(RedisServer.start("--requirepass", "right"));
        Redis redis =
                open(
                        Redis.connect(
                                new RedisConfig(
                                        "redis://:right@127.0.0.1:" + server.port(), TIMEOUT),
                                LIBRARY,
                                RedisFixture.LOOPS));
        server.kill();
        server.restart("--requirepass", "other");
        RedisServer.until(
                "the wrong password is named",
                () ->
                        failure(redis) instanceof RedisFailure.NotExecuted refused
                                && String.valueOf(refused.getMessage()).contains("WRONGPASS"));
        server.kill();
        server.restart("--requirepass", "right");
        works(redis);
    }

    @Test
    void wrong_password_at_the_start_is_told_from_an_absent_redis() {
        RedisServer server = open(RedisServer.start("--requirepass", "right"));
        RedisFailure.NotExecuted refused =
                assertThrows(
                        RedisFailure.NotExecuted.class,
                        () ->
                                Redis.connect(
                                        RedisConfig.of("redis://:guess@127.0.0.1:" + server.port()),
                                        LIBRARY,
                                        RedisFixture.LOOPS));
        assertEquals("WRONGPASS", refused.code());
        assertTrue(refused.refused());
    }

    @Test
    void function_flush_while_running_is_mended_by_the_next_call() {
        RedisServer server = open(RedisServer.start());
        Redis redis = connect(server);
        server.ask("FUNCTION", "FLUSH");
        put(redis);
    }
}
