package io.yardmaster.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventLoopsTest {
    /// What the JDK says of a virtual thread that runs: `VirtualThread[#31]/runnable@name`.
    private static String carrier() {
        String thread = Thread.currentThread().toString();
        return thread.substring(thread.indexOf('@') + 1);
    }

    private static String carrierOf(EventLoops loops) throws Exception {
        CompletableFuture<String> seen = new CompletableFuture<>();
        loops.threads()
                .newThread(() -> {
                    LockSupport.parkNanos(1_000_000); // and after a wait, too
                    seen.complete(carrier());
                })
                .start();
        return seen.get(20, TimeUnit.SECONDS);
    }

    @Test
    void threads_run_on_the_loops_in_turn() throws Exception {
        try (EventLoops loops = EventLoops.open("turn", 3)) {
            assertEquals(3, loops.size());
            Set<String> carriers = new TreeSet<>();
            var threads = loops.threads();
            for (int i = 0; i < 6; i++) {
                CompletableFuture<String> seen = new CompletableFuture<>();
                threads.newThread(() -> seen.complete(carrier())).start();
                carriers.add(seen.get(20, TimeUnit.SECONDS));
            }
            assertEquals(3, carriers.size(), carriers.toString());
            assertTrue(
                    carriers.stream().allMatch(name -> name.startsWith("turn-")),
                    carriers::toString);
        }
    }

    @Test
    void a_thread_that_waited_for_redis_goes_on_at_the_loop_that_read_the_answer()
            throws Exception {
        try (RedisFixture fixture = RedisFixture.start();
                EventLoops loops = EventLoops.open("read", 1)) {
            CompletableFuture<String> seen = new CompletableFuture<>();
            try (Redis redis =
                    Redis.connect(RedisConfig.of(fixture.uri()), FunctionLibrary.of(), loops)) {
                loops.threads()
                        .newThread(() -> {
                            redis.run(c -> c.set(Redis.bytes("k"), Redis.bytes("v")));
                            seen.complete(carrier());
                        })
                        .start();
                assertTrue(seen.get(20, TimeUnit.SECONDS).startsWith("read-"), seen::join);
            }
            // who closes a connection leaves the loops to others
            assertTrue(carrierOf(loops).startsWith("read-"));
        }
    }

    /// A lock is handed on in the order of asking: the loop asks second, behind a thread of its own
    /// that only the loop would run.
    @Test
    void a_loop_that_waits_for_a_lock_behind_one_of_its_own_threads_goes_on() throws Exception {
        ReentrantLock lock = new ReentrantLock();
        CompletableFuture<Void> thread = new CompletableFuture<>();
        CompletableFuture<Void> loop = new CompletableFuture<>();
        try (EventLoops loops = EventLoops.open("behind", 1)) {
            lock.lock();
            try {
                loops.threads().newThread(() -> taken(lock, thread)).start();
                until(() -> lock.getQueueLength() == 1);
                loops.group().execute(() -> taken(lock, loop));
                until(() -> lock.getQueueLength() == 2);
            } finally {
                lock.unlock();
            }
            thread.get(20, TimeUnit.SECONDS);
            loop.get(20, TimeUnit.SECONDS);
            String after = carrierOf(loops);
            assertTrue(after.matches("behind-\\d+-1"), "on the loop again, not at " + after);
        }
    }

    private static void taken(ReentrantLock lock, CompletableFuture<Void> told) {
        lock.lock();
        try {
            told.complete(null);
        } finally {
            lock.unlock();
        }
    }

    private static void until(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            Thread.onSpinWait();
        }
    }

    @Test
    void threads_of_a_loop_that_does_something_long_go_on_elsewhere() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        try (EventLoops loops = EventLoops.open("long", 1)) {
            loops.group().execute(() -> awaited(end));
            assertEquals("long-rescue", carrierOf(loops));
            end.countDown();
        }
    }

    private static void awaited(CountDownLatch end) {
        try {
            assertTrue(end.await(20, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 257})
    void a_number_of_loops_that_makes_no_sense_is_refused(int loops) {
        var refused =
                assertThrows(IllegalArgumentException.class, () -> EventLoops.open("many", loops));
        assertEquals("loops: " + loops + " (expected: 1 to 256)", refused.getMessage());
    }
}
