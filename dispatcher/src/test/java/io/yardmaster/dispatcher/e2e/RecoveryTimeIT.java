package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.queue.WorkQueue;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// How soon the work of a killed replica is sent again, and that nobody else's work is.
///
/// `-Dyardmaster.kills=5` kills more often than twice.
@Tag("long")
class RecoveryTimeIT {
    private static final int KILLS = Integer.getInteger("yardmaster.kills", 2);
    private static final int IN_FLIGHT = 300;
    private static final int BATCH = 5;
    private static final int LONG_RUNNERS = 10;

    /// What a machine that is busy with other things may add. The figures are printed.
    private static final double NOISE_MS = 4_000;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final RedisProcess redis = open(new RedisProcess());

    private <T extends AutoCloseable> T open(T resource) {
        opened.add(resource);
        return resource;
    }

    @AfterEach
    void leaveNothingRunning() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    private Program launch(String... more) {
        List<String> arguments = new ArrayList<>(List.of("--redis", redis.uri()));
        arguments.addAll(List.of("--set", "yardmaster.resources.limit-concurrency=false"));
        arguments.addAll(List.of(more));
        return open(Replica.launch(arguments.toArray(String[]::new)));
    }

    private static void register(Replica replica, Node node, String service) {
        String json =
                "{\"url\":\"%s\",\"services\":[\"%s\"],\"maxConnections\":1000}"
                        .formatted(node.url(), service);
        var answer = replica.send("PUT", "/v1/nodes/" + node.id(), json);
        assertTrue(answer.statusCode() < 300, answer.body());
    }

    /// Ten leases and more of a replica go by while others die around it and the processors are
    /// fought for.
    @Test
    void killed_replicas_work_is_sent_again_within_its_lease_and_long_requests_are_sent_once()
            throws Exception {
        Duration shortLease = Duration.ofSeconds(2);
        Program dying = launch();
        Replica steady =
                Replica.await(launch("--set", "yardmaster.lease=" + shortLease.toSeconds() + "s"));
        Node slow = open(new Node("slow"));
        slow.hold();
        Node[] nodes = {open(new Node("n1")), open(new Node("n2"))};
        Replica victim = Replica.await(dying);
        long runningSince = 0;
        List<Long> recovery = new ArrayList<>();
        Random random = new Random(42);
        for (int kill = 0; kill < KILLS; kill++) {
            if (kill == 0) {
                // The victim is not to have any of the long ones.
                victim.program().signal("STOP");
                register(steady, slow, "slow");
                for (int i = 0; i < LONG_RUNNERS; i++) {
                    steady.enqueue(
                            "long-" + i,
                            ",\"service\":\"slow\",\"timeoutMs\":120000,\"maxRetries\":3");
                }
                Await.until("they are there", () -> slow.ledger().size() == LONG_RUNNERS);
                runningSince = System.nanoTime();
                victim.program().signal("CONT");
                for (Node node : nodes) {
                    register(steady, node, "default");
                }
            }
            recovery.addAll(kill(victim, steady, nodes, kill, random));
            victim = Replica.await(launch());
        }
        long left = shortLease.multipliedBy(10).plusSeconds(1).toNanos();
        left -= System.nanoTime() - runningSince;
        underPressure(Duration.ofNanos(Math.max(left, Duration.ofSeconds(5).toNanos())));

        double leases = (System.nanoTime() - runningSince) / (double) shortLease.toNanos();
        slow.release();
        for (int i = 0; i < LONG_RUNNERS; i++) {
            String id = "long-" + i;
            Await.until(id + " is done", () -> steady.state(id).equals("succeeded"));
            assertEquals(1, steady.request(id).path("attempts").asInt(), id);
        }
        assertEquals(LONG_RUNNERS, slow.ledger().size(), "sent twice: " + slow.ledger());
        System.out.printf(
                "%d requests ran for %.1f leases, each sent once%n", LONG_RUNNERS, leases);
        assertTrue(leases >= 10, leases + " leases");

        Figures figures = new Figures(recovery);
        System.out.printf("%d kills, until it was sent again: %s%n", KILLS, figures);
        assertTrue(figures.p99() <= 5_000 + NOISE_MS, figures.toString());
    }

