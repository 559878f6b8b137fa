package io.yardmaster.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
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

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 257})
    void a_number_of_loops_that_makes_no_sense_is_refused(int loops) {
        var refused =
                assertThrows(IllegalArgumentException.class, () -> EventLoops.open("many", loops));
        assertEquals("loops: " + loops + " (expected: 1 to 256)", refused.getMessage());
    }
}
