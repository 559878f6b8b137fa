package io.yardmaster.queue;

import static io.yardmaster.queue.Yard.LOW;
import static io.yardmaster.queue.Yard.NORMAL;
import static io.yardmaster.redis.Redis.bytes;
import static io.yardmaster.redis.Redis.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Damage done by other hands to a shard that holds requests in every state: one pass mends it, the
/// next finds nothing, and then every request ends exactly once.
class AuditTest {
    private static Yard yard;

    private Audit audit = audit("r1");
    private int configured;
    private final Map<String, Long> told = new TreeMap<>();

    @BeforeAll
    static void open() {
        yard = new Yard();
    }

    @AfterAll
    static void close() {
        yard.close();
    }

    private Audit audit(String replica) {
        return new Audit(
                yard.redis,
                0,
                replica,
                Yard.LEASE,
                new Audit.Pace(Duration.ofSeconds(20), () -> 0, _ -> {}),
                new SplittableRandom(1),
                new Audit.Listener() {
                    @Override
                    public void configurationGone() {
                        configured++;
                        yard.queue.configure(QueueConfig.defaults());
                    }

                    @Override
                    public void repaired(Repair kind, long count) {
                        told.merge(kind.text(), count, Long::sum);
                    }
                });
    }

    private AuditReport pass() {
        try {
            return audit.pass().orElseThrow();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /// In each of two queues: three wait, one is scheduled, two are in flight, one is dead, one has
    /// succeeded, one was cancelled while it waited. The second queue is paused.
    @BeforeEach
    void fill() {
        yard.clear();
        yard.queue.configure(QueueConfig.defaults());
        yard.queue.join();
        filled(NORMAL, "n");
        filled(LOW, "l");
        yard.queue.pause(LOW);
        assertEquals(Map.of(), pass().repairs(), "in a sound shard");
        told.clear();
    }

    private static void filled(QueueName queue, String prefix) {
        for (String name : List.of("dead", "done", "fly1", "fly2", "gone", "w1", "w2", "w3")) {
            yard.queue.offer(List.of(Offer.of(Yard.request(prefix + name, queue, 2))));
        }
        yard.queue.offer(
                List.of(
                        new Offer(
                                Yard.request(prefix + "later", queue, 2),
                                Duration.ofHours(1),
                                Duration.ZERO,
                                "",
                                false)));
        List<Lease> batch =
                yard.queue
                        .take(prefix + "once000", List.of(new Taken.Want(queue, 4, 0, 0)))
                        .leases();
        yard.settle(batch.get(0), new Settlement.Dead("{}"));
        yard.settle(batch.get(1), new Settlement.Succeeded("{}"));
        yard.queue.cancel(prefix + "gone");
    }

    /// @param repairs kind and number of each, as the report has them
    /// @param change lines of the state that go (`-`) and come (`+`)
    record Damage(String what, Runnable done, String repairs, List<String> change) {
        Damage(String what, Runnable done, String repairs, String... change) {
            this(what, done, repairs, List.of(change));
        }

        @Override
        public String toString() {
            return what;
        }
    }

    private static void del(String... names) {
        for (String name : names) {
            yard.redis.run(c -> c.del(Yard.key(name)));
        }
    }

    private static void foreign(String name) {
        del(name);
        yard.redis.run(c -> c.set(Yard.key(name), bytes("foreign")));
    }

    private static void hset(String name, String field, String value) {
        yard.redis.run(c -> c.hset(Yard.key(name), bytes(field), bytes(value)));
    }

    private static String member(String id) {
        return yard.redis.run(c -> c.zrange(Yard.key("leases"), 0, -1)).stream()
                .map(each -> text(each))
                .filter(each -> each.startsWith(id + "."))
                .findFirst()
                .orElseThrow();
    }

    private static void zrem(String name, String member) {
        long removed = yard.redis.run(c -> c.zrem(Yard.key(name), bytes(member)));
        assertEquals(1, removed);
    }

    private static void zadd(String name, double score, String member) {
        yard.redis.run(c -> c.zadd(Yard.key(name), score, bytes(member)));
    }

    private static void lrem(String queue, String ticket) {
        long removed = yard.redis.run(c -> c.lrem(Yard.key("q:" + queue), 1, bytes(ticket)));
        assertEquals(1, removed);
    }

    private static void lpush(String queue, String ticket) {
        yard.redis.run(c -> c.lpush(Yard.key("q:" + queue), bytes(ticket)));
    }

    private static final String LOST_1 =
            "-request nw1 queued attempts=0\n"
                    + "+request nw1 queued attempts=0 {\"attempt\":0,\"at\":T,\"cause\":\"ticket-lost\"}";
    private static final String LOST_2 = LOST_1.replace("nw1", "nw2");
    private static final String LOST_3 = LOST_1.replace("nw1", "nw3");
    private static final String UNCANCELLED =
            "-queue default:normal [ngone.0, nw1.0, nw2.0, nw3.0]\n"
                    + "+queue default:normal [nw1.0, nw2.0, nw3.0]";
    private static final String COUNTS =
            "counts default:normal {cancelled=1, enqueued=9, failed=1, gone=1, inflight=2,"
                    + " scheduled=1, succeeded=1}";
    private static final String NONE_GONE = "-" + COUNTS + "\n+" + COUNTS.replace("gone=1, ", "");

    static Stream<Damage> damages() {
        return Stream.of(
                new Damage(
                        "a request in flight is deleted",
                        () -> del("r:nfly1"),
                        "count=1 lease-stray=1",
                        "-request nfly1 leased attempts=1",
                        "-lease nfly1.1|nonce000",
                        "-" + COUNTS,
                        "+" + COUNTS.replace("inflight=2", "inflight=1")),
                new Damage(
                        "a scheduled request is deleted",
                        () -> del("r:nlater"),
                        "count=1 later-stray=1",
                        "-request nlater scheduled attempts=0",
                        "-later nlater.0",
                        "-" + COUNTS,
                        "+" + COUNTS.replace(" scheduled=1,", "")),
                new Damage(
                        "a waiting request is deleted",
                        () -> del("r:nw2"),
                        "count=1",
                        "-request nw2 queued attempts=0",
                        "-" + COUNTS,
                        "+" + COUNTS.replace("gone=1", "gone=2")),
                new Damage(
                        "a dead request is deleted",
                        () -> del("r:ndead"),
                        "dead-stray=1 outcome-stray=1",
                        "-request ndead dead attempts=1",
                        "-dead default:normal [ndead]",
                        "-outcome ndead D {} for good",
                        "+outcome ndead D {}"),
                new Damage(
                        "a ticket is deleted",
                        () -> lrem("default:normal", "nw2.0"),
                        "ticket-missing=1",
                        "-queue default:normal [ngone.0, nw1.0, nw2.0, nw3.0]",
                        "+queue default:normal [nw2.0, ngone.0, nw1.0, nw3.0]",
                        LOST_2),
                new Damage(
                        "a ticket is there twice",
                        () -> lpush("default:normal", "nw2.0"),
                        "count=1",
                        "-queue default:normal [ngone.0, nw1.0, nw2.0, nw3.0]",
                        "+queue default:normal [nw2.0, ngone.0, nw1.0, nw2.0, nw3.0]",
                        "-" + COUNTS,
                        "+" + COUNTS.replace("gone=1", "gone=2")),
                new Damage(
                        "a ticket of nobody is there",
                        () -> lpush("default:normal", "nobody.0"),
                        "count=1",
                        "-queue default:normal [ngone.0, nw1.0, nw2.0, nw3.0]",
                        "+queue default:normal [nobody.0, ngone.0, nw1.0, nw2.0, nw3.0]",
                        "-" + COUNTS,
                        "+" + COUNTS.replace("gone=1", "gone=2")),
                new Damage(
                        "a list is deleted",
                        () -> del("q:default:normal"),
                        "count=1 ticket-missing=3",
                        UNCANCELLED,
                        LOST_1,
                        LOST_2,
                        LOST_3,
                        NONE_GONE),
                new Damage(
                        "a list is a string",
                        () -> foreign("q:default:normal"),
                        "count=1 ticket-missing=3 wrong-type=1",
                        UNCANCELLED,
                        LOST_1,
                        LOST_2,
                        LOST_3,
                        NONE_GONE,
                        "+moved aside q:default:normal"),
                new Damage(
                        "a lease is deleted",
                        () -> zrem("leases", member("nfly1")),
                        "lease-missing=1"),
                new Damage("all leases are deleted", () -> del("leases"), "lease-missing=4"),
                new Damage(
                        "the leases are a string",
                        () -> foreign("leases"),
                        "lease-missing=4 wrong-type=1",
                        "+moved aside leases"),
                new Damage(
                        "leases are there of nobody and of a former attempt",
                        () -> {
                            zadd("leases", 1e14, "nobody.1|nonce000");
                            zadd("leases", 1e14, "nw1.0|nonce000");
                            zadd("leases", 1e14, "nfly1.1|nonce999");
                            zadd("leases", 1e14, "what?");
                        },
                        "lease-stray=4"),
                new Damage(
                        "a lease ends in a thousand years",
                        () -> zadd("leases", 4e13, member("nfly1")),
                        "far-future=1"),
                new Damage("all due times are deleted", () -> del("later"), "later-missing=2"),
                new Damage(
                        "the due times are a string",
                        () -> foreign("later"),
                        "later-missing=2 wrong-type=1",
                        "+moved aside later"),
                new Damage(
                        "due times are there of nobody and of one that waits",
                        () -> {
                            zadd("later", 1, "nobody.0");
                            zadd("later", 1, "nw1.0");
                            zadd("later", 1, "what?");
                        },
                        "later-stray=3"),
                new Damage(
                        "the list of the dead is deleted",
                        () -> del("dead:default:normal"),
                        "dead-missing=1"),
                new Damage(
                        "the list of the dead is a string",
                        () -> foreign("dead:default:normal"),
                        "dead-missing=1 wrong-type=1",
                        "+moved aside dead:default:normal"),
                new Damage(
                        "one that waits is listed as dead",
                        () -> zadd("dead:default:normal", 1, "nw1"),
                        "dead-stray=1"),
                new Damage(
                        "the outcome of a dead request is deleted",
                        () -> del("o:ndead"),
                        "outcome-missing=1",
                        "-outcome ndead D {} for good",
                        "+outcome ndead D {\"service\":\"default\",\"priority\":\"normal\",\"attempts\":1,"
                                + "\"enqueuedAt\":T,\"settledAt\":T,\"error\":{\"reason\":\"outcome-lost\","
                                + "\"message\":\"its outcome was deleted by other hands\"},\"history\":[]}"
                                + " for good"),
                new Damage(
                        "the outcome of a dead request is a set",
                        () -> {
                            del("o:ndead");
                            yard.redis.run(c -> c.sadd(Yard.key("o:ndead"), bytes("x")));
                        },
                        "outcome-missing=1 wrong-type=1",
                        "-outcome ndead D {} for good",
                        "+outcome ndead D {\"service\":\"default\",\"priority\":\"normal\",\"attempts\":1,"
                                + "\"enqueuedAt\":T,\"settledAt\":T,\"error\":{\"reason\":\"outcome-lost\","
                                + "\"message\":\"its outcome was deleted by other hands\"},\"history\":[]}"
                                + " for good",
                        "+moved aside o:ndead"),
                new Damage(
                        "a request is garbage",
                        () -> foreign("r:nw1"),
                        "count=1 garbage=1",
                        "-request nw1 queued attempts=0",
                        "+moved aside r:nw1",
                        "-" + COUNTS,
                        "+" + COUNTS.replace("gone=1", "gone=2")),
                new Damage(
                        "a request is cut off",
                        () -> {
                            byte[] record = yard.redis.run(c -> c.get(Yard.key("r:nfly1")));
                            byte[] cut = Arrays.copyOf(record, record.length - 5);
                            yard.redis.run(c -> c.set(Yard.key("r:nfly1"), cut));
                        },
                        "count=1 garbage=1 lease-stray=1",
                        "-request nfly1 leased attempts=1",
                        "-lease nfly1.1|nonce000",
                        "+moved aside r:nfly1",
                        "-" + COUNTS,
                        "+" + COUNTS.replace("inflight=2", "inflight=1")),
                new Damage(
                        "a request is a list",
                        () -> {
                            del("r:nw1");
                            yard.redis.run(c -> c.rpush(Yard.key("r:nw1"), bytes("x")));
                        },
                        "count=1 wrong-type=1",
                        "-request nw1 queued attempts=0",
                        "+moved aside r:nw1",
                        "-" + COUNTS,
                        "+" + COUNTS.replace("gone=1", "gone=2")),
                new Damage(
                        "a request's state is none",
                        () -> yard.redis.run(c -> c.setrange(Yard.key("r:nw1"), 1, bytes("?"))),
                        "count=1 garbage=1",
                        "-request nw1 queued attempts=0",
                        "+moved aside r:nw1",
                        "-" + COUNTS,
                        "+" + COUNTS.replace("gone=1", "gone=2")),
                new Damage(
                        "requests, lists and counters are to expire",
                        () -> {
                            for (String name :
                                    List.of("r:nw1", "q:default:normal", "n:default:normal")) {
                                yard.redis.run(c -> c.pexpire(Yard.key(name), 3_600_000));
                            }
                            for (String name : List.of("leases", "later", "config", "o:ndead")) {
                                yard.redis.run(c -> c.pexpire(Yard.key(name), 3_600_000));
                            }
                        },
                        "expiry=7"),
                new Damage(
                        "a request that succeeded is brought back",
                        () -> {
                            yard.queue.offer(List.of(Offer.of(Yard.request("again", NORMAL, 2))));
                            byte[] own = yard.redis.run(c -> c.get(Yard.key("r:again")));
                            Lease lease = takeNamed("again");
                            yard.settle(lease, new Settlement.Succeeded("{}"));
                            yard.redis.run(c -> c.set(Yard.key("r:again"), own));
                            yard.redis.run(
                                    c -> c.rpush(Yard.key("q:default:normal"), bytes("again.0")));
                        },
                        "ended-and-live=1",
                        "?"),
                new Damage(
                        "the names of the queues are deleted", () -> del("queues"), "queue-name=2"),
                new Damage(
                        "the names of the queues are a string",
                        () -> foreign("queues"),
                        "queue-name=2 wrong-type=1",
                        "+moved aside queues"),
                new Damage(
                        "a queue's name is none",
                        () -> yard.redis.run(c -> c.sadd(Yard.key("queues"), bytes("what ever"))),
                        "queue-name=1"),
                new Damage("the configuration is deleted", () -> del("config"), "config=7"),
                new Damage(
                        "the configuration is a string",
                        () -> foreign("config"),
                        "config=7 wrong-type=1",
                        "+moved aside config"),
                new Damage(
                        "counters and the pause are deleted",
                        () -> del("n:default:normal", "n:default:low"),
                        "counters=2"),
                new Damage(
                        "the counters are a string",
                        () -> foreign("n:default:low"),
                        "counters=1 wrong-type=1",
                        "+moved aside n:default:low"),
                new Damage(
                        "counters are no numbers",
                        () -> {
                            hset("n:default:normal", "inflight", "many");
                            hset("n:default:normal", "enqueued", "1e3");
                            hset("n:default:low", "paused", "yes");
                        },
                        "counters=3"),
                new Damage(
                        "counters are wrong",
                        () -> {
                            hset("n:default:normal", "inflight", "-3");
                            hset("n:default:normal", "scheduled", "77");
                            hset("n:default:low", "gone", "4");
                        },
                        "count=3"),
                new Damage("the clock is deleted", () -> del("clock"), ""),
                new Damage(
                        "the clock is garbage",
                        () -> yard.set("clock", "late"),
                        "garbage=1",
                        "+moved aside clock"),
                new Damage(
                        "the clock is a list",
                        () -> {
                            del("clock");
                            yard.redis.run(c -> c.rpush(Yard.key("clock"), bytes("x")));
                        },
                        "wrong-type=1",
                        "+moved aside clock"),
                new Damage(
                        "ids, bucket, ingress and the last take are garbage",
                        () -> {
                            foreign("ids");
                            foreign("tb:service:default");
                            hset("ingress", "seq", "x");
                            del("take:r1");
                            yard.redis.run(c -> c.rpush(Yard.key("take:r1"), bytes("x")));
                        },
                        "garbage=3 wrong-type=1",
                        "?"),
                new Damage(
                        "replicas and ingress are strings",
                        () -> {
                            foreign("replicas");
                            foreign("in");
                        },
                        "wrong-type=2",
                        "+moved aside replicas",
                        "+moved aside in",
                        "-replicas [r1]"),
                new Damage(
                        "the audit's own keys are garbage",
                        () -> {
                            foreign("audit");
                            del("auditor");
                            yard.redis.run(c -> c.rpush(Yard.key("auditor"), bytes("x")));
                            foreign("damaged");
                        },
                        "flushed=1 wrong-type=1",
                        "?"));
    }

    @Test
    void pass_leaves_a_busy_redis_alone_nine_times_as_long_as_its_call_took() {
        assertEquals(Duration.ofMillis(4), Audit.Pace.rest(Duration.ofNanos(100_000)));
        assertEquals(Duration.ofMillis(18), Audit.Pace.rest(Duration.ofMillis(2)));
        assertEquals(Duration.ofMillis(100), Audit.Pace.rest(Duration.ofMillis(50)));
    }

    @Test
    void redis_that_was_flushed_is_reported_and_served_on() {
        yard.clear();
        assertEquals(Map.of(Repair.FLUSHED, 1L, Repair.CONFIG, 7L), pass().repairs());
        assertEquals(1, configured);
        assertEquals(Map.of(), pass().repairs());
        yard.offered("a");
        assertEquals(1, yard.take("nonce111", 9).size());
    }

    @Test
    void a_backup_that_was_restored_is_reported_and_served_on() {
        Map<String, byte[]> backup = new HashMap<>();
        yard.redis
                .run(c -> c.keys(bytes("*")))
                .forEach(key -> backup.put(text(key), yard.redis.run(c -> c.dump(key))));
        for (String id : List.of("nw1", "later-one")) {
            yard.offered(id);
        }
        pass();
        pass();
        yard.clear();
        backup.forEach((key, value) -> yard.redis.run(c -> c.restore(bytes(key), 0, value)));
        told.clear();
        pass();
        assertEquals(1L, told.get("restored"), told::toString);
        // This way of restoring forgets what expires.
        assertTrue(!told.containsKey("flushed"), told::toString);
        assertEquals(0, pass().repaired());
        drain();
    }

    @Test
    void only_one_replica_audits_and_another_takes_over() throws InterruptedException {
        Audit other = audit("r2");
        assertTrue(other.pass().isEmpty());
        del("auditor");
        assertTrue(other.pass().isPresent());
        assertTrue(audit.pass().isEmpty());
        yard.redis.run(c -> c.persist(Yard.key("auditor")));
        assertTrue(audit.pass().isPresent(), "a right without end is none");
        audit.close();
        assertTrue(audit.pass().isEmpty(), "closed");
    }

    @Test
    void a_ticket_is_given_once_however_often_the_call_is_repeated() {
        lrem("default:normal", "nw1.0");
        byte[] record = yard.redis.run(c -> c.get(Yard.key("r:nw1")));
        byte[] mark = mark(record);
        Object[] call = {"default:normal", "nw1.0", mark};
        assertEquals("[[ticket-missing nw1]]", yard.call("yard_audit_tickets", call));
        String after = yard.state();
        assertEquals("[[]]", yard.call("yard_audit_tickets", call));
        assertEquals(after, yard.state());
    }

    private static byte[] mark(byte[] record) {
        byte[] length = bytes(Integer.toString(record.length));
        byte[] mark = Arrays.copyOf(record, 32 + length.length);
        System.arraycopy(length, 0, mark, 32, length.length);
        return mark;
    }

    /// Seen waiting, then sent and given back, or cancelled and offered again: its mark is another.
    @Test
    void a_request_that_moved_since_it_was_seen_gets_no_second_ticket() {
        byte[] mark = mark(yard.redis.run(c -> c.get(Yard.key("r:nw1"))));
        Lease lease = takeNamed("nw1");
        yard.settle(lease, new Settlement.Release(Duration.ZERO));
        String before = yard.state();
        assertEquals("[[]]", yard.call("yard_audit_tickets", "default:normal", "nw1.0", mark));
        assertEquals(before, yard.state());
    }

    /// A list that grows at its end and is taken from at its head while it is walked.
    @Test
    void a_walk_meets_every_ticket_that_is_there_all_the_time() {
        yard.clear();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            ids.add("a" + i);
        }
        yard.offered(ids.toArray(String[]::new));
        List<String> met = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(7);
        for (int past = 0, step = 0; past < 2000; past += 50, step++) {
            met.addAll(
                    List.of(
                            yard.call("yard_audit_walk", "default:normal", past, 50)
                                    .replaceAll("[\\[\\]]", "")
                                    .split(" ")));
            yard.offered("b" + step, "c" + step, "d" + step);
            yard.take(String.format("nonce%03d", step), random.nextInt(4));
        }
        List<String> still =
                yard.redis.run(c -> c.lrange(Yard.key("q:default:normal"), 0, -1)).stream()
                        .map(each -> text(each))
                        .filter(each -> each.startsWith("a"))
                        .toList();
        assertTrue(still.size() > 500);
        assertTrue(met.containsAll(still));
    }

    @Test
    void what_is_moved_aside_is_kept_for_a_week_and_bounded_in_number() {
        for (int i = 0; i < 1010; i++) {
            foreign("r:x" + i);
        }
        pass();
        long kept = yard.redis.run(c -> c.zcard(Yard.key("damaged")));
        long keys = yard.redis.run(c -> c.keys(Yard.key("damaged:*"))).size();
        assertEquals("1000 1000", kept + " " + keys);
        byte[] one = yard.redis.run(c -> c.zrange(Yard.key("damaged"), 0, 0)).getFirst();
        long left = yard.redis.run(c -> c.pttl(one));
        assertTrue(left > 6 * 86_400_000L && left <= 7 * 86_400_000L, "" + left);
        assertEquals(0, pass().repaired());
    }

    @Test
    void redis_without_memory_is_audited_all_the_same() {
        lrem("default:normal", "nw2.0");
        del("leases");
        foreign("later");
        yard.redis.run(c -> c.configSet("maxmemory", "1mb"));
        try {
            assertEquals(
                    Map.of(
                            Repair.TICKET_MISSING,
                            1L,
                            Repair.LEASE_MISSING,
                            4L,
                            Repair.LATER_MISSING,
                            2L,
                            Repair.WRONG_TYPE,
                            1L),
                    pass().repairs());
        } finally {
            yard.redis.run(c -> c.configSet("maxmemory", "0"));
        }
        drain();
    }

    /// Above 200 in flight the sums are compared, and two passes must find the same.
    @Test
    void wrong_counts_of_many_in_flight_are_mended_in_the_second_pass() {
        for (int i = 0; i < 300; i++) {
            yard.offered("m" + i);
        }
        yard.take("nonce222", 400);
        long right = inFlight();
        for (int by : List.of(25, -25)) {
            yard.redis.run(c -> c.hincrby(Yard.key("n:default:normal"), bytes("inflight"), by));
            assertEquals(Map.of(), pass().repairs());
            assertEquals(Map.of(Repair.COUNT, 1L), pass().repairs());
            assertEquals(right, inFlight());
            assertEquals(Map.of(), pass().repairs());
        }
    }

    private static long inFlight() {
        return yard.queue.depth().stream()
                .filter(depth -> depth.queue().equals(NORMAL))
                .findFirst()
                .orElseThrow()
                .inFlight();
    }

    private static Lease takeNamed(String id) {
        List<Lease> leases = yard.take("nonce" + id.substring(0, 3), 9);
        Lease wanted = null;
        List<WorkQueue.Ending> others = new ArrayList<>();
        for (Lease lease : leases) {
            if (lease.id().equals(id)) {
                wanted = lease;
            } else {
                others.add(new WorkQueue.Ending(lease, new Settlement.Release(Duration.ZERO)));
            }
        }
        yard.queue.settle(others);
        return Objects.requireNonNull(wanted);
    }

    @ParameterizedTest
    @MethodSource("damages")
    void damage_is_mended_in_one_pass_and_everything_ends_once(Damage damage) {
        String before = yard.state();
        damage.done().run();
        AuditReport report = pass();
        String mended = yard.state();
        List<AuditReport> more = new ArrayList<>();
        // What was counted while tickets came back is counted again when nothing moves.
        while (more.isEmpty() || more.getLast().repaired() > 0) {
            assertTrue(more.size() < 4, () -> "no end of repairs: " + more);
            more.add(pass());
        }
        assertTrue(more.size() <= 2, () -> "repairs in three passes: " + more);
        assertEquals(damage.repairs(), repairs(told));
        if (!damage.change().contains("?")) {
            assertEquals(changed(before, damage.change()), yard.state(), () -> "first " + mended);
        }
        assertTrue(report.complete());
        drain();
    }

    private static String repairs(Map<String, Long> repairs) {
        return new TreeMap<>(repairs)
                .entrySet().stream()
                        .map(entry -> entry.getKey() + "=" + entry.getValue())
                        .collect(Collectors.joining(" "));
    }

    private static String changed(String state, List<String> changes) {
        List<String> lines = new ArrayList<>(state.lines().toList());
        for (String block : changes) {
            for (String change : block.lines().toList()) {
                if (change.startsWith("+")) {
                    lines.add(change.substring(1));
                } else {
                    assertTrue(lines.remove(change.substring(1)), () -> change + " in\n" + state);
                }
            }
        }
        lines.sort(String::compareTo);
        return String.join("\n", lines);
    }

    /// Everything that is still there ends, each request once, and the figures agree.
    private static void drain() {
        List<String> live =
                yard.redis.run(c -> c.keys(Yard.key("r:*"))).stream()
                        .map(key -> text(key).substring(Yard.BASE.length() + 3))
                        .filter(id -> !id.endsWith("dead"))
                        .sorted()
                        .toList();
        yard.queue.resume(LOW);
        yard.queue.tend(Duration.ZERO, 1); // starts the clock when it is gone
        yard.stepWallClock(Duration.ofHours(2));
        List<String> ended = new ArrayList<>();
        for (int round = 0; round < 9; round++) {
            yard.queue.tend(Duration.ofHours(2), 100);
            for (QueueName queue : List.of(NORMAL, LOW)) {
                for (Lease lease :
                        yard.queue
                                .take(
                                        String.format(
                                                "drain%d%s",
                                                round, queue.equals(LOW) ? "-l" : "-n"),
                                        List.of(new Taken.Want(queue, 50, 0, 0)))
                                .leases()) {
                    assertEquals(
                            Settlement.Answer.OK,
                            yard.settle(lease, new Settlement.Succeeded("{}")));
                    ended.add(lease.id());
                }
            }
        }
        ended.sort(String::compareTo);
        assertEquals(live, ended, yard::state);
        for (QueueDepth depth : yard.queue.depth()) {
            assertEquals("0 0 0", depth.depth() + " " + depth.inFlight() + " " + depth.scheduled());
        }
        for (String empty : List.of("leases", "later", "q:default:normal", "q:default:low")) {
            long there = yard.redis.run(c -> c.exists(Yard.key(empty)));
            assertEquals(0, there, empty);
        }
    }
}