    /// Kills a replica with much in flight, and says how long each of its requests took to be sent
    /// by the other.
    private List<Long> kill(Replica victim, Replica other, Node[] nodes, int kill, Random random)
            throws Exception {
        for (Node node : nodes) {
            node.hold();
        }
        int before = Node.ledgerOf(nodes).size();
        String prefix = "kill" + kill + "-";
        // Whoever is quicker takes a whole batch, and who was just started is slower: many batches.
        for (int i = 0; i < IN_FLIGHT; i += BATCH) {
            StringBuilder batch = new StringBuilder("[");
            for (int j = i; j < i + BATCH; j++) {
                batch.append(j == i ? "" : ",")
                        .append("{\"id\":\"" + prefix + j)
                        .append("\",\"timeoutMs\":60000,\"maxRetries\":5}");
            }
            Replica door = i % (2 * BATCH) == 0 ? victim : other;
            var answer = door.post("/v1/requests/batch", batch.append("]").toString());
            assertEquals(
                    BATCH, Replica.json(answer.body()).path("accepted").asInt(), answer.body());
        }
        Await.until(
                "all are at nodes",
                () -> Node.ledgerOf(nodes).size() == before + IN_FLIGHT,
                () -> Node.ledgerOf(nodes).size() + " " + other.get("/v1/nodes").body());
        // Until its figures are up to date, and then anywhere between two renewals.
        Thread.sleep(1_100 + random.nextInt(1_700));
        int its = (int) victim.metric("yardmaster_node_in_flight");
        assertTrue(its >= IN_FLIGHT / 10, its + " of " + IN_FLIGHT + " are the victim's");

        long killed = System.nanoTime();
        victim.program().signal("KILL");
        Await.until(
                its + " are sent again",
                () -> second(prefix, nodes).size() >= its,
                () -> second(prefix, nodes).size() + " " + other.get("/v1/queues").body());
        List<Long> took =
                second(prefix, nodes).stream().map(sent -> sent.nanos() - killed).toList();
        System.out.printf("%d of %d: %s%n", its, IN_FLIGHT, new Figures(took));
        assertEquals(its, took.size(), "somebody else's were sent again, too");
        for (Node node : nodes) {
            node.release();
        }
        Await.until(
                "all are done",
                () -> other.total("succeeded") == (long) (kill + 1) * IN_FLIGHT,
                () -> other.get("/v1/queues").body());
        return took;
    }

    private static List<Node.Received> second(String prefix, Node... nodes) {
        return Node.ledgerOf(nodes).stream()
                .filter(sent -> sent.id().startsWith(prefix) && sent.attempt() > 1)
                .toList();
    }

    /// Twice as many processes want to compute as there are processors.
    private static void underPressure(Duration length) throws IOException, InterruptedException {
        List<Process> busy = new ArrayList<>();
        try {
            for (int i = 0; i < 2 * Runtime.getRuntime().availableProcessors(); i++) {
                busy.add(new ProcessBuilder("sh", "-c", "while :; do :; done").start());
            }
            Thread.sleep(length);
        } finally {
            busy.forEach(Process::destroyForcibly);
        }
    }

    @Test
    void what_a_killed_replica_had_taken_and_not_sent_is_sent_within_two_seconds()
            throws Exception {
        Program first = open(Debugger.launch("--redis", redis.uri()));
        Replica other = Replica.await(launch());
        Replica victim = Replica.await(first);
        Debugger debugger = open(Debugger.attach(victim.program()));
        Debugger.Halt halt =
                debugger.ends(
                        "batch", WorkQueue.class, "take", String.class, List.class, long.class);
        for (int i = 0; i < 50; i++) {
            other.enqueue("unsent-" + i, ",\"service\":\"batch\",\"maxRetries\":3");
        }
        other.program().signal("STOP");
        Node node = open(new Node("n1"));
        register(victim, node, "batch");
        halt.await();
        assertEquals(0, node.ledger().size());
        other.program().signal("CONT");
        long killed = System.nanoTime();
        victim.program().signal("KILL");
        Await.until("all are done", () -> other.total("succeeded") == 50);
        List<Long> again =
                node.ledger().stream()
                        .filter(sent -> sent.attempt() == 2)
                        .map(sent -> sent.nanos() - killed)
                        .toList();
        Figures figures = new Figures(again);
        System.out.println("taken and not sent, until it was sent: " + figures);
        Map<String, List<Node.Received>> sends = Node.byId(node);
        assertEquals(50, sends.size());
        assertEquals(50, node.ledger().size(), "sent twice: " + sends);
        assertTrue(figures.p99() <= 2_000 + NOISE_MS / 2, figures.toString());
    }
}
