package io.yardmaster.dispatcher.chaos;

import io.yardmaster.dispatcher.chaos.Checker.Violation;
import io.yardmaster.dispatcher.chaos.FaultProxy.Trouble;
import io.yardmaster.dispatcher.e2e.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Short incidents with one outcome each. With the product as it is nothing is violated; each
/// [Mutant] names the one in which its defect shows.
final class Scenarios {
    private static final Duration LEASE = Duration.ofSeconds(2);

    private Scenarios() {}

    interface Scenario {
        /// @param classes of a planted defect
        List<Violation> play(Optional<Path> classes) throws IOException, InterruptedException;
    }

    /// A replica that lost Redis looks for a node for longer than its lease. Meanwhile the other
    /// replica has sent the request.
    static List<Violation> replica_without_lease(Optional<Path> classes)
            throws IOException, InterruptedException {
        try (Stage stage = new Stage(classes, LEASE)) {
            ReplicaSlot r1 = stage.another();
            ChaosNode good = stage.node("good", Behaviour.SERVES, "");
            List<String> deaf = List.of("deaf0", "deaf1", "deaf2", "deaf3");
            for (String id : deaf) {
                stage.register(id, stage.open(new DeafPort()).port(), false);
            }
            stage.register("good", good.port(), true);
            r1.signal("STOP"); // so that it is r0 that takes it
            stage.enqueue("left-alone", 3);
            Await.until("r0 has it", () -> leases(stage) == 1);
            stage.proxy().set(new Trouble.BlackHole());
            r1.signal("CONT");
            for (String id : deaf) {
                Rest.send("DELETE", r1.url() + "/v1/nodes/" + id, "");
            }
            stage.awaitSent("left-alone");
            Thread.sleep(Duration.ofSeconds(4));
            stage.proxy().heal();
            return stage.judge(r1);
        }
    }

    private static long leases(Stage stage) throws IOException {
        return stage.redis().ask("ZCARD", "{yard:0}:leases") instanceof Long count ? count : 0;
    }

    /// Redis is away when an attempt ends, and back before its lease does.
    static List<Violation> redis_away_at_the_end(Optional<Path> classes)
            throws IOException, InterruptedException {
        try (Stage stage = new Stage(classes, Duration.ofSeconds(6))) {
            ChaosNode node = stage.node("n", Behaviour.HOLDS, "");
            stage.registered(node);
            stage.enqueue("held", 3);
            stage.awaitSent("held");
            stage.proxy().set(new Trouble.Reset());
            node.behave(Behaviour.SERVES);
            Thread.sleep(Duration.ofSeconds(1));
            stage.proxy().heal();
            List<Violation> violations = stage.judge(stage.r0());
            stage.expectSentOnce("held");
            return violations;
        }
    }

    /// A node redirects to a machine that was never registered.
    static List<Violation> redirecting_node(Optional<Path> classes)
            throws IOException, InterruptedException {
        try (Stage stage = new Stage(classes, LEASE)) {
            ChaosNode elsewhere = stage.node("elsewhere", Behaviour.SERVES, "");
            ChaosNode node =
                    stage.node("n", Behaviour.REDIRECTS, "http://127.0.0.1:" + elsewhere.port());
            stage.registered(node);
            stage.enqueue("redirected", 3);
            return stage.judge(stage.r0());
        }
    }

    /// Redis stands still: who enqueues is told at once.
    static List<Violation> redis_stands_still(Optional<Path> classes)
            throws IOException, InterruptedException {
        try (Stage stage = new Stage(classes, LEASE)) {
            stage.redis().freeze();
            Await.until("it is noticed", () -> !stage.r0().ready());
            long quickest = Long.MAX_VALUE;
            for (int i = 0; i < 8; i++) {
                long began = System.nanoTime();
                int status = stage.enqueue("refused" + i, 0);
                quickest = Math.min(quickest, System.nanoTime() - began);
                stage.expect(status == 503, "refused" + i, "status " + status + " (expected: 503)");
            }
            // waiting for Redis takes a second and more; saying no takes milliseconds
            stage.expect(
                    quickest < Duration.ofMillis(700).toNanos(),
                    "",
                    "the quickest 503 took " + quickest / 1_000_000 + " ms");
            stage.redis().thaw();
            stage.r0().awaitReady();
            return stage.judge(stage.r0());
        }
    }

    /// The only node cannot be reached for a while.
    static List<Violation> nobody_to_send_to(Optional<Path> classes)
            throws IOException, InterruptedException {
        try (Stage stage = new Stage(classes, LEASE)) {
            ChaosNode node = stage.node("n", Behaviour.SERVES, "");
            stage.registered(node);
            stage.enqueue("before", 1);
            stage.awaitSent("before"); // it is known as healthy
            node.behave(Behaviour.REFUSES);
            stage.enqueue("patient", 1);
            Thread.sleep(Duration.ofSeconds(4));
            node.behave(Behaviour.SERVES);
            Rest.send("DELETE", stage.r0().url() + "/v1/nodes/n", "");
            stage.registered(node); // known anew, it is believed at once
            List<Violation> violations = stage.judge(stage.r0());
            stage.expectSentOnce("patient");
            return violations;
        }
    }

