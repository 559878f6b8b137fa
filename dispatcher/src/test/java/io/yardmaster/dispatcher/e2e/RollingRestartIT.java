package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Three replicas are restarted one after the other while producers go on, as for a new version.
///
/// All replicas, nodes and producers share this computer with the JVMs that start, which a rolling
/// restart of real machines does not have. What starting alone costs is measured, too: the usual
/// time is taken while a replica starts that has no part in the traffic.
class RollingRestartIT {
    private static final int PER_SECOND = Integer.getInteger("yardmaster.rolling.rate", 60);
    private static final Duration USUAL = Duration.ofSeconds(5);

    /// The bound is 3 times the usual p99; below this figure a scheduler's hiccup decides.
    private static final double TIMES = 3;

    private static final double NOISE_MS = 1_000;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final RedisProcess redis = open(new RedisProcess());
    private final Node[] nodes = {open(new Node("n1")), open(new Node("n2")), open(new Node("n3"))};
    private final List<Replica> replicas = new CopyOnWriteArrayList<>();
    private final Map<String, Long> enqueued = new ConcurrentHashMap<>();
    private final Queue<String> refused = new ConcurrentLinkedQueue<>();
    private final LongAdder elsewhere = new LongAdder();
    private final AtomicBoolean enough = new AtomicBoolean();

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

    /// Starting takes a second or two of a processor; it is to leave that to those that work.
    private Replica start() {
        Replica started =
                Replica.await(
                        open(
                                Replica.launch(
                                        List.of("nice", "-n", "10"), "--redis", redis.uri())));
        renice(started.program().pid());
        return started;
    }

    private static void renice(long pid) {
        try {
            Process renice =
                    new ProcessBuilder("renice", "-n", "0", "-p", Long.toString(pid))
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            assertTrue(renice.waitFor(10, TimeUnit.SECONDS) && renice.exitValue() == 0, "renice");
        } catch (java.io.IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
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
                    enqueued.put(id, began);
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

    /// From a producer's first try until the node had it, of what was enqueued in between.
    private Figures latency(long from, long until) {
        List<Long> took = new ArrayList<>();
        for (Node.Received received : Node.ledgerOf(nodes)) {
            Long began = enqueued.get(received.id());
            if (began != null && began >= from && began < until) {
                took.add(received.nanos() - began);
            }
        }
        return new Figures(took);
    }

    @Test
    void replicas_restarted_in_turn_lose_nothing_send_nothing_twice_and_delay_nothing()
            throws Exception {
        for (int i = 0; i < 3; i++) {
            replicas.add(start());
        }
        for (Node node : nodes) {
            node.work(Duration.ofMillis(30));
        }
        replicas.getFirst().register(nodes);
        Thread producer = Thread.ofPlatform().start(this::produce);
        Thread.sleep(3_000); // warm

        long usualFrom = System.nanoTime();
        try (RedisProcess apart = new RedisProcess();
                Program bystander =
                        Replica.launch(List.of("nice", "-n", "10"), "--redis", apart.uri())) {
            Replica.await(bystander);
            Thread.sleep(USUAL.minusNanos(Math.min(
                    USUAL.toNanos(), System.nanoTime() - usualFrom)));
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
        assertEquals(List.of(), List.copyOf(refused));
        assertEquals(count, any.total("succeeded"), "somebody ended twice");
        assertEquals(count, any.total("enqueued"), "an id was accepted twice");
        assertEquals(0, any.total("dead"));
        Map<String, List<Node.Received>> sends = Node.byId(nodes);
        assertEquals(enqueued.keySet(), sends.keySet());
        sends.forEach((id, each) -> assertEquals(1, each.size(), "sent twice: " + each));
        assertEquals(slowOnes, slow.ledger().size(), "sent twice: " + slow.ledger());
        assertTrue(
                restarting.p99() <= TIMES * usual.p99() + NOISE_MS,
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
        assertEquals(
                503, readiness.getLast(), "it was ready again while ending: " + readiness);
        replicas.set(index, start());
        System.out.printf(
                "replica %d: ended after %d ms, ready again after %d ms%n",
                index, ended, (System.nanoTime() - began) / 1_000_000);
    }
}
