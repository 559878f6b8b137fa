package io.yardmaster.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.ratelimit.SharedTokens.Scope;
import io.yardmaster.redis.FunctionLibrary;
import io.yardmaster.redis.Redis;
import io.yardmaster.redis.RedisFailure;
import io.yardmaster.redis.RedisFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RedisTokensTest {

    private static final String BASE = "{yard:0}";
    private static final Limit FIVE_AN_HOUR = new Limit(5, Duration.ofHours(1), 1);

    /// Plays now, want, now, want... through one bucket at once.
    private static final String PLAY =
            """
            redis.register_function('play', function(keys, args)
              local replies = {}
              for i = 3, #args, 2 do
                local granted, wait = token_bucket(keys[1], tonumber(args[1]), tonumber(args[2]),
                    tonumber(args[i]), tonumber(args[i + 1]))
                table.insert(replies, granted)
                table.insert(replies, wait)
              end
              return replies
            end)
            """;

    private static RedisFixture fixture;
    private static Redis redis;

    @BeforeAll
    static void connect() {
        String code = FunctionLibrary.of(RedisTokens.LUA).code();
        String parts =
                code.substring(
                        code.indexOf('\n') + 1, code.lastIndexOf("redis.register_function{"));
        fixture = RedisFixture.start();
        redis = fixture.redis(FunctionLibrary.ofSource(parts + PLAY));
    }

    @AfterAll
    static void disconnect() {
        fixture.close();
    }

    @BeforeEach
    void flush() {
        fixture.flush();
    }

    /// The key space without the clock's value, which is the time of day.
    private static Map<String, String> content() {
        Map<String, String> content = new TreeMap<>(fixture.content());
        content.replace(BASE + ":clock", "a time");
        content.replaceAll((_, value) -> value.replaceFirst(" \\d{13}", " at a time"));
        return content;
    }

    private static Verdict draw(Limit limit, long want) {
        return new RedisTokens(redis, BASE).draw(Scope.NODE, "pi", limit, want);
    }

    @Test
    void bucket_grants_what_there_is_and_then_names_the_wait() {
        assertEquals(Map.of(), content());
        assertEquals(new Verdict.Granted(3), draw(FIVE_AN_HOUR, 3));
        assertTrue(
                Objects.requireNonNull(content().get(BASE + ":tb:node:pi"))
                        .startsWith("2 at a time"));
        assertEquals(new Verdict.Granted(2), draw(FIVE_AN_HOUR, 3));

        Map<String, String> before = fixture.content();
        Verdict.Wait wait = assertInstanceOf(Verdict.Wait.class, draw(FIVE_AN_HOUR, 1));
        assertTrue(wait.retryAfter().compareTo(Duration.ofMinutes(12)) <= 0);
        assertTrue(wait.retryAfter().compareTo(Duration.ofMinutes(11)) > 0);

        Map<String, String> after = fixture.content();
        assertEquals(List.of(BASE + ":clock", BASE + ":tb:node:pi"), List.copyOf(after.keySet()));
        assertEquals(before.get(BASE + ":tb:node:pi"), after.get(BASE + ":tb:node:pi"));
        assertTrue(Objects.requireNonNull(after.get(BASE + ":tb:node:pi")).endsWith("(expires)"));
    }

    @Test
    void wrong_arguments_are_refused_and_change_nothing() {
        for (String[] wrong :
                new String[][] {
                    {"tenant", "pi", "1", "1", "1"},
                    {"node", "pi", "0", "1", "1"},
                    {"node", "pi", "nan", "1", "1"},
                    {"node", "pi", "1", "0.5", "1"},
                    {"node", "pi", "1", "1e13", "1"},
                    {"node", "pi", "1", "1", "0"},
                    {"node", "pi", "1", "1", "1.5"},
                    {"node", "pi", "1", "1"},
                }) {
            RedisFailure refused =
                    assertThrows(
                            RedisFailure.Rejected.class,
                            () -> redis.call("yard_tokens", BASE, (Object[]) wrong));
            assertTrue(
                    Objects.requireNonNull(refused.getMessage()).contains("(expected: "),
                    refused.getMessage());
        }
        assertEquals(Map.of(), fixture.content());
    }

    @Test
    void key_of_another_type_is_left_as_it_is() {
        redis.run(c -> c.lpush(Redis.bytes(BASE + ":tb:node:pi"), Redis.bytes("x")));
        assertThrows(SharedTokens.Unavailable.class, () -> draw(FIVE_AN_HOUR, 1));
        assertEquals(Map.of(BASE + ":tb:node:pi", "[x]"), fixture.content());
    }

    @Test
    void replicas_at_once_get_no_more_than_the_burst() throws Exception {
        Limit hundredADay = new Limit(100, Duration.ofDays(1), 1);
        TestClock clock = new TestClock();
        int spent = 0;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> tries = new ArrayList<>();
            for (int replica = 0; replica < 4; replica++) {
                NodeLimits limits =
                        new NodeLimits(hundredADay, 4, new RedisTokens(redis, BASE), clock);
                for (int i = 0; i < 50; i++) {
                    tries.add(threads.submit(() -> limits.admits("pi") && limits.spend("pi")));
                }
            }
            for (Future<Boolean> one : tries) {
                spent += one.get() ? 1 : 0;
            }
        }
        assertEquals(100, spent);
    }

    @Test
    void lua_and_java_decide_alike_call_by_call() {
        for (int seed = 0; seed < 100; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            double rate = Math.pow(10, -3 + 7 * random.nextDouble());
            double burst = 1 + random.nextInt(50) * random.nextDouble();
            TokenBucket bucket = new TokenBucket(rate, burst);
            long now = 1_700_000_000_000L;
            TokenBucket.State state = null;
            List<Object> arguments = new ArrayList<>();
            arguments.add(Double.toString(rate));
            arguments.add(Double.toString(burst));
            List<Long> expected = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                // Mostly around one token's time; now and then back.
                now += (long) (random.nextDouble() * 2000 / rate);
                long seen = random.nextInt(5) == 0 ? now - random.nextInt(1000) : now;
                long want = 1L + random.nextInt(4);
                arguments.add(seen);
                arguments.add(want);
                TokenBucket.Decision decision =
                        bucket.take(state == null ? bucket.full(seen) : state, seen, want);
                state = decision.next();
                switch (decision.verdict()) {
                    case Verdict.Granted(long tokens) -> expected.addAll(List.of(tokens, 0L));
                    case Verdict.Wait(Duration after) ->
                            expected.addAll(List.of(0L, after.toMillis()));
                }
            }
            assertEquals(
                    expected,
                    redis.call("play", "{yard:0}:play:" + seed, arguments.toArray()),
                    "seed " + seed);
        }
    }
}
