package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.yardmaster.dispatcher.dispatch.Forwarder;
import io.yardmaster.dispatcher.net.HttpForwarder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A replica stands still for longer than its leases, as a laptop's lid or a full memory makes it,
/// and goes on as if nothing had happened: it must not send what is somebody else's by now, and
/// nothing that it says may count.
@Tag("long")
class PausedReplicaIT {
    private static final Duration LEASE = Duration.ofSeconds(1);

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final RedisProcess redis = open(new RedisProcess());
    private final Node[] nodes = {open(new Node("n1")), open(new Node("n2"))};
    private Replica paused;
    private Replica other;

    private <T extends AutoCloseable> T open(T resource) {
        opened.add(resource);
        return resource;
    }

    @BeforeEach
    void startTwoReplicas() {
        String[] arguments = {
            "--redis", redis.uri(), "--set", "yardmaster.lease=" + LEASE.toMillis() + "ms"
        };
        Program first = open(Debugger.launch(arguments));
        Program second = open(Replica.launch(arguments));
        paused = Replica.await(first);
        other = Replica.await(second);
    }

    @AfterEach
    void leaveNothingRunning() throws Exception {
        paused.program().signal("CONT");
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    /// Attempts of a request come to the nodes in their order. One that comes after a later one was
    /// sent on a lease that was over.
    private void nothingWasSentOnAnExpiredLease() {
        Map<String, Integer> latest = new HashMap<>();
        List<Node.Received> inOrder =
                Node.ledgerOf(nodes).stream()
                        .sorted((a, b) -> Long.compare(a.nanos(), b.nanos()))
                        .toList();
        for (Node.Received received : inOrder) {
            int before = latest.getOrDefault(received.id(), 0);
            assertTrue(
                    received.attempt() > before,
                    () ->
                            "attempt %d came after attempt %d: %s"
                                    .formatted(
                                            received.attempt(),
                                            before,
                                            Node.byId(nodes).get(received.id())));
            latest.put(received.id(), received.attempt());
        }
    }

    private void awaitSucceeded(int count) {
        Await.until(
                "all " + count + " succeeded",
                () -> other.total("succeeded") >= count,
                () -> other.get("/v1/queues").body() + other.program().said());
        assertEquals(count, other.total("succeeded"), "somebody ended twice");
        assertEquals(count, other.total("enqueued"));
    }

    private List<String> outcomes(String prefix, int count) {
        List<String> outcomes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            outcomes.add(other.get("/v1/requests/" + prefix + i).body());
        }
        return outcomes;
    }

    @Test
    void a_request_that_was_taken_and_not_sent_is_not_sent_when_its_lease_is_over()
            throws Exception {
        Debugger debugger = open(Debugger.attach(paused.program()));
        Debugger.Halt halt =
                debugger.begins(
                        "unsent-0",
                        HttpForwarder.class,
                        "send",
                        io.yardmaster.nodes.Node.class,
                        Forwarder.Outgoing.class,
                        Duration.class,
                        BooleanSupplier.class);
        other.register(nodes);
        other.program().signal("STOP");
        for (int i = 19; i > 0; i--) {
            paused.enqueue("unsent-" + i, ",\"maxRetries\":5");
        }
        // What is taken by the call that enqueues it halts the answer to its producer, too.
        Thread.startVirtualThread(() -> {
            try {
                paused.enqueue("unsent-0", ",\"maxRetries\":5");
            } catch (UncheckedIOException e) {
                // it took too long
            }
        });
        halt.await();
        other.program().signal("CONT");
        awaitSucceeded(20);
        List<String> before = outcomes("unsent-", 20);
        assertEquals(List.of(2), attempts("unsent-0"));

        halt.resume();
        Await.until("it goes on", () -> paused.get("/health/readiness").statusCode() == 200);
        paused.enqueue("after", "");
        Await.until(
                "it has nothing in hand", () -> paused.metric("yardmaster_node_in_flight") == 0);
        awaitSucceeded(21);
        Thread.sleep(LEASE);
        assertEquals(List.of(2), attempts("unsent-0"), "sent on an expired lease");
        nothingWasSentOnAnExpiredLease();
        assertEquals(before, outcomes("unsent-", 20));
    }

    private List<Integer> attempts(String id) {
        return Node.ledgerOf(nodes).stream()
                .filter(sent -> sent.id().equals(id))
                .map(Node.Received::attempt)
                .toList();
    }

    @Test
    void stopped_for_two_leases_again_and_again_under_load_it_sends_nothing_late()
            throws Exception {
        stoppedUnderLoad(
                () -> paused.program().signal("STOP"), () -> paused.program().signal("CONT"));
    }

    /// As a container that is paused.
    @Test
    void frozen_by_its_cgroup_under_load_it_sends_nothing_late() throws Exception {
        try (Freezer freezer = new Freezer(paused.program())) {
            stoppedUnderLoad(freezer::freeze, freezer::thaw);
        }
    }

