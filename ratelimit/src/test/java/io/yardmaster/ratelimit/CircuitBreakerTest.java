package io.yardmaster.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class CircuitBreakerTest {

    private static final Duration LIMIT = Duration.ofSeconds(5);
    private static final Duration OPEN = Duration.ofSeconds(30);
    private static final RandomGenerator NO_JITTER = () -> 1L << 63; // nextDouble() is 0.5

    private final TestClock clock = new TestClock();
    private final Queue<String> changes = new ConcurrentLinkedQueue<>();
    private final CircuitBreaker breaker = breaker(BreakerConfig.DEFAULTS);

    private CircuitBreaker breaker(BreakerConfig config) {
        return new CircuitBreaker(
                "default",
                "pi",
                config,
                new CircuitBreaker.Surroundings(
                        clock,
                        NO_JITTER,
                        (_, _, from, to) -> changes.add(from.name() + " to " + to.name())));
    }

    private Permit admitted() {
        return assertInstanceOf(Admission.Admitted.class, breaker.acquire(LIMIT)).permit();
    }

    private Duration refused() {
        return assertInstanceOf(Admission.Refused.class, breaker.acquire(LIMIT)).retryAfter();
    }

    private void fail(int times) {
        for (int i = 0; i < times; i++) {
            admitted().failed();
        }
    }

    private void succeed(int times) {
        for (int i = 0; i < times; i++) {
            admitted().succeeded();
        }
    }

    private void assertChanges(String... expected) {
        assertEquals(List.of(expected), List.copyOf(changes));
    }

    @Test
    void half_of_ten_failing_opens_it_and_three_good_trials_close_it() {
        succeed(5);
        fail(4);
        assertEquals("closed", breaker.state().name());
        fail(1);
        assertEquals(OPEN, refused());
        assertFalse(breaker.wouldAdmit());

        clock.pass(OPEN);
        assertTrue(breaker.wouldAdmit());
        succeed(3);
        assertEquals("closed", breaker.state().name());
        assertChanges("closed to open", "open to half-open", "half-open to closed");
    }

    @Test
    void nine_failures_of_nine_are_too_few_to_judge() {
        fail(9);
        assertEquals("closed", breaker.state().name());
    }

    @Test
    void failures_older_than_the_window_are_forgotten_step_by_step() {
        fail(4);
        clock.pass(Duration.ofSeconds(5));
        fail(5);
        clock.pass(Duration.ofSeconds(6));
        fail(4); // five and four are in the window
        assertEquals("closed", breaker.state().name());
        fail(1);
        assertEquals("open", breaker.state().name());
    }

    @Test
    void first_failed_trial_reopens_it_twice_as_long_up_to_tenfold() {
        fail(10);
        for (int times : new int[] {1, 2, 4, 8, 10, 10}) {
            assertEquals(OPEN.multipliedBy(times), refused());
            clock.pass(OPEN.multipliedBy(times));
            Permit other = admitted();
            fail(1);
            other.succeeded(); // from before: not heard
        }
        assertEquals(OPEN.multipliedBy(10), refused());
        clock.pass(OPEN.multipliedBy(10));
        succeed(3);
        fail(10);
        assertEquals(OPEN, refused()); // closing forgot the growth
    }

    @Test
    void trials_at_once_are_as_many_as_configured() {
        fail(10);
        clock.pass(OPEN);
        List<Permit> trials = List.of(admitted(), admitted(), admitted());
        assertTrue(trials.stream().allMatch(Permit::trial));
        assertFalse(breaker.wouldAdmit());
        assertEquals(Duration.ofSeconds(1), refused());

        trials.get(0).ignored();
        trials.get(0).failed(); // already ended
        Permit replacement = admitted();
        refused();
        trials.get(1).succeeded();
        refused(); // three are spoken for
        trials.get(2).succeeded();
        replacement.succeeded();
        assertEquals("closed", breaker.state().name());
    }

    @Test
    void trial_that_never_reports_back_counts_as_failed_at_its_limit() {
        fail(10);
        clock.pass(OPEN);
        Permit lost = admitted();
        clock.pass(LIMIT);
        assertEquals("open", breaker.state().name());
        assertEquals(OPEN.multipliedBy(2), refused());
        lost.succeeded();
        assertEquals("open", breaker.state().name());
    }

    @Test
    void little_traffic_does_not_keep_a_good_node_half_open() {
        fail(10);
        clock.pass(OPEN);
        succeed(1);
        assertEquals("half-open", breaker.state().name());
        clock.pass(OPEN);
        assertEquals("closed", breaker.state().name());
    }

    @Test
    void trials_that_only_end_ignored_reopen_it_without_growth() {
        fail(10);
        clock.pass(OPEN);
        for (int i = 0; i < 29; i++) {
            admitted().ignored();
            clock.pass(Duration.ofSeconds(1));
        }
        assertEquals("half-open", breaker.state().name());
        clock.pass(Duration.ofSeconds(1));
        assertEquals(OPEN, refused());
    }

    @Test
    void answer_to_a_request_from_before_the_opening_is_not_heard() {
        Permit early = admitted();
        fail(10);
        clock.pass(OPEN);
        admitted().ignored();
        early.failed();
        assertEquals("half-open", breaker.state().name());
        succeed(3);
        early.failed();
        assertEquals("closed", breaker.state().name());
    }

    @Test
    void run_of_failures_opens_it_when_that_rule_is_on() {
        breaker.configure(new BreakerConfig(1, 1000, Duration.ofSeconds(10), OPEN, 3, 5));
        fail(4);
        succeed(1);
        fail(4);
        assertEquals("closed", breaker.state().name());
        fail(1);
        assertEquals("open", breaker.state().name());
    }

    @Test
    void hint_alone_opens_nothing_but_waives_the_minimum_for_its_time() {
        breaker.hint(Duration.ofSeconds(20));
        assertEquals("closed", breaker.state().name());
        clock.pass(Duration.ofSeconds(20));
        fail(1);
        assertEquals("closed", breaker.state().name());
        breaker.hint(Duration.ofSeconds(20)); // and now one failure is evidence enough
        assertEquals("open", breaker.state().name());
    }

    @Test
    void shorter_reset_timeout_shortens_an_open_period_under_way() {
        breaker.configure(
                new BreakerConfig(0.5, 10, Duration.ofSeconds(10), Duration.ofHours(10), 3, 0));
        fail(10);
        breaker.configure(BreakerConfig.DEFAULTS);
        assertEquals(Duration.ofSeconds(45), refused()); // 30 s with the most jitter
    }

    @Test
    void listener_that_throws_harms_nobody() {
        CircuitBreaker loud =
                new CircuitBreaker(
                        "default",
                        "pi",
                        BreakerConfig.DEFAULTS,
                        new CircuitBreaker.Surroundings(
                                clock,
                                NO_JITTER,
                                (_, _, _, _) -> {
                                    throw new IllegalStateException("thrown by the test");
                                }));
        for (int i = 0; i < 10; i++) {
            assertInstanceOf(Admission.Admitted.class, loud.acquire(LIMIT)).permit().failed();
        }
        assertEquals("open", loud.state().name());
    }

    @Test
    void many_threads_get_no_more_trials_than_configured_and_one_notice() throws Exception {
        for (int round = 0; round < 50; round++) {
            changes.clear();
            CircuitBreaker contended = breaker(BreakerConfig.DEFAULTS);
            List<Permit> early = new ArrayList<>();
            for (int i = 0; i < 32; i++) {
                early.add(
                        assertInstanceOf(Admission.Admitted.class, contended.acquire(LIMIT))
                                .permit());
            }
            AtomicInteger trials = new AtomicInteger();
            race(32, i -> early.get(i).failed());
            clock.pass(OPEN);
            race(
                    32,
                    _ -> {
                        if (contended.acquire(LIMIT) instanceof Admission.Admitted) {
                            trials.incrementAndGet();
                        }
                    });
            assertEquals(3, trials.get());
            assertChanges("closed to open", "open to half-open");
        }
    }

    private interface Racer {
        void run(int number);
    }

    private static void race(int racers, Racer racer) throws InterruptedException {
        CountDownLatch start = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(racers);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < racers; i++) {
                int number = i;
                threads.execute(() -> {
                    try {
                        start.await();
                        racer.run(number);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    } finally {
                        end.countDown();
                    }
                });
            }
            start.countDown();
            assertTrue(end.await(10, TimeUnit.SECONDS));
        }
    }

    @Test
    void impossible_rules_are_refused_with_the_condition() {
        IllegalArgumentException refused =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> new BreakerConfig(1.5, 10, Duration.ofSeconds(10), OPEN, 3, 0));
        assertEquals("error-threshold: 1.5 (expected: above 0, at most 1)", refused.getMessage());
    }
}
