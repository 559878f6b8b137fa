package io.yardmaster.queue;

import static io.yardmaster.queue.Yard.NORMAL;
import static io.yardmaster.redis.Redis.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.redis.RedisFailure;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Redis without memory, and queues that are long.
class AdversityTest {
    private static Yard yard;

    @BeforeAll
    static void open() {
        yard = new Yard();
    }

    @AfterAll
    static void close() {
        yard.close();
    }

    @BeforeEach
    void clear() {
        yard.clear();
    }

    @Test
    void redis_without_memory_refuses_new_requests_and_works_off_the_old_ones() {
        yard.offered(3, "a", "b", "c", "d", "e", "f");
        List<Lease> batch = yard.take("nonce001", 4);
        Map<String, String> config = yard.redis.run(c -> c.configGet("maxmemory"));
        yard.redis.run(c -> c.configSet("maxmemory", "1mb"));
        try {
            String before = yard.state();
            refusedForMemory(() -> yard.queue.offer(List.of(Yard.offer("g"))));
            refusedForMemory(() -> yard.call("yard_enqueue", "ID", "g", "BODY", "x"));
            refusedForMemory(() ->
                    yard.queue.admitIngress(
                            0, List.of(new WorkQueue.Sorted.Good(Yard.offer("g"))), 9));
            assertEquals(before, yard.state());

            assertEquals(List.of(), yard.queue.renew(batch));
            assertEquals(
                    List.of(Settlement.Answer.OK, Settlement.Answer.OK, Settlement.Answer.OK),
                    yard.queue.settle(
                            List.of(
                                    new WorkQueue.Ending(
                                            batch.get(0), new Settlement.Succeeded("{}")),
                                    new WorkQueue.Ending(batch.get(1), new Settlement.Dead("{}")),
                                    new WorkQueue.Ending(
                                            batch.get(2),
                                            new Settlement.Retry(Duration.ofSeconds(1), "{}")))));
            assertEquals(1, yard.take("nonce002", 1).size());
            assertEquals(WorkQueue.Order.DONE, yard.queue.cancel("f"));
            assertEquals(1, yard.replica("r2").join());
            yard.redis.run(c -> c.configSet("maxmemory", "0"));
            yard.pass(Duration.ofSeconds(6));
            yard.redis.run(c -> c.configSet("maxmemory", "1mb"));
            WorkQueue.Tended tended = yard.queue.tend(Duration.ofMillis(500), 9);
            assertEquals("1 2", tended.promoted() + " " + tended.leasesLost());
            yard.queue.pause(NORMAL);
            yard.queue.resume(NORMAL);
            assertEquals(3, yard.take("nonce003", 9).size());
        } finally {
            yard.redis.run(c -> c.configSet("maxmemory", config.getOrDefault("maxmemory", "0")));
        }
        assertEquals(
                List.of(new Admission.Queued("g")), yard.queue.offer(List.of(Yard.offer("g"))));
    }

    @Test
    void redis_that_is_nearly_full_lets_nothing_in_and_everything_out() {
        yard.queue.configure(QueueConfig.defaults());
        yard.redis.call("yard_configure", Yard.BASE, "max-memory", "0.3");
        yard.queue.join();
        yard.offered("a", "b");
        Map<String, String> config = yard.redis.run(c -> c.configGet("maxmemory"));
        long used =
                Long.parseLong(
                        yard.redis
                                .run(c -> c.info("memory"))
                                .lines()
                                .filter(line -> line.startsWith("used_memory:"))
                                .map(line -> line.substring(line.indexOf(':') + 1))
                                .findFirst()
                                .orElseThrow());
        yard.redis.run(c -> c.configSet("maxmemory", Long.toString(used * 2)));
        try {
            assertTrue(tended().memoryFull());
            String before = yard.state();
            assertEquals(
                    List.of(new Admission.Duplicate("a"), new Admission.MemoryFull()),
                    yard.queue.offer(List.of(Yard.offer("a"), Yard.offer("g"))));
            assertEquals("[full ]", yard.call("yard_enqueue", "ID", "g", "BODY", "x"));
            assertEquals(before, yard.state());
            for (Lease lease : yard.take("nonce001", 2)) {
                assertEquals(
                        Settlement.Answer.OK, yard.settle(lease, new Settlement.Succeeded("{}")));
            }
            yard.redis.run(c -> c.configSet("maxmemory", Long.toString(used * 10)));
            assertEquals(false, tended().memoryFull());
            assertEquals(
                    List.of(new Admission.Queued("g")), yard.queue.offer(List.of(Yard.offer("g"))));
        } finally {
            yard.redis.run(c -> c.configSet(config));
        }
    }

