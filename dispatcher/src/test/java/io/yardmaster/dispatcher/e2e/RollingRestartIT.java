package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Three replicas are restarted one after the other while producers go on, as for a new version.
///
/// All replicas, nodes and producers share this computer with the JVMs that start, which a rolling
/// restart of real machines does not have. What starting alone costs is measured, too: the usual
/// time is taken while a replica starts that has no part in the traffic.
@Tag("long")
class RollingRestartIT {
    private static final int PER_SECOND = Integer.getInteger("yardmaster.rolling.rate", 60);
    private static final Duration USUAL = Duration.ofSeconds(5);

    private static final double TIMES = 3;

    /// What a busy machine may add: less than a request needs whose replica ended with it in hand,
    /// which comes back by its lease.
    private static final double NOISE_MS = 1_500;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final RedisProcess redis = open(new RedisProcess());
    private final Node[] nodes = {open(new Node("n1")), open(new Node("n2")), open(new Node("n3"))};
    private final List<Replica> replicas = new CopyOnWriteArrayList<>();
    private final Map<String, Enqueued> enqueued = new ConcurrentHashMap<>();
    private final Queue<String> refused = new ConcurrentLinkedQueue<>();
    private final LongAdder elsewhere = new LongAdder();
    private final AtomicBoolean enough = new AtomicBoolean();

    /// One request's way in.
    ///
    /// @param began when a producer first tried, by [System#nanoTime]
    /// @param accepted when it had the 202
    private record Enqueued(long began, long accepted, int tries, String replica) {}

    private <T extends AutoCloseable> T open(T resource) {
        opened.add(resource);
        return resource;
    }

