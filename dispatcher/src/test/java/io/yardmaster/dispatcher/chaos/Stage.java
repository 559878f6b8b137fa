package io.yardmaster.dispatcher.chaos;

import io.yardmaster.dispatcher.chaos.Checker.Violation;
import io.yardmaster.dispatcher.chaos.Evidence.Asked;
import io.yardmaster.dispatcher.chaos.Evidence.Kind;
import io.yardmaster.dispatcher.e2e.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/// A small site for one scenario: a redis-server, the replica `r0` behind a [FaultProxy], `r1` when
/// it is called for, and what nodes the scenario sets up.
final class Stage implements AutoCloseable {
    private static final Duration LONGEST_DRAIN = Duration.ofSeconds(40);

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final Path directory;
    private final Optional<Path> classes;
    private final History history;
    private final RedisServer redis;
    private final FaultProxy proxy;
    private final ReplicaSlot r0;
    private final Duration lease;
    private final List<Violation> noticed = new ArrayList<>();

    /// @param classes of a planted defect
    Stage(Optional<Path> classes, Duration lease) {
        this.classes = classes;
        this.lease = lease;
        try {
            directory = Files.createTempDirectory("yardmaster-stage");
            history = open(new History(directory));
            redis = open(new RedisServer(directory));
            proxy = open(new FaultProxy("127.0.0.1", redis.port(), new SplittableRandom(1)));
            r0 = replica("r0", proxy.port());
        } catch (IOException e) {
            close();
            throw new UncheckedIOException(e);
        } catch (RuntimeException | AssertionError e) {
            close();
            throw e;
        }
    }

    <T extends AutoCloseable> T open(T resource) {
        opened.add(resource);
        return resource;
    }

    /// Another replica, directly at Redis.
    ReplicaSlot another() {
        return replica("r1", redis.port());
    }

    private ReplicaSlot replica(String name, int redisPort) {
        List<String> arguments =
                new ArrayList<>(List.of("--redis", "redis://127.0.0.1:" + redisPort));
        for (String setting :
                List.of(
                        "lease=" + lease.toMillis() + "ms",
                        "retry.base=100ms",
                        "retry.max=500ms")) {
            arguments.addAll(List.of("--set", "yardmaster." + setting));
        }
        ReplicaSlot slot =
                open(
                        new ReplicaSlot(
                                directory,
                                new ReplicaSlot.Place(
                                        name, "127.0.0.1", List.of(), arguments, classes)));
        slot.start();
        slot.awaitReady();
        return slot;
    }

    ReplicaSlot r0() {
        return r0;
    }

    RedisServer redis() {
        return redis;
    }

    /// Between `r0` and Redis.
    FaultProxy proxy() {
        return proxy;
    }

    History history() {
        return history;
    }

    ChaosNode node(String id, Behaviour behaviour, String elsewhere) {
        ChaosNode node = open(new ChaosNode(id, history, elsewhere));
        node.behave(behaviour);
        return node;
    }

    void register(String id, int port, boolean backup) throws IOException, InterruptedException {
        Rest.Answer answer =
                Rest.send(
                        "PUT",
                        r0.url() + "/v1/nodes/" + id,
                        "{\"url\":\"http://127.0.0.1:%d\",\"backup\":%s}".formatted(port, backup));
        if (answer.status() >= 300) {
            throw new IOException(answer.toString());
        }
    }

    void registered(ChaosNode node) throws IOException, InterruptedException {
        register(node.id(), node.port(), false);
    }

    /// Offers it once.
    ///
    /// @return the status, 0 for none
    int enqueue(String id, int maxRetries) throws InterruptedException {
        Asked asked = new Asked(id, "rest", "normal", maxRetries);
        history.invoke("producer", asked);
        int status = 0;
        try {
            String body = new Door.Order(asked, id, 0, 0).json().replace("2000", "20000");
            status = Rest.send("POST", r0.url() + "/v1/requests", body).status();
        } catch (IOException e) {
            history.add("producer", Kind.UNKNOWN, id, e.toString());
            return 0;
        }
        history.add("producer", status == 202 ? Kind.OK : Kind.UNKNOWN, id, "status " + status);
        return status;
    }

    void awaitSent(String id) {
        Await.until(id + " is at a node", () -> history.wasSent(id), r0::said);
    }

    /// What a scenario promises beside what is always promised.
    void expect(boolean kept, String id, String what) {
        if (!kept) {
            noticed.add(new Violation("scenario", id, what));
        }
    }

    /// Nothing happened that would be a reason to send it again.
    void expectSentOnce(String id) {
        long sends = history.sends().stream().filter(send -> send.id().equals(id)).count();
        expect(sends == 1, id, "it was sent " + sends + " times (expected: once)");
    }

    /// Drains, and asks all checkers.
    ///
    /// @param through a replica that is well
    List<Violation> judge(ReplicaSlot through) throws IOException, InterruptedException {
        Inquest inquest = new Inquest(through.url(), redis::ask);
        inquest.drain(LONGEST_DRAIN);
        Evidence evidence =
                new Evidence(
                        history.asked(),
                        history.events(),
                        history.sends(),
                        inquest.endings(history.asked().keySet()),
                        inquest.counts(),
                        List.of(),
                        List.of(),
                        0);
        noticed.addAll(0, Checkers.check(evidence));
        return noticed;
    }

    /// After which nothing is left, the temporary directory included.
    @Override
    public void close() {
        Site.closeAll(opened);
        Site.delete(directory);
    }
}
