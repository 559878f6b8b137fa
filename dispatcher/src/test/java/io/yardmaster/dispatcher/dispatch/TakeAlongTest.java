package io.yardmaster.dispatcher.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.queue.Found;
import io.yardmaster.queue.Offer;
import io.yardmaster.queue.Priority;
import io.yardmaster.queue.QueueName;
import io.yardmaster.queue.Shards;
import io.yardmaster.queue.WorkQueue;
import io.yardmaster.redis.Redis;
import io.yardmaster.redis.RedisConfig;
import io.yardmaster.redis.RedisFailure;
import io.yardmaster.redis.RedisFixture;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What comes by a quiet replica's own door is taken in the call that brings it.
class TakeAlongTest {
    private static final Duration PATIENT = Duration.ofMillis(400);
    private static RedisFixture fixture;

    private final Map<String, Integer> calls = new ConcurrentSkipListMap<>();
    private Redis redis;

    @BeforeAll
    static void start() {
        fixture = RedisFixture.start();
        fixture.redis(Replica.library());
    }

    @AfterAll
    static void stop() {
        fixture.close();
    }

    @BeforeEach
    void connect() {
        fixture.flush();
        redis =
                Redis.connect(
                        new RedisConfig(fixture.uri(), PATIENT),
                        Replica.library(),
                        RedisFixture.LOOPS);
        redis.onCall((function, _) -> calls.merge(function, 1, Integer::sum));
    }

    @AfterEach
    void disconnect() {
        redis.close();
    }

    /// The queue alone is on the connection whose calls are counted.
    private Replica.Parts counted(Replica.Parts parts) {
        Shards shards =
                Shards.of(new WorkQueue(redis, 0, "test", Duration.ofSeconds(5), System::nanoTime));
        return Yard.queued(parts, shards);
    }

    private Yard yard(String... settings) {
        return new Yard(fixture, this::counted, settings);
    }

    private Map<String, Integer> calls() {
        Map<String, Integer> seen = new TreeMap<>(calls);
        seen.keySet().retainAll(List.of("yard_offer_packed", "yard_offer_take", "yard_take_plain"));
        return seen;
    }

    /// A replica takes along for queues that it has heard of.
    private void makeKnown(Yard yard) throws InterruptedException {
        yard.enqueue("known");
        yard.end("known");
        Yard.await("it is settled here, too", () -> yard.replica.held().size() == 0);
        calls.clear();
    }

    private static List<String> sent(Yard yard) {
        return yard.nodes.sent.stream().map(ScriptedForwarder.Sent::id).toList();
    }

    @Test
    void request_that_meets_a_quiet_replica_costs_one_call_until_it_is_at_its_node()
            throws Exception {
        try (Yard yard = yard().node("nuc", 4, "default").start()) {
            makeKnown(yard);
            for (String id : List.of("a", "b", "c")) {
                yard.enqueue(id);
                Yard.await("its end", () -> yard.parts.queue().find(id) instanceof Found.Settled);
            }
            assertEquals(List.of("known", "a", "b", "c"), sent(yard));
            assertEquals(Map.of("yard_offer_take", 3), calls());
        }
    }

    @Test
    void request_that_finds_no_free_slot_waits_in_the_queue_and_wakes_others() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (Yard yard = yard().node("nuc", 1, "default").start()) {
            makeKnown(yard);
            yard.nodes.when("nuc", ScriptedForwarder.after(gate));
            yard.enqueue("first");
            Yard.await("it is at the node", () -> yard.nodes.sent.size() == 2);
            yard.enqueue("second");
            yard.enqueue("third");
            assertEquals(1, calls().get("yard_offer_take"));
            assertEquals(2, calls().get("yard_offer_packed"));
            gate.countDown();
            yard.end("third");
            assertEquals(List.of("known", "first", "second", "third"), sent(yard));
        }
    }

    @Test
    void paused_queue_gives_nothing_to_who_brings_something() throws Exception {
        try (Yard yard = yard().node("nuc", 4, "default").start()) {
            QueueName normal = new QueueName("default", Priority.NORMAL);
            yard.parts.queue().pause(normal);
            yard.enqueue("a");
            yard.enqueue("b");
            assertEquals(List.of(), sent(yard));
            yard.parts.queue().resume(normal);
            yard.end("b");
            assertEquals(List.of("a", "b"), sent(yard));
        }
    }

    @Test
    void many_that_come_at_once_are_all_sent_and_none_twice() throws Exception {
        try (Yard yard = yard().node("nuc", 8, "default").start()) {
            List<Offer> offers =
                    IntStream.range(0, 300)
                            .mapToObj(i -> Offer.of(Yard.request("r" + i, Priority.NORMAL)))
                            .toList();
            List<Thread> producers =
                    offers.stream()
                            .map(offer ->
                                    Thread.startVirtualThread(() -> {
                                        try {
                                            yard.parts.intake().offer(offer);
                                        } catch (InterruptedException e) {
                                            Thread.currentThread().interrupt();
                                        }
                                    }))
                            .toList();
            for (Thread producer : producers) {
                producer.join();
            }
            Yard.await("all have ended", () -> succeeded(yard) == 300);
            assertEquals(300, sent(yard).stream().distinct().count());
            assertEquals(300, sent(yard).size(), "sent twice");
        }
    }

    private static long succeeded(Yard yard) {
        return yard.parts.queue().depth().getFirst().succeeded();
    }

    @Test
    void request_whose_producer_got_no_answer_is_sent_by_who_leased_it_and_its_slot_is_not_lost()
            throws Exception {
        try (Yard yard = yard().node("nuc", 1, "default").start()) {
            makeKnown(yard);
            fixture.redis(Replica.library()).run(c -> c.clientPause(PATIENT.toMillis() * 3));
            assertThrows(RedisFailure.Unknown.class, () -> yard.enqueue("a"));
            Yard.await("it has ended", () -> hasEnded(yard, "a"));
            assertEquals(List.of("known", "a"), sent(yard));
            assertTrue(calls().containsKey("yard_offer_take"), "it went along");
            assertEquals(
                    1L,
                    attempts(yard, "a"),
                    "attempts: the same lease is answered again, no second one is begun");
            yard.enqueue("b");
            yard.end("b");
        }
    }

    private static boolean hasEnded(Yard yard, String id) {
        try {
            return yard.parts.queue().find(id) instanceof Found.Settled;
        } catch (RedisFailure e) {
            return false; // still away
        }
    }

    private static long attempts(Yard yard, String id) {
        return yard.parts.queue().find(id) instanceof Found.Settled(Found.End _, String json)
                ? json.split("\"attempt\":", -1).length - 1
                : 0;
    }
}
