package io.yardmaster.dispatcher.chaos;

import io.yardmaster.dispatcher.e2e.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/// What a run breaks: a redis-server, three replicas, four nodes, and the wires between them.
///
/// - `r0` speaks to Redis through a [FaultProxy];
/// - `r1` directly;
/// - `r2` from another network namespace, over a cable that can be cut;
/// - the node `n2` misbehaves when told, `n1` now and then by itself, and `n3` is reached through a
///   [FaultProxy].
///
/// Everything it needs is in one temporary directory.
final class Site implements AutoCloseable {
    static final Duration LEASE = Duration.ofSeconds(2);
    static final int SLOTS = 16;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final Path directory;
    private final History history;
    private final RedisServer redis;
    private final Island island;
    private final FaultProxy redisProxy;
    private final FaultProxy nodeProxy;
    private final List<ChaosNode> nodes = new ArrayList<>();
    private final List<ReplicaSlot> replicas = new ArrayList<>();

    Site(long seed) {
        try {
            directory = Files.createTempDirectory("yardmaster-chaos");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        SplittableRandom random = new SplittableRandom(seed);
        try {
            history = open(new History(directory));
            island = open(new Island());
            redis = open(new RedisServer(directory));
            redisProxy = open(new FaultProxy("127.0.0.1", redis.port(), random.split()));
            String elsewhere = "";
            for (String id : List.of("n0", "n1", "n2", "n3")) {
                nodes.add(open(new ChaosNode(id, history, elsewhere)));
                elsewhere = url(nodes.getFirst().port());
            }
            node(1).behave(Behaviour.FAILS_SOMETIMES);
            nodeProxy = open(new FaultProxy("127.0.0.1", node(3).port(), random.split()));
            startReplicas();
        } catch (RuntimeException | AssertionError e) {
            close();
            throw e;
        }
    }

    private <T extends AutoCloseable> T open(T resource) {
        opened.add(resource);
        return resource;
    }

    private void startReplicas() {
        addReplica("r0", "127.0.0.1", List.of(), "127.0.0.1:" + redisProxy.port());
        addReplica("r1", "127.0.0.1", List.of(), "127.0.0.1:" + redis.port());
        addReplica(
                "r2", island.address(), island.prefix(), island.hostAddress() + ":" + redis.port());
        replicas.forEach(ReplicaSlot::start);
        replicas.forEach(ReplicaSlot::awaitReady);
        for (ChaosNode node : nodes) {
            int port = node.id().equals("n3") ? nodeProxy.port() : node.port();
            register(node.id(), url(port));
        }
    }

    private void addReplica(String name, String address, List<String> prefix, String redisAt) {
        List<String> arguments = new ArrayList<>(List.of("--redis", "redis://" + redisAt));
        arguments.addAll(List.of("--host", address.startsWith("127.") ? address : "0.0.0.0"));
        for (String setting : settings()) {
            arguments.addAll(List.of("--set", "yardmaster." + setting));
        }
        replicas.add(
                open(
                        new ReplicaSlot(
                                directory,
                                new ReplicaSlot.Place(
                                        name, address, prefix, arguments, Optional.empty()))));
    }

    /// Short times, so that a short run sees whole lives; nothing that makes a fault harmless.
    private static List<String> settings() {
        return List.of(
                "lease=" + LEASE.toSeconds() + "s",
                "retry.base=100ms",
                "retry.max=1s",
                "outcome.ttl=24h",
                "dead.max=10000000",
                "rate-limit.producer.rate=0",
                "circuit-breaker.reset-timeout=2s",
                "monitoring.health-check-interval=1s",
                "security.insecure=true");
    }

    private String url(int port) {
        return "http://" + island.hostAddress() + ":" + port;
    }

    private void register(String id, String url) {
        Await.until(
                "the node " + id + " is registered",
                () ->
                        Rest.send(
                                                "PUT",
                                                replica(1).url() + "/v1/nodes/" + id,
                                                "{\"url\":\"%s\",\"maxConnections\":%d}"
                                                        .formatted(url, SLOTS))
                                        .status()
                                < 300);
    }

    Path directory() {
        return directory;
    }

    History history() {
        return history;
    }

    RedisServer redis() {
        return redis;
    }

    Island island() {
        return island;
    }

    FaultProxy redisProxy() {
        return redisProxy;
    }

    FaultProxy nodeProxy() {
        return nodeProxy;
    }

    List<ChaosNode> nodes() {
        return nodes;
    }

    ChaosNode node(int number) {
        return nodes.get(number);
    }

    List<ReplicaSlot> replicas() {
        return replicas;
    }

    ReplicaSlot replica(int number) {
        return replicas.get(number);
    }

    /// Keeps the directory: it tells what happened.
    @Override
    public void close() {
        closeAll(opened);
        opened.clear();
    }

    static void closeAll(List<AutoCloseable> opened) {
        RuntimeException first = null;
        for (AutoCloseable each : opened.reversed()) {
            try {
                each.close();
            } catch (Exception e) {
                first = first == null ? new IllegalStateException("closing " + each, e) : first;
            }
        }
        if (first != null) {
            throw first;
        }
    }

    /// With everything in it.
    static void delete(Path directory) {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
