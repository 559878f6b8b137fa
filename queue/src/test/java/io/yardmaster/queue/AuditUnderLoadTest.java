package io.yardmaster.queue;

import static io.yardmaster.redis.Redis.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Nobody damages anything, and passes run one after the other while everything moves: a repair
/// would be a mistake of the audit, or of the functions.
class AuditUnderLoadTest {
    private static final Logger log = LoggerFactory.getLogger(AuditUnderLoadTest.class);
    private static final long SEED = Long.getLong("audit.seed", 1);
    private static final int STEPS = Integer.getInteger("audit.steps", 3000);
    private static final List<QueueName> QUEUES =
            List.of(
                    Yard.NORMAL,
                    Yard.LOW,
                    Yard.CRITICAL,
                    new QueueName("other", Priority.HIGH),
                    new QueueName("slow", Priority.NORMAL));

    private Yard yard;
    private final AtomicInteger nonces = new AtomicInteger();
    private final AtomicInteger ids = new AtomicInteger();

    @BeforeEach
    void open() {
        yard = new Yard();
        yard.queue.configure(QueueConfig.defaults());
    }

    @AfterEach
    void close() {
        yard.close();
    }

    private AuditReport pass(Audit audit) throws InterruptedException {
        return audit.pass().orElseThrow();
    }

    private Audit audit(Map<String, Long> told) {
        return new Audit(
                yard.redis,
                0,
                "auditor",
                Yard.LEASE,
                new Audit.Pace(Duration.ofSeconds(20), System::nanoTime, _ -> {}),
                new SplittableRandom(SEED),
                new Audit.Listener() {
                    @Override
                    public void configurationGone() {
                        told.merge("configuration gone", 1L, Long::sum);
                    }

                    @Override
                    public void repaired(Repair kind, long count) {
                        told.merge(kind.text(), count, Long::sum);
                    }
                });
    }

