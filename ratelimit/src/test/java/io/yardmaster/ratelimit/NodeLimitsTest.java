package io.yardmaster.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class NodeLimitsTest {

    private static final Limit HUNDRED = new Limit(100, Duration.ofSeconds(1), 1);

    private final TestClock clock = new TestClock();
    private final LocalTokens shared = new LocalTokens(clock);

    private NodeLimits limits(Limit limit, int replicas) {
        return new NodeLimits(limit, replicas, shared, clock);
    }

    private static int spendAll(NodeLimits limits) {
        int spent = 0;
        while (limits.admits("pi") && limits.spend("pi")) {
            spent++;
        }
        return spent;
    }

    @Test
    void limit_that_is_off_asks_nobody() {
        NodeLimits off = limits(Limit.OFF, 1);
        assertTrue(off.admits("pi"));
        assertTrue(off.spend("pi"));
        assertEquals(Optional.empty(), off.retryAfter("pi"));
        assertEquals(0, shared.calls.get());
    }

    @Test
    void lots_save_calls_and_a_denial_is_remembered_until_a_token_is_due() {
        NodeLimits one = limits(HUNDRED, 1);
        assertEquals(100, spendAll(one));
        // Lots of 100 / 20 = 5, and one refusal that later questions do not repeat.
        assertEquals(21, shared.calls.get());
        assertFalse(one.admits("pi"));
        assertEquals(Optional.of(Duration.ofMillis(10)), one.retryAfter("pi"));
        assertEquals(21, shared.calls.get());

        clock.pass(Duration.ofMillis(10));
        assertEquals(Optional.empty(), one.retryAfter("pi"));
        assertEquals(1, spendAll(one));
    }

    @Test
    void nodes_do_not_share_tokens() {
        NodeLimits one = limits(HUNDRED, 1);
        spendAll(one);
        assertTrue(one.admits("nuc"));
    }

    @Test
    void raised_limit_ends_a_remembered_denial() {
        NodeLimits one = limits(new Limit(1, Duration.ofHours(1), 1), 1);
        assertEquals(1, spendAll(one));
        one.setLimit(Limit.OFF);
        assertTrue(one.spend("pi"));
        one.setLimit(HUNDRED);
        clock.pass(Duration.ofSeconds(1));
        assertEquals(100, spendAll(one));
    }

    @Test
    void replica_that_cannot_reach_redis_keeps_to_its_share_and_comes_back() {
        NodeLimits one = limits(HUNDRED, 4);
        shared.gone.set(true);
        assertEquals(0, spendAll(one)); // nothing saved up
        int spent = 0;
        for (int i = 0; i < 1000; i++) {
            clock.pass(Duration.ofMillis(10));
            spent += spendAll(one);
        }
        assertEquals(250, spent); // 10 s at 100 / 4
        assertTrue(shared.calls.get() <= 12, "tried once a second: " + shared.calls.get());

        shared.gone.set(false);
        clock.pass(Duration.ofSeconds(2));
        assertTrue(spendAll(one) >= 100);
    }

    @Test
    void replicas_together_admit_at_most_rate_burst_and_their_lots_in_any_window() {
        for (int seed = 0; seed < 20; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            List<NodeLimits> replicas = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                replicas.add(new NodeLimits(HUNDRED, 5, new Named(shared, "pi-" + seed), clock));
            }
            List<Long> spentAt = new ArrayList<>();
            for (int i = 0; i < 3000; i++) {
                clock.pass(Duration.ofNanos(random.nextInt(6_000_000)));
                NodeLimits any = replicas.get(random.nextInt(5));
                if (any.admits("pi") && any.spend("pi")) {
                    spentAt.add(clock.getAsLong());
                }
            }
            int lots = 5; // five lots of one: 100 / (20 * 5)
            for (int from = 0; from < spentAt.size(); from++) {
                for (int to = from; to < spentAt.size(); to++) {
                    // The bucket counts in whole milliseconds.
                    double seconds = (spentAt.get(to) - spentAt.get(from)) / 1e9 + 0.001;
                    assertTrue(to - from + 1 <= 100 * seconds + 100 + lots, "seed " + seed);
                }
            }
        }
    }

    @Test
    void last_token_goes_to_one_of_many_threads() throws Exception {
        NodeLimits one = limits(HUNDRED, 1);
        int spent = 0;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> tries = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                tries.add(threads.submit(() -> one.admits("pi") && one.spend("pi")));
            }
            for (Future<Boolean> tried : tries) {
                spent += tried.get() ? 1 : 0;
            }
        } catch (ExecutionException e) {
            throw new AssertionError(e);
        }
        assertEquals(100, spent);
    }

    /// Gives each seed a bucket of its own.
    private record Named(SharedTokens shared, String name) implements SharedTokens {
        @Override
        public Verdict draw(Scope scope, String ignored, Limit limit, long want) {
            return shared.draw(scope, name, limit, want);
        }
    }

    @Test
    void hold_is_told_for_a_moment_after_the_next_token_is_due_and_asks_nobody() {
        NodeLimits one = limits(HUNDRED, 1);
        assertEquals(Optional.empty(), one.holds("pi"));
        spendAll(one);
        int calls = shared.calls.get();
        assertEquals(Optional.of(Duration.ofMillis(10)), one.holds("pi"));
        clock.pass(Duration.ofMillis(500));
        assertEquals(Optional.of(Duration.ZERO), one.holds("pi"));
        clock.pass(Duration.ofSeconds(1));
        assertEquals(Optional.empty(), one.holds("pi"));
        assertEquals(calls, shared.calls.get());
    }
}
