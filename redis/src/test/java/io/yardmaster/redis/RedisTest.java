package io.yardmaster.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RedisTest {
    private static final FunctionLibrary LIBRARY =
            FunctionLibrary.ofSource(
                    clock()
                            + """
                            redis.register_function('echo', function(keys, args) return {keys[1], args[1], 7} end)
                            redis.register_function('now', function(keys, args)
                              return {string.format('%.0f', clock_now(keys[1], tonumber(args[1])))}
                            end)
                            redis.register_function('bucket', function(keys, args)
                              local granted, wait = token_bucket(keys[1], tonumber(args[1]), tonumber(args[2]),
                                  tonumber(args[3]), tonumber(args[4]))
                              return {granted, wait}
                            end)
                            """);
    private static RedisFixture fixture;
    private static Redis redis;

    private static String clock() {
        String code = FunctionLibrary.of().code();
        return code.substring(code.indexOf('\n') + 1, code.lastIndexOf("redis.register_function{"));
    }

    @BeforeAll
    static void connect() {
        fixture = RedisFixture.start();
        redis = fixture.redis(LIBRARY);
    }

    @AfterAll
    static void close() {
        fixture.close();
    }

    @BeforeEach
    void flush() {
        fixture.flush();
    }

    private static long now(long allowed) {
        return Long.parseLong(Redis.text((byte[]) redis.call("now", "{c}", allowed).getFirst()));
    }

    private static void clockStands(long logical, long wallOffset) {
        List<byte[]> time = redis.run(c -> c.time());
        long wall = Long.parseLong(Redis.text(time.get(0))) * 1000 + wallOffset;
        redis.run(c -> c.set(Redis.bytes("{c}:clock"), Redis.bytes(logical + " " + wall)));
    }

    @Test
    void functions_lost_by_a_flush_are_loaded_again_by_the_next_call() {
        redis.run(c -> c.functionFlush(io.lettuce.core.FlushMode.SYNC));
        List<Object> reply = redis.call("echo", "k", "v");
        assertEquals(
                "k v 7",
                Redis.text((byte[]) reply.get(0))
                        + " "
                        + Redis.text((byte[]) reply.get(1))
                        + " "
                        + reply.get(2));
    }

    @Test
    void clock_that_jumps_an_hour_ahead_moves_logical_time_by_one_second() {
        clockStands(1_000_000, -3_600_000);
        assertEquals(1_001_000, now(0));
    }

    @Test
    void clock_that_jumps_back_never_takes_logical_time_back() {
        clockStands(5_000_000, 3_600_000);
        assertEquals(5_000_000, now(0));
        assertTrue(now(0) >= 5_000_000);
        assertTrue(now(0) < 5_002_000);
    }

    @Test
    void outage_of_a_minute_that_the_caller_knows_of_is_caught_up() {
        clockStands(1_000_000, -60_000);
        long logical = now(61_000);
        assertTrue(logical >= 1_060_000 && logical <= 1_061_000, "logical " + logical);
    }

    @Test
    void bucket_never_mints_tokens_when_the_clock_goes_back() {
        assertEquals(List.of(10L, 0L), redis.call("bucket", "{c}:b", 10, 10, 100_000, 20));
        assertEquals(List.of(0L, 100L), redis.call("bucket", "{c}:b", 10, 10, 50_000, 1));
        assertEquals(List.of(0L, 100L), redis.call("bucket", "{c}:b", 10, 10, 100_000, 1));
        assertEquals(List.of(1L, 0L), redis.call("bucket", "{c}:b", 10, 10, 100_100, 5));
    }

    @Test
    void message_of_a_sharded_channel_reaches_the_listener() throws Exception {
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        try (AutoCloseable _ = redis.subscribe("{c}:ch", m -> heard.add(Redis.text(m)))) {
            redis.run(c -> c.spublish(Redis.bytes("{c}:ch"), Redis.bytes("hello")));
            assertEquals("hello", heard.poll(5, TimeUnit.SECONDS));
        }
    }

    @Test
    void defect_in_a_function_is_told_apart_from_an_outage() {
        redis.run(c -> c.set(Redis.bytes("{c}:clock"), Redis.bytes("x")));
        assertThrows(RedisFailure.Rejected.class, () -> redis.call("now", "{c}", 0));
    }

    @Test
    void nobody_listening_is_an_error_that_names_the_address_without_the_password() {
        RedisFailure failure =
                assertThrows(
                        RedisFailure.NotExecuted.class,
                        () ->
                                Redis.connect(
                                        RedisConfig.of("redis://u:secret@127.0.0.1:1"),
                                        LIBRARY,
                                        RedisFixture.LOOPS));
        assertTrue(String.valueOf(failure.getMessage()).contains("127.0.0.1:1"));
        assertFalse(String.valueOf(failure.getMessage()).contains("secret"));
    }

    @Test
    void address_of_another_kind_is_refused_by_name() {
        IllegalArgumentException refusal =
                assertThrows(
                        IllegalArgumentException.class, () -> RedisConfig.of("http://localhost"));
        assertEquals(
                "redis.uri: http://localhost (expected: redis://, rediss:// or redis-sentinel://)",
                refusal.getMessage());
    }
}