    @Test
    void nothing_is_mended_while_requests_move_and_nothing_is_damaged() throws Exception {
        Map<String, Long> told = new TreeMap<>();
        Audit audit = audit(told);
        SplittableRandom random = new SplittableRandom(SEED);
        List<Future<?>> workers = new ArrayList<>();
        int passes = 0;
        long seen = 0;
        try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 6; i++) {
                Worker worker = new Worker(yard.replica("w" + i), random.split());
                workers.add(pool.submit(worker::work));
            }
            while (workers.stream().anyMatch(worker -> !worker.isDone())) {
                seen += pass(audit).keys();
                passes++;
            }
            for (Future<?> worker : workers) {
                worker.get();
            }
        }
        pass(audit);
        pass(audit);
        log.info("seed {}: {} passes saw {} keys", SEED, passes, seen);
        assertEquals(Map.of(), told);
        assertTrue(passes > 5);
        assertTrue(ids.get() > 1000);
    }

    /// Keeps a backlog of a few hundred in each queue, holds leases for a while, loses some.
    private final class Worker {
        private final WorkQueue queue;
        private final RandomGenerator random;
        private final List<Lease> held = new ArrayList<>();

        Worker(WorkQueue queue, RandomGenerator random) {
            this.queue = queue;
            this.random = random;
        }

        void work() {
            queue.join();
            for (int step = 0; step < STEPS; step++) {
                switch (random.nextInt(12)) {
                    case 0, 1 -> offer();
                    case 2, 3, 4 -> take();
                    case 5, 6, 7, 8 -> settle();
                    case 9 -> queue.tend(Duration.ZERO, 50);
                    case 10 -> operate();
                    default -> {
                        List<Lease> _ = queue.renew(held);
                    }
                }
            }
        }

        private QueueName any() {
            return QUEUES.get(random.nextInt(QUEUES.size()));
        }

        private void offer() {
            queue.offer(
                    IntStream.range(0, random.nextInt(1, 30))
                            .mapToObj(_ ->
                                    new Offer(
                                            Yard.request("a" + ids.incrementAndGet(), any(), 3),
                                            random.nextInt(4) == 0
                                                    ? Duration.ofMillis(random.nextInt(1, 300))
                                                    : Duration.ZERO,
                                            random.nextInt(10) == 0
                                                    ? Duration.ofMillis(random.nextInt(1, 300))
                                                    : Duration.ZERO,
                                            "",
                                            false))
                            .toList());
        }

        private void take() {
            if (held.size() < 100) {
                held.addAll(
                        queue.take(
                                        String.format("n%07d", nonces.incrementAndGet()),
                                        List.of(new Taken.Want(any(), random.nextInt(1, 20), 0, 0)))
                                .leases());
            }
        }

        private void settle() {
            List<WorkQueue.Ending> endings = new ArrayList<>();
            for (int i = random.nextInt(8); i > 0 && !held.isEmpty(); i--) {
                Lease lease = held.remove(random.nextInt(held.size()));
                Duration pause =
                        random.nextBoolean()
                                ? Duration.ZERO
                                : Duration.ofMillis(random.nextInt(1, 200));
                endings.add(
                        new WorkQueue.Ending(
                                lease,
                                switch (random.nextInt(10)) {
                                    case 0 -> new Settlement.Dead("{}");
                                    case 1 -> new Settlement.Retry(pause, "{}");
                                    case 2 -> new Settlement.Defer(pause, "{}");
                                    case 3, 4, 5, 6 -> new Settlement.Release(pause);
                                    default -> new Settlement.Succeeded("{}");
                                }));
            }
            queue.settle(endings);
        }

        private void operate() {
            switch (random.nextInt(6)) {
                case 0, 1 -> queue.cancel("a" + random.nextInt(1, ids.get() + 2));
                case 2 -> queue.pause(any());
                case 3 -> QUEUES.forEach(queue::resume);
                case 4 ->
                        queue.dead(any(), 3, java.util.Optional.empty())
                                .forEach(dead ->
                                        queue.redrive(
                                                dead.id(),
                                                String.format("n%07d", nonces.incrementAndGet())));
                default -> {
                    if (random.nextInt(20) == 0) {
                        queue.purge(any());
                    }
                    // Some are held by nobody from now on, until their lease is over.
                    held.subList(0, held.size() / 10).clear();
                }
            }
        }
    }

    /// What a shard of this size costs, and how long after the damage it is mended.
    @Tag("long")
    @Test
    void a_hundred_thousand_requests_are_audited_in_time_and_in_short_calls() throws Exception {
        yard.redis.call("yard_configure", Yard.BASE, "max-size", 1_000_000);
        for (int next = 0; next < 100_000; next += 1000) {
            yard.queue.offer(
                    IntStream.range(next, next + 1000).mapToObj(i -> Yard.offer("a" + i)).toList());
        }
        for (int i = 0; i < 20; i++) {
            assertEquals(500, yard.take(String.format("nonce%03d", i), 500).size());
        }
        Audit audit =
                new Audit(
                        yard.redis,
                        0,
                        "auditor",
                        Yard.LEASE,
                        Audit.Pace.gentle(Duration.ofSeconds(20), System::nanoTime),
                        new SplittableRandom(SEED),
                        () -> {});
        double before = cpuMicros();
        AuditReport sound = pass(audit);
        double micros = (cpuMicros() - before) / sound.calls();
        assertEquals(Map.of(), sound.repairs());
        assertEquals(90_000, sound.waiting());
        yard.redis.run(c -> c.del(Yard.key("q:default:normal")));
        yard.redis.run(c -> c.del(Yard.key("leases")));
        before = cpuMicros();
        AuditReport mended = pass(audit);
        double mending = (cpuMicros() - before) / mended.calls();
        log.info("sound, {} us a call: {}", micros, sound);
        log.info("mended, {} us a call: {}", mending, mended);
        assertTrue(micros < 2000, "sound: " + micros + " us");
        assertTrue(mending < 2000, "mending: " + mending + " us");
        assertEquals(
                Map.of(Repair.TICKET_MISSING, 90_000L, Repair.LEASE_MISSING, 10_000L),
                mended.repairs());
        assertTrue(sound.took().toSeconds() < 120, sound.toString());
        assertTrue(mended.took().toSeconds() < 120, mended.toString());
        List<byte[]> order = yard.redis.run(c -> c.lrange(Yard.key("q:default:normal"), 0, 9));
        assertTrue(order.stream().allMatch(each -> text(each).startsWith("a10")), order::toString);
    }

    /// CPU time of Redis since it started, us: unlike the time of its calls it doesn't grow when
    /// the machine is busy.
    private double cpuMicros() {
        String figures = yard.redis.run(c -> c.info("cpu"));
        return 1e6
                * figures.lines()
                        .filter(line ->
                                line.startsWith("used_cpu_user:")
                                        || line.startsWith("used_cpu_sys:"))
                        .mapToDouble(
                                line -> Double.parseDouble(line.substring(line.indexOf(':') + 1)))
                        .sum();
    }
}