    /// A second later: that often memory is looked at.
    private static WorkQueue.Tended tended() {
        yard.pass(Duration.ofSeconds(1));
        return yard.queue.tend(Duration.ZERO, 10);
    }

    private static void refusedForMemory(Runnable call) {
        RedisFailure.NotExecuted failure = assertThrows(RedisFailure.NotExecuted.class, call::run);
        assertTrue(failure.outOfMemory(), failure.getMessage());
    }

    /// The machine that runs the tests may be busy, and then any call is slow: what must not grow
    /// is the median.
    @Test
    void two_hundred_thousand_waiting_make_no_call_slower_than_two_thousand() {
        yard.redis.call("yard_configure", Yard.BASE, "max-size", 1_000_000);
        Map<String, String> config = yard.redis.run(c -> c.configGet("slowlog*"));
        yard.redis.run(c -> c.configSet("slowlog-log-slower-than", "0"));
        yard.redis.run(c -> c.configSet("slowlog-max-len", "10000"));
        try {
            fill(0, 3_000);
            Map<String, Long> few = leastMicros(0);
            fill(3_000, 200_000);
            Map<String, Long> many = leastMicros(ROUNDS);
            assertEquals(few.keySet(), many.keySet());
            many.forEach((function, micros) ->
                    assertTrue(
                            micros <= 2 * few.getOrDefault(function, 0L) + 200,
                            function + ": " + few + " grew to " + many));
            for (String function : List.of("yard_depth", "yard_find", "yard_cancel", "yard_tend")) {
                assertTrue(many.getOrDefault(function, 0L) < 1000, many.toString());
            }
        } finally {
            config.forEach((name, value) -> yard.redis.run(c -> c.configSet(name, value)));
        }
        QueueDepth depth = yard.queue.depth().getFirst();
        assertEquals(200_000 - 2 * ROUNDS * 101, depth.depth());
    }

    private static final int ROUNDS = 10;

    private static void fill(int from, int to) {
        for (int next = from; next < to; next += 1000) {
            yard.queue.offer(
                    IntStream.range(next, next + 1000).mapToObj(i -> Yard.offer("a" + i)).toList());
        }
    }

    /// Takes the first of the queue and cancels some of those behind them; the least server time of
    /// each function, which a busy machine changes least.
    private static Map<String, Long> leastMicros(int from) {
        yard.redis.run(c -> c.slowlogReset());
        for (int round = from; round < from + ROUNDS; round++) {
            List<Lease> batch = yard.take(String.format("nonce%03d", round), 100);
            assertEquals(100, batch.size());
            yard.queue.renew(batch);
            yard.queue.settle(
                    batch.stream()
                            .map(lease ->
                                    new WorkQueue.Ending(lease, new Settlement.Succeeded("{}")))
                            .toList());
            yard.queue.cancel("a" + (2100 + round));
            yard.queue.find("a" + (2200 + round));
            yard.queue.tend(Duration.ofMillis(500), 100);
            assertEquals(1, yard.queue.depth().size());
        }
        Map<String, Long> micros = new TreeMap<>();
        for (Object entry : yard.redis.run(c -> c.slowlogGet(10_000))) {
            List<?> fields = (List<?>) entry;
            List<?> command = (List<?>) fields.get(3);
            if (text((byte[]) command.getFirst()).equals("FCALL")) {
                micros.merge(text((byte[]) command.get(1)), (Long) fields.get(2), Math::min);
            }
        }
        return micros;
    }
}