    private void stoppedUnderLoad(Runnable stop, Runnable go) throws Exception {
        other.register(nodes);
        AtomicBoolean enough = new AtomicBoolean();
        AtomicInteger accepted = new AtomicInteger();
        int rounds = Integer.getInteger("yardmaster.pauses", 2);
        try (ExecutorService producers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                running.add(
                        producers.submit(() -> {
                            produce(enough, accepted);
                            return null;
                        }));
            }
            for (int i = 0; i < rounds; i++) {
                for (Node node : nodes) {
                    node.hold();
                }
                int seen = Node.ledgerOf(nodes).size();
                Await.until(
                        "both have much at nodes",
                        () ->
                                Node.ledgerOf(nodes).size() > seen + 40
                                        && paused.metric("yardmaster_node_in_flight") > 0);
                stop.run();
                for (Node node : nodes) {
                    node.release();
                }
                Thread.sleep(LEASE.multipliedBy(2).plusMillis(200));
                go.run();
                Await.until(
                        "it goes on", () -> paused.get("/health/readiness").statusCode() == 200);
                Thread.sleep(300);
            }
            enough.set(true);
            for (Future<?> each : running) {
                each.get();
            }
        }
        int count = accepted.get();
        awaitSucceeded(count);
        Await.until(
                "nothing is in anybody's hand",
                () ->
                        paused.metric("yardmaster_node_in_flight") == 0
                                && other.metric("yardmaster_node_in_flight") == 0);
        List<String> before = outcomes("load-", count);
        Thread.sleep(LEASE);
        assertEquals(before, outcomes("load-", count), "a late word changed an outcome");
        nothingWasSentOnAnExpiredLease();
        sendsAreOnRecord();
        double lost = other.metric("yardmaster_leases_lost_total");
        double fenced = paused.metric("yardmaster_fenced_total");
        long calledOff = calledOff();
        System.out.printf(
                "%d requests, %d sends, %d pauses: %.0f leases lost, %.0f late words fenced, %d attempts called off%n",
                count, Node.ledgerOf(nodes).size(), rounds, lost, fenced, calledOff);
        assertTrue(lost > 0, "no lease was lost: the pause tested nothing");
        assertTrue(fenced + calledOff > 0, paused.program().said());
    }

    private void produce(AtomicBoolean enough, AtomicInteger accepted) throws InterruptedException {
        while (!enough.get()) {
            other.enqueue("load-" + accepted.getAndIncrement(), ",\"maxRetries\":9");
            Thread.sleep(10);
        }
    }

    /// As its log counts them.
    private long calledOff() {
        return paused.program()
                .said()
                .lines()
                .filter(line -> line.contains("leases were lost or cancelled"))
                .mapToLong(line ->
                        Long.parseLong(
                                line.replaceFirst(
                                        ".*?(\\d+) leases were lost or cancelled.*", "$1")))
                .sum();
    }

    private void sendsAreOnRecord() {
        Node.byId(nodes)
                .forEach((id, received) -> {
                    if (received.size() > 1) {
                        JsonNode request = other.request(id);
                        int attempts = request.path("attempts").asInt();
                        assertTrue(received.size() <= attempts, request + " " + received);
                        long lost = 0;
                        for (JsonNode line : request.path("history")) {
                            lost += line.path("cause").asText().equals("lease-lost") ? 1 : 0;
                        }
                        assertTrue(
                                received.size() <= 1 + lost,
                                "a second send without a cause on record: "
                                        + request
                                        + " "
                                        + received);
                    }
                });
    }

    /// A group of processes that the kernel can stop, as `docker pause` does.
    private static final class Freezer implements AutoCloseable {
        private static final Path V1 = Path.of("/sys/fs/cgroup/freezer");
        private final Path group;
        private final boolean v1;

        Freezer(Program program) throws IOException {
            v1 = Files.isDirectory(V1);
            group =
                    (v1 ? V1 : Path.of("/sys/fs/cgroup"))
                            .resolve("yardmaster-e2e-" + program.pid());
            Files.createDirectory(group);
            Files.writeString(group.resolve("cgroup.procs"), Long.toString(program.pid()));
        }

        void freeze() {
            write(v1 ? "FROZEN" : "1");
        }

        void thaw() {
            write(v1 ? "THAWED" : "0");
        }

        private void write(String state) {
            try {
                Files.writeString(group.resolve(v1 ? "freezer.state" : "cgroup.freeze"), state);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }

        @Override
        public void close() throws IOException {
            thaw();
            Path root = v1 ? V1 : Path.of("/sys/fs/cgroup");
            for (String pid : Files.readAllLines(group.resolve("cgroup.procs"))) {
                Files.writeString(root.resolve("cgroup.procs"), pid);
            }
            Files.delete(group);
        }
    }
}
