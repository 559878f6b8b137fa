package io.yardmaster.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class GroupCommitTest {
    private final List<List<Integer>> batches = new CopyOnWriteArrayList<>();
    private final Semaphore started = new Semaphore(0);
    private final Semaphore gate = new Semaphore(0);

    private List<String> gated(List<Integer> batch) {
        batches.add(batch);
        started.release();
        gate.acquireUninterruptibly();
        return batch.stream().map(i -> "answer " + i).toList();
    }

    private GroupCommit<Integer, String> commits(int limit, int most) {
        return new GroupCommit<>("test", limit, most, this::gated);
    }

    private static String answer(CompletableFuture<String> future) throws Exception {
        return future.get(10, TimeUnit.SECONDS);
    }

    @Test
    void what_comes_while_a_call_is_on_its_way_goes_together_in_order() throws Exception {
        try (GroupCommit<Integer, String> commits = commits(100, 3)) {
            List<CompletableFuture<String>> answers = new ArrayList<>();
            answers.add(commits.submit(0));
            started.acquire();
            IntStream.range(1, 6).forEach(i -> answers.add(commits.submit(i)));
            gate.release(10);
            for (int i = 0; i < 6; i++) {
                assertEquals("answer " + i, answer(answers.get(i)));
            }
        }
        assertEquals(List.of(List.of(0), List.of(1, 2, 3), List.of(4, 5)), batches);
    }

    @Test
    void failure_of_a_call_reaches_each_that_was_in_it_and_no_other() throws Exception {
        IllegalStateException failure = new IllegalStateException("planned");
        Semaphore first = new Semaphore(0);
        try (GroupCommit<Integer, String> commits =
                new GroupCommit<>(
                        "test",
                        100,
                        10,
                        batch -> {
                            started.release();
                            first.acquireUninterruptibly();
                            if (batch.contains(1)) {
                                throw failure;
                            }
                            return batch.stream().map(String::valueOf).toList();
                        })) {
            CompletableFuture<String> alone = commits.submit(0);
            started.acquire();
            CompletableFuture<String> one = commits.submit(1);
            CompletableFuture<String> two = commits.submit(2);
            first.release(9);
            assertEquals("0", answer(alone));
            for (CompletableFuture<String> each : List.of(one, two)) {
                assertSame(
                        failure,
                        assertThrows(ExecutionException.class, () -> answer(each)).getCause());
            }
            assertEquals("3", commits.call(3, Duration.ofSeconds(10)));
            assertSame(
                    failure,
                    assertThrows(
                            IllegalStateException.class,
                            () -> commits.call(1, Duration.ofSeconds(10))));
        }
    }

    @Test
    void error_in_a_call_does_not_end_the_calls_of_others() throws Exception {
        try (GroupCommit<Integer, String> commits =
                new GroupCommit<>(
                        "test",
                        100,
                        10,
                        batch -> {
                            if (batch.contains(0)) {
                                throw new AssertionError("planned");
                            }
                            return batch.stream().map(String::valueOf).toList();
                        })) {
            CompletableFuture<String> failed = commits.submit(0);
            assertThrows(ExecutionException.class, () -> answer(failed));
            assertEquals("1", answer(commits.submit(1)));
        }
    }

    @Test
    void too_few_answers_fail_those_that_got_none() throws Exception {
        try (GroupCommit<Integer, String> commits =
                new GroupCommit<>("test", 100, 10, _ -> List.of())) {
            CompletableFuture<String> failed = commits.submit(0);
            assertThrows(ExecutionException.class, () -> answer(failed));
        }
    }

    @Test
    void more_than_the_bound_are_refused_at_once() throws Exception {
        try (GroupCommit<Integer, String> commits = commits(2, 10)) {
            CompletableFuture<String> _ = commits.submit(0);
            started.acquire();
            CompletableFuture<String> _ = commits.submit(1);
            CompletableFuture<String> last = commits.submit(2);
            assertThrows(RejectedExecutionException.class, () -> commits.submit(3));
            gate.release(10);
            assertEquals("answer 2", answer(last));
            assertEquals("answer 4", commits.call(4, Duration.ofSeconds(10)));
        }
    }

    @Test
    void caller_waits_no_longer_than_it_said() {
        try (GroupCommit<Integer, String> commits = commits(2, 10)) {
            assertThrows(TimeoutException.class, () -> commits.call(0, Duration.ofMillis(1)));
            gate.release(10);
        }
    }

    @Test
    void close_carries_out_what_was_handed_in_and_refuses_what_comes_later() throws Exception {
        GroupCommit<Integer, String> commits = commits(100, 1);
        CompletableFuture<String> first = commits.submit(0);
        CompletableFuture<String> second = commits.submit(1);
        gate.release(10);
        commits.close();
        assertTrue(first.isDone() && second.isDone());
        assertEquals("answer 1", answer(second));
        assertThrows(RejectedExecutionException.class, () -> commits.submit(2));
    }

    @Test
    void everyone_who_was_let_in_while_it_closed_gets_an_answer() throws Exception {
        for (int round = 0; round < 20; round++) {
            GroupCommit<Integer, String> commits =
                    new GroupCommit<>(
                            "test",
                            10_000,
                            10,
                            batch -> batch.stream().map(String::valueOf).toList());
            List<CompletableFuture<String>> answers = new CopyOnWriteArrayList<>();
            Thread caller =
                    Thread.ofPlatform()
                            .start(() -> {
                                try {
                                    for (int i = 0; i < 5000; i++) {
                                        answers.add(commits.submit(i));
                                    }
                                } catch (RejectedExecutionException e) {
                                    // Closed.
                                }
                            });
            Thread.onSpinWait();
            commits.close();
            caller.join();
            for (CompletableFuture<String> each : answers) {
                assertFalse(answer(each).isEmpty());
            }
        }
    }
}
