package io.yardmaster.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TokenBucketTest {

    private final TokenBucket bucket = new TokenBucket(10, 5);

    @Test
    void burst_is_granted_at_once_and_the_next_token_when_it_is_due() {
        TokenBucket.Decision first = bucket.take(bucket.full(1000), 1000, 8);
        assertEquals(new Verdict.Granted(5), first.verdict());

        TokenBucket.Decision early = bucket.take(first.next(), 1040, 1);
        assertEquals(new Verdict.Wait(Duration.ofMillis(60)), early.verdict());

        assertEquals(new Verdict.Granted(1), bucket.take(early.next(), 1100, 3).verdict());
    }

    @Test
    void clock_that_steps_back_creates_no_tokens() {
        TokenBucket.State state = bucket.take(bucket.full(1000), 1000, 5).next();
        for (int i = 0; i < 100; i++) {
            TokenBucket.Decision back = bucket.take(state, 0, 1);
            assertEquals(new Verdict.Wait(Duration.ofMillis(100)), back.verdict());
            TokenBucket.Decision forth = bucket.take(back.next(), 1000, 1);
            assertEquals(new Verdict.Wait(Duration.ofMillis(100)), forth.verdict());
            state = forth.next();
        }
    }

    @Test
    void one_token_in_a_day_names_a_wait_that_can_be_kept() {
        TokenBucket slow = TokenBucket.of(new Limit(1, Duration.ofDays(1), 1));
        TokenBucket.State spent = slow.take(slow.full(0), 0, 1).next();
        assertEquals(new Verdict.Wait(Duration.ofDays(1)), slow.take(spent, 0, 1).verdict());
    }

    @Test
    void every_window_admits_at_most_rate_times_window_and_burst() {
        for (int seed = 0; seed < 300; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            TokenBucket any =
                    new TokenBucket(0.5 + 200 * random.nextDouble(), 1 + 30 * random.nextDouble());
            TokenBucket.State state = any.full(0);
            List<long[]> grants = new ArrayList<>();
            long now = 0;
            for (int i = 0; i < 300; i++) {
                now += random.nextInt(30);
                // The clock the bucket sees is late by up to 50 ms now and then.
                long seen = random.nextInt(4) == 0 ? now - random.nextInt(50) : now;
                TokenBucket.Decision decision = any.take(state, seen, 1 + random.nextInt(4));
                state = decision.next();
                if (decision.verdict() instanceof Verdict.Granted(long tokens)) {
                    grants.add(new long[] {state.lastMillis(), tokens});
                }
            }
            for (int from = 0; from < grants.size(); from++) {
                long sum = 0;
                for (int to = from; to < grants.size(); to++) {
                    sum += grants.get(to)[1];
                    double seconds = (grants.get(to)[0] - grants.get(from)[0]) / 1000.0;
                    double bound = any.ratePerSecond() * seconds + any.burst() + 1e-6;
                    assertTrue(sum <= bound, "seed " + seed + ": " + sum + " > " + bound);
                }
            }
        }
    }

    @Test
    void impossible_limits_are_refused_with_the_condition() {
        assertRefused(
                "rate: -1.0 (expected: 0.001 to 1e9, or 0 for off)", -1, Duration.ofSeconds(1), 2);
        assertRefused(
                "rate: NaN (expected: 0.001 to 1e9, or 0 for off)", Double.NaN, Duration.ZERO, 2);
        assertRefused("window: PT0S (expected: 1 ms to 1 day)", 1, Duration.ZERO, 2);
        assertRefused(
                "burst-multiplier: 0.0 (expected: above 0, at most 1e6)",
                1,
                Duration.ofSeconds(1),
                0);
    }

    @Test
    void limit_speaks_in_seconds_and_its_burst_is_never_below_one_token() {
        Limit perMinute = new Limit(30, Duration.ofMinutes(1), 0.01);
        assertEquals(0.5, perMinute.perSecond());
        assertEquals(1, perMinute.burst());
        assertEquals(2000, RateLimitConfig.DEFAULTS.producer().burst());
        assertTrue(RateLimitConfig.DEFAULTS.node().isOff());
    }

    private static void assertRefused(String message, double rate, Duration window, double burst) {
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> new Limit(rate, window, burst));
        assertEquals(message, refused.getMessage());
    }
}
