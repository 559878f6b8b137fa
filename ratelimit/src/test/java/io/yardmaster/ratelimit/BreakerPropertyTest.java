package io.yardmaster.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BreakerPropertyTest {

    private static final int SEQUENCES = 100_000;
    private static final List<Permit.Outcome> OUTCOMES = List.of(Permit.Outcome.values());
    private static final Duration LIMIT = Duration.ofSeconds(1);

    private record Running(Permit permit, BreakerModel.Ticket ticket) {}

    @Test
    void random_sequences_end_as_the_plain_model_says_and_never_stay_half_open() {
        Map<String, Integer> seen = new HashMap<>();
        for (int seed = 0; seed < SEQUENCES; seed++) {
            play(seed, seen);
        }
        // Not vacuous: every state was met often.
        for (String state : List.of("closed", "open", "half-open")) {
            assertTrue(seen.getOrDefault(state, 0) > SEQUENCES, "seen: " + seen);
        }
    }

    private static void play(int seed, Map<String, Integer> seen) {
        SplittableRandom random = new SplittableRandom(seed);
        BreakerConfig config =
                new BreakerConfig(
                        0.25 * (1 + random.nextInt(4)), // quarters, so that it is met exactly
                        1 + random.nextInt(5),
                        Duration.ofSeconds(1),
                        Duration.ofMillis(1 + random.nextInt(2000)),
                        1 + random.nextInt(3),
                        random.nextInt(4));
        TestClock clock = new TestClock();
        CircuitBreaker breaker =
                new CircuitBreaker(
                        "default",
                        "pi",
                        config,
                        new CircuitBreaker.Surroundings(
                                clock, new SplittableRandom(seed), (_, _, _, _) -> {}));
        BreakerModel model = new BreakerModel(config, new SplittableRandom(seed));
        List<Running> running = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            int action = random.nextInt(10);
            if (action < 4) {
                acquire(breaker, model, clock, running);
            } else if (action < 8 && !running.isEmpty()) {
                Running ended = running.remove(random.nextInt(running.size()));
                end(ended, OUTCOMES.get(random.nextInt(3)), model, clock);
            } else if (action == 8 && !running.isEmpty()) {
                running.remove(random.nextInt(running.size())); // never reports back
            } else {
                clock.pass(Duration.ofMillis(random.nextInt(action == 9 ? 3000 : 100)));
            }
            String expected = model.mode(clock.getAsLong());
            String context = "seed " + seed + " step " + i;
            assertEquals(expected, breaker.state().name(), context);
            assertEquals(model.wouldAdmit(clock.getAsLong()), breaker.wouldAdmit(), context);
            seen.merge(expected, 1, Integer::sum);
        }
        leavesHalfOpen(seed, config, breaker, clock);
    }

    private static void acquire(
            CircuitBreaker breaker, BreakerModel model, TestClock clock, List<Running> running) {
        boolean expected = model.wouldAdmit(clock.getAsLong());
        switch (breaker.acquire(LIMIT)) {
            case Admission.Admitted(Permit permit) -> {
                assertTrue(expected);
                running.add(new Running(permit, model.acquire(clock.getAsLong(), LIMIT)));
            }
            case Admission.Refused(Duration retryAfter) -> {
                assertTrue(retryAfter.isPositive());
                assertEquals(false, expected);
            }
        }
    }

    private static void end(
            Running ended, Permit.Outcome outcome, BreakerModel model, TestClock clock) {
        end(ended.permit, outcome);
        model.end(ended.ticket, outcome, clock.getAsLong());
    }

    private static void end(Permit permit, Permit.Outcome outcome) {
        switch (outcome) {
            case SUCCEEDED -> permit.succeeded();
            case FAILED -> permit.failed();
            case IGNORED -> permit.ignored();
        }
    }

    /// From wherever the sequence ended, with only one kind of outcome (or none) from now on.
    private static void leavesHalfOpen(
            int seed, BreakerConfig config, CircuitBreaker breaker, TestClock clock) {
        int kind = seed % 4;
        if (!(breaker.state() instanceof BreakerState.HalfOpen begun)) {
            return;
        }
        Duration most = config.resetTimeout().plus(LIMIT);
        Duration step = most.dividedBy(50).plusNanos(1);
        for (int i = 0; i < 50; i++) {
            if (breaker.state().epoch() != begun.epoch()) {
                return;
            }
            if (breaker.acquire(LIMIT) instanceof Admission.Admitted(Permit permit) && kind < 3) {
                end(permit, OUTCOMES.get(kind));
            }
            clock.pass(step);
        }
        assertNotEquals(begun.epoch(), breaker.state().epoch(), "seed " + seed);
    }
}
