package io.yardmaster.queue;

import static io.yardmaster.queue.Yard.LOW;
import static io.yardmaster.queue.Yard.NORMAL;
import static io.yardmaster.queue.Yard.members;
import static io.yardmaster.redis.Redis.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Somebody else's type at each of our keys, one at a time: every function either answers and is
/// right, or says that the key is corrupt and changes nothing. None fails half-way.
class CorruptKeyTest {
    private static final Settlement SUCCEEDED = new Settlement.Succeeded("{}");
    private static Yard yard;

    @BeforeAll
    static void open() {
        yard = new Yard();
    }

    @AfterAll
    static void close() {
        yard.close();
    }

    private Lease normal;
    private Lease low;

    /// In both queues: one waiting, one in flight, one scheduled, one dead.
    @BeforeEach
    void fill() {
        yard.clear();
        yard.redis.call("yard_configure", Yard.BASE, "producer-rate", 1000, "producer-burst", 9);
        yard.queue.join();
        normal = filled(NORMAL, "n");
        low = filled(LOW, "l");
    }

    private static Lease filled(QueueName queue, String prefix) {
        for (String name : List.of("dead", "flying", "waits")) {
            yard.queue.offer(List.of(Yard.offer(prefix + name, queue)));
        }
        yard.queue.offer(
                List.of(
                        new Offer(
                                Yard.request(prefix + "later", queue, -1),
                                Duration.ofHours(1),
                                Duration.ZERO,
                                "",
                                false)));
        List<Lease> batch =
                yard.queue
                        .take(prefix + "once000", List.of(new Taken.Want(queue, 2, 0, 0)))
                        .leases();
        yard.settle(batch.get(0), new Settlement.Dead("{}"));
        return batch.get(1);
    }

    /// The key becomes a set, or a list where it is ours to be a set.
    private static void damaged(String key) {
        yard.redis.run(c -> c.del(Yard.key(key)));
        if (key.equals("queues")) {
            yard.redis.run(c -> c.rpush(Yard.key(key), bytes("foreign")));
        } else {
            yard.redis.run(c -> c.sadd(Yard.key(key), bytes("foreign")));
        }
    }

    /// All but the clock, which may go on.
    private static SortedMap<String, String> content() {
        SortedMap<String, String> content = new TreeMap<>(yard.fixture.content());
        content.remove(Yard.BASE + ":clock");
        return content;
    }

    /// What each function answers to a call that meets the normal queue.
    private Map<String, Runnable> functions() {
        Map<String, Runnable> calls = new TreeMap<>();
        Offer offer =
                new Offer(
                        Yard.request("new", NORMAL, -1), Duration.ZERO, Duration.ZERO, "p", false);
        calls.put("offer", () -> refusedOffer(yard.queue.offer(List.of(offer)).getFirst()));
        calls.put(
                "enqueue",
                () -> {
                    String answer = yard.call("yard_enqueue", "CLIENT", "p", "BODY", "x");
                    refused(answer.startsWith("[corrupt "));
                });
        calls.put(
                "ingress",
                () -> {
                    yard.queue.peekIngress(9, 99);
                    refused(
                            yard.queue
                                            .admitIngress(
                                                    0, List.of(new WorkQueue.Sorted.Good(offer)), 9)
                                            .admitted()
                                    == 0);
                });
        calls.put(
                "take",
                () -> {
                    Taken taken =
                            yard.queue.take("nonce777", List.of(new Taken.Want(NORMAL, 1, 1, 9)));
                    refused(
                            taken.left().get(NORMAL)
                                    instanceof Taken.Left(long _, Taken.Hold.Corrupt _));
                });
        calls.put("renew", () -> yard.queue.renew(List.of(normal)));
        calls.put(
                "settle",
                () -> refused(yard.settle(normal, SUCCEEDED) == Settlement.Answer.CORRUPT));
        calls.put("promote", () -> yard.queue.promote(9));
        calls.put("reclaim", () -> yard.queue.reclaim(9));
        calls.put("tend", () -> yard.queue.tend(Duration.ofSeconds(1), 9));
        calls.put("join", yard.queue::join);
        calls.put("leave", yard.replica("r9")::leave);
        calls.put("cancel", () -> yard.queue.cancel("nwaits"));
        calls.put("redrive", () -> yard.queue.redrive("ndead", "redrive1"));
        calls.put("drop", () -> yard.queue.drop("ndead"));
        calls.put("trim", () -> yard.queue.trim(NORMAL, Duration.ofHours(1), 9));
        calls.put("purge", () -> yard.queue.purge(NORMAL));
        calls.put("pause", () -> yard.queue.pause(NORMAL));
        calls.put("resume", () -> yard.queue.resume(NORMAL));
        calls.put("depth", () -> yard.queue.depth());
        calls.put("find", () -> yard.queue.find("nwaits"));
        calls.put("stored", () -> yard.queue.stored("nwaits"));
        calls.put("dead", () -> yard.queue.dead(NORMAL, 9, Optional.empty()));
        calls.put("configure", () -> yard.call("yard_configure", "max-body", "77"));
        return calls;
    }

