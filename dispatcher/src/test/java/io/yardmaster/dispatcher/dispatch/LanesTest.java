package io.yardmaster.dispatcher.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.queue.Admission;
import io.yardmaster.queue.Offer;
import io.yardmaster.queue.Priority;
import io.yardmaster.queue.QueueDepth;
import io.yardmaster.queue.Shards;
import io.yardmaster.queue.WorkQueue;
import io.yardmaster.redis.Redis;
import io.yardmaster.redis.RedisConfig;
import io.yardmaster.redis.RedisFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// One replica and two shards, each on a Redis of its own.
class LanesTest {
    private static RedisFixture first;
    private static RedisFixture second;

    @BeforeAll
    static void start() {
        first = RedisFixture.start();
        second = RedisFixture.start();
        first.redis(Replica.library());
        second.redis(Replica.library());
    }

    @AfterAll
    static void stop() {
        first.close();
        second.close();
    }

    @BeforeEach
    void flush() {
        first.flush();
        second.flush();
    }

    private static Yard yard(String... settings) {
        return new Yard(first, LanesTest::onTwo, settings);
    }

    private static Replica.Parts onTwo(Replica.Parts parts) {
        Redis other =
                Redis.connect(
                        new RedisConfig(second.uri(), Duration.ofMillis(500)),
                        Replica.library(),
                        RedisFixture.LOOPS);
        Duration lease = Duration.ofSeconds(5);
        Shards shards =
                Shards.of(
                        new WorkQueue(parts.redis(), 0, "test", lease, System::nanoTime),
                        new WorkQueue(other, 1, "test", lease, System::nanoTime));
        return Yard.queued(parts, shards);
    }

    /// Puts requests at one of the shards, wherever their home is.
    private static void fill(Yard yard, int shard, String prefix, int count, Priority priority) {
        List<Offer> offers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            offers.add(Offer.of(Yard.request(prefix + i, priority)));
        }
        for (Admission admission : yard.parts.queue().all().get(shard).offer(offers)) {
            assertEquals(Admission.Queued.class, admission.getClass());
        }
    }

    private static long sent(List<ScriptedForwarder.Sent> all, String prefix) {
        return all.stream().filter(each -> each.id().startsWith(prefix)).count();
    }

    private static long succeeded(Yard yard) {
        return yard.parts.queue().depth().stream().mapToLong(QueueDepth::succeeded).sum();
    }

    @Test
    void shard_that_stands_still_holds_up_neither_takes_nor_settling_nor_offers_of_the_other()
            throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (Yard yard = yard().node("nuc", 4, "default")) {
            yard.nodes.when("nuc", ScriptedForwarder.after(gate));
            fill(yard, 0, "here", 60, Priority.NORMAL);
            fill(yard, 1, "away", 60, Priority.CRITICAL);
            yard.start();
            Yard.await("every slot is in use", () -> yard.nodes.sent.size() == 4);
            long stood = System.nanoTime();
            second.redis(Replica.library()).run(c -> c.clientPause(8000));
            gate.countDown();
            Yard.await("the other shard is worked off", () -> sent(yard.nodes.sent, "here") == 60);
            long took = (System.nanoTime() - stood) / 1_000_000;
            System.out.println("60 requests of the other shard took " + took + " ms");
            assertTrue(took < 7000, "the shard that stood still held them up for " + took + " ms");
            Yard.await("it is known", () -> yard.parts.queue().away(1));
            for (int i = 0; i < 40; i++) {
                String id = "free" + i;
                Offer unnamed =
                        new Offer(
                                Yard.request(id, Priority.NORMAL),
                                Duration.ZERO,
                                Duration.ZERO,
                                "",
                                false,
                                false);
                assertEquals(new Admission.Queued(id), yard.parts.intake().offer(unnamed));
            }
            Yard.await("it goes on where it stood", () -> succeeded(yard) == 160);
            assertEquals(160, yard.nodes.sent.size(), "somebody was sent twice");
        }
    }

    @Test
    void what_is_asked_of_one_shard_is_not_asked_of_another_too() throws Exception {
        AtomicInteger busy = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        try (Yard yard = yard().node("nuc", 5, "default")) {
            yard.nodes.when(
                    "nuc",
                    _ -> {
                        most.accumulateAndGet(busy.incrementAndGet(), Math::max);
                        Thread.sleep(2);
                        busy.decrementAndGet();
                        return ScriptedForwarder.status(200);
                    });
            fill(yard, 0, "a", 400, Priority.CRITICAL);
            fill(yard, 1, "b", 400, Priority.CRITICAL);
            yard.start();
            long putOff = 0;
            while (succeeded(yard) < 800) {
                // A request that finds no slot is given back for a moment, to the scheduled ones.
                for (QueueDepth depth : yard.parts.queue().depth()) {
                    putOff += depth.scheduled();
                }
            }
            assertEquals(0, putOff, "requests that were taken and had no slot");
            assertEquals(5, most.get(), "slots in use");
            // A Redis that is slow at the moment is asked less often, but in its turn.
            long of = sent(List.copyOf(yard.nodes.sent).subList(0, 400), "a");
            System.out.println("of the first 400, " + of + " were of the first shard");
            assertTrue(of > 40 && of < 360, "of the first shard: " + of);
        }
    }

    @Test
    void priorities_keep_their_shares_though_each_is_at_another_shard() {
        try (Yard yard = yard().node("nuc", 4, "default")) {
            yard.nodes.when(
                    "nuc",
                    _ -> {
                        Thread.sleep(2);
                        return ScriptedForwarder.status(200);
                    });
            fill(yard, 0, "low", 600, Priority.LOW);
            fill(yard, 1, "high", 600, Priority.HIGH);
            yard.start();
            Yard.await("500 are sent", () -> yard.nodes.sent.size() >= 500);
            long high = sent(List.copyOf(yard.nodes.sent).subList(0, 500), "high");
            System.out.println("of the first 500, " + high + " were high (0.8 to 0.2: 400)");
            assertEquals(400.0, (double) high, 50.0);
        }
    }
}
