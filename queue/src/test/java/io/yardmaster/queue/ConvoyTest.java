package io.yardmaster.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.redis.RedisFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ConvoyTest {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final List<List<Integer>> batches = new CopyOnWriteArrayList<>();
    private final Semaphore started = new Semaphore(0);
    private final Semaphore gate = new Semaphore(0);
    private final AtomicLong now = new AtomicLong();

    private List<String> gated(List<Integer> batch) {
        batches.add(List.copyOf(batch));
        started.release();
        gate.acquireUninterruptibly();
        return answers(batch);
    }

    private static List<String> answers(List<Integer> batch) {
        return batch.stream().map(i -> "answer " + i).toList();
    }

    /// One call at a time.
    private Convoy<Integer, String> convoy(int limit, int most) {
        return convoy(limit, most, 1, this::gated);
    }

    private Convoy<Integer, String> convoy(
            int limit, int most, int calls, Function<List<Integer>, List<String>> call) {
        return new Convoy<>(new Convoy.Bounds(limit, most, calls, PATIENCE), now::get, call);
    }

    /// A caller on a thread of its own, which waits for its turn or makes a call by now.
    private record Caller(Thread thread, CompletableFuture<List<String>> answers) {
        static Caller of(Convoy<Integer, String> convoy, Integer... items) {
            CompletableFuture<List<String>> answers = new CompletableFuture<>();
            Thread thread =
                    Thread.ofPlatform()
                            .start(() -> {
                                try {
                                    answers.complete(convoy.call(List.of(items)));
                                } catch (Exception e) {
                                    answers.completeExceptionally(e);
                                }
                            });
            while (thread.getState() != Thread.State.WAITING && !answers.isDone()) {
                Thread.onSpinWait();
            }
            return new Caller(thread, answers);
        }

        List<String> answer() throws Exception {
            return answers.get(10, TimeUnit.SECONDS);
        }

        Throwable failure() {
            return Objects.requireNonNull(
                    assertThrows(ExecutionException.class, this::answer).getCause());
        }
    }

    @Test
    void what_comes_while_a_call_is_on_its_way_goes_together_in_order() throws Exception {
        try (Convoy<Integer, String> convoy = convoy(100, 3)) {
            List<Caller> callers = new ArrayList<>();
            IntStream.range(0, 6).forEach(i -> callers.add(Caller.of(convoy, i)));
            gate.release(10);
            for (int i = 0; i < 6; i++) {
                assertEquals(List.of("answer " + i), callers.get(i).answer());
            }
        }
        assertEquals(List.of(List.of(0), List.of(1, 2, 3), List.of(4, 5)), batches);
    }

    @Test
    void what_a_caller_hands_in_stays_together_and_each_gets_its_own_answers() throws Exception {
        try (Convoy<Integer, String> convoy = convoy(100, 4)) {
            List<Caller> callers =
                    List.of(
                            Caller.of(convoy, 0),
                            Caller.of(convoy, 1, 2),
                            Caller.of(convoy, 3),
                            Caller.of(convoy, 4, 5),
                            Caller.of(convoy, 6, 7, 8, 9, 10));
            gate.release(10);
            assertEquals(List.of("answer 0"), callers.get(0).answer());
            assertEquals(List.of("answer 1", "answer 2"), callers.get(1).answer());
            assertEquals(List.of("answer 3"), callers.get(2).answer());
            assertEquals(List.of("answer 4", "answer 5"), callers.get(3).answer());
            assertEquals(5, callers.get(4).answer().size(), "more than usual, in one call");
        }
        assertEquals(
                List.of(List.of(0), List.of(1, 2, 3), List.of(4, 5), List.of(6, 7, 8, 9, 10)),
                batches);
    }

    @Test
    void calls_go_beside_another_only_when_they_are_full_and_not_too_many() throws Exception {
        try (Convoy<Integer, String> convoy = convoy(100, 2, 2, this::gated)) {
            List<Caller> callers = new ArrayList<>();
            IntStream.range(0, 5).forEach(i -> callers.add(Caller.of(convoy, i)));
            started.acquire(2);
            assertEquals(List.of(List.of(0), List.of(1, 2)), batches);
            gate.release();
            started.acquire();
            assertEquals(List.of(3, 4), batches.get(2));
            callers.add(Caller.of(convoy, 5));
            gate.release();
            gate.release(10);
            for (int i = 0; i < 6; i++) {
                assertEquals(List.of("answer " + i), callers.get(i).answer());
            }
        }
        assertEquals(List.of(5), batches.get(3));
    }

    @Test
    void failure_of_a_call_reaches_each_that_was_in_it_and_no_other() throws Exception {
        IllegalStateException failure = new IllegalStateException("planned");
        try (Convoy<Integer, String> convoy =
                convoy(
                        100,
                        2,
                        1,
                        batch -> {
                            List<String> answers = gated(batch);
                            if (batch.contains(1)) {
                                throw failure;
                            }
                            return answers;
                        })) {
            Caller alone = Caller.of(convoy, 0);
            Caller one = Caller.of(convoy, 1);
            Caller two = Caller.of(convoy, 2);
            Caller three = Caller.of(convoy, 3);
            gate.release(10);
            assertEquals(List.of("answer 0"), alone.answer());
            assertSame(failure, one.failure());
            assertSame(failure, two.failure());
            assertEquals(List.of("answer 3"), three.answer());
            assertSame(
                    failure,
                    assertThrows(IllegalStateException.class, () -> convoy.call(List.of(1))));
        }
    }

    @Test
    void error_in_a_call_does_not_end_the_calls_of_others() throws Exception {
        try (Convoy<Integer, String> convoy =
                convoy(
                        100,
                        2,
                        1,
                        batch -> {
                            List<String> answers = gated(batch);
                            if (batch.contains(1)) {
                                throw new AssertionError("planned");
                            }
                            return answers;
                        })) {
            Caller first = Caller.of(convoy, 0);
            Caller failed = Caller.of(convoy, 1);
            Caller beside = Caller.of(convoy, 2);
            Caller later = Caller.of(convoy, 3);
            gate.release(10);
            assertEquals(List.of("answer 0"), first.answer());
            assertInstanceOf(IllegalStateException.class, failed.failure());
            assertInstanceOf(IllegalStateException.class, beside.failure());
            assertEquals(List.of("answer 3"), later.answer());
        }
    }

    @Test
    void too_few_answers_fail_those_that_got_none() {
        try (Convoy<Integer, String> convoy = convoy(100, 10, 1, _ -> List.of())) {
            assertThrows(IllegalStateException.class, () -> convoy.call(List.of(0)));
            assertThrows(IllegalStateException.class, () -> convoy.call(List.of(1)));
        }
    }

    @Test
    void more_than_the_bound_are_refused_at_once() throws Exception {
        try (Convoy<Integer, String> convoy = convoy(2, 10)) {
            Caller _ = Caller.of(convoy, 0);
            Caller _ = Caller.of(convoy, 1);
            Caller last = Caller.of(convoy, 2);
            assertThrows(RejectedExecutionException.class, () -> convoy.call(List.of(3)));
            gate.release(10);
            assertEquals(List.of("answer 2"), last.answer());
            assertEquals(List.of("answer 4"), convoy.call(List.of(4)));
        }
    }

    @Test
    void who_waited_too_long_is_not_sent() throws Exception {
        try (Convoy<Integer, String> convoy = convoy(100, 10)) {
            Caller slow = Caller.of(convoy, 0);
            Caller late = Caller.of(convoy, 1);
            now.addAndGet(PATIENCE.toNanos() + 1);
            Caller inTime = Caller.of(convoy, 2);
            gate.release(10);
            assertEquals(List.of("answer 0"), slow.answer());
            assertInstanceOf(RedisFailure.NotExecuted.class, late.failure());
            assertEquals(List.of("answer 2"), inTime.answer());
        }
        assertEquals(List.of(List.of(0), List.of(2)), batches);
    }

    @Test
    void caller_that_leaves_keeps_no_other_from_being_carried_out() throws Exception {
        try (Convoy<Integer, String> convoy = convoy(100, 10)) {
            Caller first = Caller.of(convoy, 0);
            Caller leaving = Caller.of(convoy, 1);
            Caller staying = Caller.of(convoy, 2);
            leaving.thread().interrupt();
            assertInstanceOf(InterruptedException.class, leaving.failure());
            gate.release(10);
            assertEquals(List.of("answer 0"), first.answer());
            assertEquals(List.of("answer 2"), staying.answer());
            assertEquals(List.of("answer 3"), convoy.call(List.of(3)));
        }
    }

    @Test
    void callers_that_leave_at_any_moment_keep_no_other_from_being_carried_out() throws Exception {
        try (Convoy<Integer, String> convoy = convoy(1000, 4, 2, ConvoyTest::answers)) {
            for (int round = 0; round < 300; round++) {
                List<Thread> leaving = new ArrayList<>();
                List<Thread> staying = new ArrayList<>();
                List<List<String>> answered = new CopyOnWriteArrayList<>();
                for (int i = 0; i < 8; i++) {
                    int item = i;
                    (i % 2 == 0 ? staying : leaving)
                            .add(
                                    Thread.startVirtualThread(() -> {
                                        try {
                                            answered.add(convoy.call(List.of(item)));
                                        } catch (InterruptedException e) {
                                            // It left.
                                        }
                                    }));
                }
                leaving.forEach(Thread::interrupt);
                for (Thread thread : staying) {
                    thread.join();
                }
                assertTrue(
                        answered.containsAll(
                                List.of(
                                        List.of("answer 0"),
                                        List.of("answer 2"),
                                        List.of("answer 4"),
                                        List.of("answer 6"))));
                for (Thread thread : leaving) {
                    thread.join();
                }
            }
        }
    }

    @Test
    void close_carries_out_what_was_handed_in_and_refuses_what_comes_later() throws Exception {
        Convoy<Integer, String> convoy = convoy(100, 1);
        Caller first = Caller.of(convoy, 0);
        Caller second = Caller.of(convoy, 1);
        gate.release(10);
        convoy.close();
        assertEquals(List.of("answer 0"), first.answer());
        assertEquals(List.of("answer 1"), second.answer());
        assertThrows(RejectedExecutionException.class, () -> convoy.call(List.of(2)));
    }

    @Test
    void everyone_who_was_let_in_while_it_closed_gets_an_answer() throws Exception {
        for (int round = 0; round < 20; round++) {
            Convoy<Integer, String> convoy = convoy(10_000, 10, 2, ConvoyTest::answers);
            List<Thread> callers = new ArrayList<>();
            List<String> odd = new CopyOnWriteArrayList<>();
            for (int caller = 0; caller < 20; caller++) {
                callers.add(
                        Thread.startVirtualThread(() -> {
                            try {
                                for (int i = 0; i < 500; i++) {
                                    List<String> answers = convoy.call(List.of(i));
                                    if (!answers.equals(List.of("answer " + i))) {
                                        odd.add(answers + " for " + i);
                                    }
                                }
                            } catch (RejectedExecutionException e) {
                                // Closed.
                            } catch (InterruptedException | RuntimeException e) {
                                odd.add(e.toString());
                            }
                        }));
            }
            Thread.onSpinWait();
            convoy.close();
            for (Thread caller : callers) {
                caller.join(Duration.ofSeconds(10));
                assertFalse(caller.isAlive());
            }
            assertEquals(List.of(), odd);
        }
    }
}