    private static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private static void refused(boolean corrupt) {
        if (corrupt) {
            throw new Refused();
        }
    }

    private static void refusedOffer(Admission admission) {
        refused(admission instanceof Admission.Corrupt);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "q:default:normal",
                "n:default:normal",
                "dead:default:normal",
                "leases",
                "later",
                "queues",
                "config",
                "clock",
                "replicas",
                "ids",
                "in",
                "quarantine",
                "ingress",
                "tb:producer:p",
                "tb:service:default",
                "take:r1",
                "r:new",
                "o:new",
                "r:nwaits",
                "o:nwaits",
                "o:nflying",
                "o:ndead",
                "r:ndead"
            })
    void no_function_fails_half_way(String key) {
        boolean anyRefused = false;
        for (String function : functions().keySet()) {
            fill();
            if (function.equals("ingress") && !key.equals("in")) {
                yard.redis.run(c -> c.rpush(Yard.key("in"), bytes("{}")));
            }
            damaged(key);
            SortedMap<String, String> before = content();
            try {
                Objects.requireNonNull(functions().get(function)).run();
            } catch (Refused | CorruptKeyException e) {
                anyRefused = true;
                SortedMap<String, String> after = content();
                if (function.equals("ingress")) {
                    // What cannot be admitted goes to the end of the list.
                    before.remove(Yard.BASE + ":ingress");
                    after.remove(Yard.BASE + ":ingress");
                }
                if (function.equals("enqueue")) {
                    // The counter of generated ids may go on.
                    after.remove(Yard.BASE + ":ids");
                    before.remove(Yard.BASE + ":ids");
                }
                assertEquals(before, after, function + " changed something");
            }
        }
        assertTrue(anyRefused, "nobody noticed " + key);
    }

    @ParameterizedTest
    @ValueSource(strings = {"q:default:normal", "n:default:normal", "dead:default:normal"})
    void corrupt_queue_holds_up_no_other(String key) {
        yard.pass(Duration.ofSeconds(1));
        damaged(key);
        List<Taken.Want> wants =
                List.of(new Taken.Want(NORMAL, 9, 0, 0), new Taken.Want(LOW, 9, 0, 0));
        Taken taken = yard.queue.take("nonce777", wants);
        assertEquals("lwaits.1|nonce777", members(taken.leases()));
        assertEquals(
                new Taken.Left(0, new Taken.Hold.Corrupt(Yard.BASE + ":" + key)),
                taken.left().get(NORMAL));
        assertEquals(
                List.of(Settlement.Answer.CORRUPT, Settlement.Answer.OK),
                yard.queue.settle(
                        List.of(
                                new WorkQueue.Ending(normal, SUCCEEDED),
                                new WorkQueue.Ending(low, SUCCEEDED))));
        assertEquals(List.of(LOW), yard.queue.depth().stream().map(QueueDepth::queue).toList());
        yard.stepWallClock(Duration.ofHours(2));
        WorkQueue.Tended tended = yard.queue.tend(Duration.ofHours(2), 9);
        assertEquals("1 1", tended.promoted() + " " + tended.leasesLost());
        assertFalse(yard.queue.tend(Duration.ofMillis(1), 1).leasesLost() > 0);
        yard.redis.run(c -> c.del(Yard.key(key)));
        yard.pass(Duration.ofSeconds(2));
        tended = yard.queue.tend(Duration.ofMillis(1), 9);
        assertEquals("1 1", tended.promoted() + " " + tended.leasesLost());
    }

    @Test
    void corrupt_configuration_keeps_nothing_in_flight_from_ending() {
        damaged("config");
        assertEquals(Settlement.Answer.OK, yard.settle(normal, SUCCEEDED));
        yard.pass(Duration.ofSeconds(6));
        assertEquals(1, yard.queue.reclaim(9));
    }
}
