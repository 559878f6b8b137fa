package io.yardmaster.queue;

import static io.yardmaster.queue.Yard.NORMAL;
import static io.yardmaster.redis.Redis.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.redis.RedisFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
            yard.pass(Duration.ofSeconds(6));
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

    private static void refusedForMemory(Runnable call) {
        RedisFailure.NotExecuted failure = assertThrows(RedisFailure.NotExecuted.class, call::run);
        assertTrue(failure.outOfMemory(), failure.getMessage());
    }

    /// The machine that runs the tests may be busy, and then any call is slow at times; a cost that
    /// grows with the backlog makes all of them slow.
    @Test
    void two_hundred_thousand_waiting_make_no_call_slow() {
        yard.redis.call("yard_configure", Yard.BASE, "max-size", 1_000_000);
        int number = 0;
        while (number < 200_000) {
            List<Offer> offers = new ArrayList<>(2000);
            for (int i = 0; i < 2000; i++) {
                offers.add(Yard.offer("a" + number++));
            }
            yard.queue.offer(offers);
        }
        Map<String, String> config = yard.redis.run(c -> c.configGet("slowlog-log-slower-than"));
        yard.redis.run(c -> c.configSet("slowlog-log-slower-than", "1000"));
        yard.redis.run(c -> c.slowlogReset());
        int rounds = 20;
        try {
            for (int round = 0; round < rounds; round++) {
                List<Lease> batch = yard.take(String.format("nonce%03d", round), 100);
                assertEquals(100, batch.size());
                yard.queue.renew(batch);
                yard.queue.settle(
                        batch.stream()
                                .map(lease ->
                                        new WorkQueue.Ending(lease, new Settlement.Succeeded("{}")))
                                .toList());
                yard.queue.cancel("a" + (100_000 + round));
                yard.queue.find("a" + (150_000 + round));
                yard.queue.tend(Duration.ofMillis(500), 100);
                assertEquals(1, yard.queue.depth().size());
            }
            Map<String, Integer> slow = new TreeMap<>();
            for (Object entry : yard.redis.run(c -> c.slowlogGet(1000))) {
                List<?> command = (List<?>) ((List<?>) entry).get(3);
                slow.merge(text((byte[]) command.get(1)), 1, Integer::sum);
            }
            assertTrue(
                    slow.values().stream().allMatch(times -> times <= rounds / 2),
                    "calls above 1 ms of " + rounds + ": " + slow);
        } finally {
            yard.redis.run(c ->
                    c.configSet(
                            "slowlog-log-slower-than",
                            config.getOrDefault("slowlog-log-slower-than", "10000")));
        }
        QueueDepth depth = yard.queue.depth().getFirst();
        assertEquals(200_000 - rounds * 101, depth.depth());
        assertEquals(
                200_000 - rounds * 100,
                yard.redis.run(c -> c.llen(Yard.key("q:default:normal"))).intValue());
    }
}