    /// A node hangs up after it has read a request.
    static List<Violation> node_that_hangs_up(Optional<Path> classes)
            throws IOException, InterruptedException {
        try (Stage stage = new Stage(classes, LEASE)) {
            ChaosNode bad = stage.node("bad", Behaviour.CLOSES, "");
            ChaosNode good = stage.node("good", Behaviour.SERVES, "");
            stage.registered(bad);
            stage.register("good", good.port(), true);
            for (int i = 0; i < 6; i++) {
                stage.enqueue("ambiguous" + i, 5);
            }
            Await.until("some were read", () -> stage.history().sent() >= 6);
            bad.behave(Behaviour.SERVES);
            return stage.judge(stage.r0());
        }
    }

    /// The answer to a take is lost on the way, and then Redis cannot be reached for a while.
    static List<Violation> lost_answer_of_a_take(Optional<Path> classes)
            throws IOException, InterruptedException {
        try (Stage stage = new Stage(classes, LEASE)) {
            stage.registered(stage.node("n", Behaviour.SERVES, ""));
            return afterLostAnswer(stage, "yard_take"); // the queue is new: none goes along
        }
    }

    /// The answer to what enqueues and takes is lost, while its replica lives.
    static List<Violation> lost_answer_of_a_take_that_goes_along(Optional<Path> classes)
            throws IOException, InterruptedException {
        try (Stage stage = new Stage(classes, LEASE)) {
            stage.registered(stage.node("n", Behaviour.SERVES, ""));
            stage.enqueue("before", 3);
            stage.awaitSent("before");
            return afterLostAnswer(stage, "yard_offer_take");
        }
    }

    private static List<Violation> afterLostAnswer(Stage stage, String function)
            throws IOException, InterruptedException {
        stage.proxy().set(new Trouble.EatReplyTo(function, new Trouble.Reset()));
        stage.enqueue("taken", 3);
        Await.until("an answer is eaten", () -> stage.proxy().struck() > 0);
        Thread.sleep(Duration.ofMillis(700));
        stage.proxy().heal();
        List<Violation> violations = stage.judge(stage.r0());
        boolean first =
                stage.history().sends().stream()
                        .filter(send -> send.id().equals("taken"))
                        .allMatch(send -> send.attempt() == 1);
        stage.expect(first, "taken", "its first attempt was wasted, though its replica lived");
        return violations;
    }

    /// A request runs for longer than a lease.
    static List<Violation> long_running_request(Optional<Path> classes)
            throws IOException, InterruptedException {
        try (Stage stage = new Stage(classes, LEASE)) {
            ChaosNode node = stage.node("n", Behaviour.HOLDS, "");
            stage.registered(node);
            stage.enqueue("long", 3);
            stage.awaitSent("long");
            Thread.sleep(LEASE.multipliedBy(2));
            node.behave(Behaviour.SERVES);
            List<Violation> violations = stage.judge(stage.r0());
            stage.expectSentOnce("long");
            return violations;
        }
    }

    /// Whatever is said to Redis is lost.
    static List<Violation> enqueue_into_the_void(Optional<Path> classes)
            throws IOException, InterruptedException {
        try (Stage stage = new Stage(classes, LEASE)) {
            stage.registered(stage.node("n", Behaviour.SERVES, ""));
            stage.proxy().set(new Trouble.Forgotten());
            stage.enqueue("void", 3);
            stage.proxy().set(new Trouble.Reset());
            stage.proxy().heal();
            stage.r0().awaitReady();
            return stage.judge(stage.r0());
        }
    }

    /// A replica is told to end while a request is at a node.
    static List<Violation> orderly_end(Optional<Path> classes)
            throws IOException, InterruptedException {
        try (Stage stage = new Stage(classes, LEASE)) {
            ChaosNode node = stage.node("n", Behaviour.HOLDS, "");
            stage.registered(node);
            stage.enqueue("under-way", 3);
            stage.awaitSent("under-way");
            ReplicaSlot r1 = stage.another();
            stage.r0().signal("TERM");
            Thread.sleep(Duration.ofSeconds(1));
            node.behave(Behaviour.SERVES);
            stage.r0().end();
            List<Violation> violations = stage.judge(r1);
            stage.expectSentOnce("under-way");
            return violations;
        }
    }

    /// The only node answers 500.
    static List<Violation> failing_node(Optional<Path> classes)
            throws IOException, InterruptedException {
        try (Stage stage = new Stage(classes, LEASE)) {
            stage.registered(stage.node("n", Behaviour.FAILS, ""));
            stage.enqueue("twice-at-most", 1);
            return stage.judge(stage.r0());
        }
    }

    /// A port on which connections are neither taken nor refused, as behind a firewall that drops.
    private static final class DeafPort implements AutoCloseable {
        private final ServerSocket door;
        private final List<Socket> waiting = new ArrayList<>();

        DeafPort() {
            try {
                door = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                while (connects()) {
                    // until its backlog is full
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private boolean connects() throws IOException {
            Socket socket = new Socket();
            waiting.add(socket);
            try {
                socket.connect(
                        new InetSocketAddress(
                                InetAddress.getLoopbackAddress(), door.getLocalPort()),
                        300);
                return true;
            } catch (SocketTimeoutException e) {
                return false;
            }
        }

        int port() {
            return door.getLocalPort();
        }

        @Override
        public void close() throws IOException {
            for (Socket socket : waiting) {
                socket.close();
            }
            door.close();
        }
    }
}