    @AfterEach
    void leaveNothingRunning() throws Exception {
        enough.set(true);
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    private Program launch() {
        return open(Replica.launch("--redis", redis.uri()));
    }

    /// Sends a request every so often, whatever becomes of the others.
    private void produce() {
        try (ExecutorService producers = Executors.newVirtualThreadPerTaskExecutor()) {
            long due = System.nanoTime();
            for (int i = 0; !enough.get(); i++) {
                String id = "r" + i;
                int first = i;
                producers.execute(() -> enqueue(id, first));
                due += 1_000_000_000L / PER_SECOND;
                LockSupport.parkNanos(due - System.nanoTime());
            }
        }
    }

    /// Asks one replica, and when it is not there the next one, with the same id.
    private void enqueue(String id, int first) {
        long began = System.nanoTime();
        for (int attempt = 0; attempt < 100; attempt++) {
            Replica replica = replicas.get((first + attempt) % replicas.size());
            try {
                HttpResponse<String> answer =
                        replica.post("/v1/requests", "{\"id\":\"" + id + "\",\"maxRetries\":3}");
                if (answer.statusCode() == 202) {
                    enqueued.put(
                            id, new Enqueued(began, System.nanoTime(), attempt + 1, replica.url()));
                    if (attempt > 0) {
                        elsewhere.increment();
                    }
                    return;
                }
                if (answer.statusCode() != 503) {
                    refused.add(answer.statusCode() + " " + answer.body());
                    return;
                }
            } catch (UncheckedIOException e) {
                // It has just ended.
            }
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
        refused.add(id + ": nobody took it");
    }

    /// One request's way to a node.
    private record Way(Enqueued in, long atTheNode) {
        long took() {
            return atTheNode - in.began();
        }
    }

    /// What producers tried to enqueue in between.
    private List<Way> ways(long from, long until) {
        List<Way> ways = new ArrayList<>();
        for (Node.Received received : Node.ledgerOf(nodes)) {
            Enqueued in = enqueued.get(received.id());
            if (in != null && in.began() >= from && in.began() < until) {
                ways.add(new Way(in, received.nanos()));
            }
        }
        return ways;
    }

    /// From a producer's first try until the node had it.
    private Figures latency(long from, long until) {
        return new Figures(ways(from, until).stream().map(Way::took).toList());
    }

    /// Where the slowest spent their time.
    private void explain(long from) {
        ways(from, Long.MAX_VALUE).stream()
                .sorted(Comparator.comparingLong(Way::took).reversed())
                .limit(10)
                .forEach(way ->
                        System.out.printf(
                                "  %d ms after the restarts began: 202 after %d ms (try %d, %s), at the"
                                        + " node %d ms later%n",
                                (way.in().began() - from) / 1_000_000,
                                (way.in().accepted() - way.in().began()) / 1_000_000,
                                way.in().tries(),
                                way.in().replica(),
                                (way.atTheNode() - way.in().accepted()) / 1_000_000));
    }

    @Test
    void replicas_restarted_in_turn_lose_nothing_send_nothing_twice_and_delay_nothing()
            throws Exception {
        List.of(launch(), launch(), launch())
                .forEach(program -> replicas.add(Replica.await(program)));
        for (Node node : nodes) {
            node.work(Duration.ofMillis(30));
        }
        replicas.getFirst().register(nodes);
        Thread producer = Thread.ofPlatform().start(this::produce);
        Thread.sleep(3_000); // warm

        long usualFrom = System.nanoTime();
        try (RedisProcess apart = new RedisProcess();
                Program bystander = Replica.launch("--redis", apart.uri())) {
            Replica.await(bystander);
            Thread.sleep(
                    USUAL.minusNanos(Math.min(USUAL.toNanos(), System.nanoTime() - usualFrom)));
        }
        long usualUntil = System.nanoTime();

        Node slow = open(new Node("slow"));
        slow.work(Duration.ofMillis(1_200));
        replicas.getFirst()
                .send(
                        "PUT",
                        "/v1/nodes/slow",
                        "{\"url\":\"" + slow.url() + "\",\"services\":[\"slow\"]}");
        int slowOnes = 0;
        for (int i = 0; i < replicas.size(); i++) {
            for (int j = 0; j < 6; j++) {
                replicas.get(i).enqueue("slow-" + slowOnes++, ",\"service\":\"slow\"");
            }
            int sent = slowOnes;
            Await.until("they are at the node", () -> slow.ledger().size() == sent);
            restart(i);
        }
        Thread.sleep(500);
        long restartedUntil = System.nanoTime();
        enough.set(true);
        producer.join();

        int count = enqueued.size() + slowOnes;
        Replica any = replicas.getFirst();
        Await.until(
                "all are done",
                () -> any.total("succeeded") >= count,
                () -> any.get("/v1/queues").body());
        Figures usual = latency(usualFrom, usualUntil);
        Figures restarting = latency(usualUntil, restartedUntil);
        System.out.printf(
                "%d requests, %d of them by another replica than first asked; to the node: usually %s;"
                        + " while restarting %s: p99 %.1f times, max %.1f times the usual p99%n",
                count,
                elsewhere.sum(),
                usual,
                restarting,
                restarting.p99() / usual.p99(),
                restarting.max() / usual.p99());
        double most = TIMES * usual.p99();
        if (restarting.max() > most) {
            explain(usualUntil);
        }
        assertEquals(List.of(), List.copyOf(refused));
        assertEquals(count, any.total("succeeded"), "somebody ended twice");
        assertEquals(count, any.total("enqueued"), "an id was accepted twice");
        assertEquals(0, any.total("dead"));
        Map<String, List<Node.Received>> sends = Node.byId(nodes);
        assertEquals(enqueued.keySet(), sends.keySet());
        sends.forEach((id, each) -> assertEquals(1, each.size(), "sent twice: " + each));
        assertEquals(slowOnes, slow.ledger().size(), "sent twice: " + slow.ledger());
        assertTrue(
                restarting.max() <= most + NOISE_MS,
                "usually " + usual + ", while restarting " + restarting);
    }

    /// A slow request is at the node through it: it ends there before the replica does.
    private void restart(int index) throws Exception {
        Replica old = replicas.get(index);
        Program program = old.program();
        long began = System.nanoTime();
        program.signal("TERM");
        List<Integer> readiness = new ArrayList<>();
        while (program.running()) {
            try {
                readiness.add(old.get("/health/readiness").statusCode());
            } catch (UncheckedIOException e) {
                break; // it has closed its door
            }
            Thread.sleep(20);
        }
        assertEquals(0, program.exitCode(), program.said());
        long ended = (System.nanoTime() - began) / 1_000_000;
        assertTrue(readiness.contains(503), "readiness while ending: " + readiness);
        assertEquals(503, readiness.getLast(), "it was ready again while ending: " + readiness);
        replicas.set(index, Replica.await(launch()));
        System.out.printf(
                "%s ended after %d ms, %s is ready after %d ms%n",
                old.url(),
                ended,
                replicas.get(index).url(),
                (System.nanoTime() - began) / 1_000_000);
    }
}
