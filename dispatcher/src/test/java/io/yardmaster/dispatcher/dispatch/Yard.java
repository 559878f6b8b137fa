package io.yardmaster.dispatcher.dispatch;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.yardmaster.dispatcher.api.Callbacks;
import io.yardmaster.dispatcher.api.Destinations;
import io.yardmaster.dispatcher.api.RequestParser;
import io.yardmaster.dispatcher.metrics.DispatchMetrics;
import io.yardmaster.dispatcher.settings.Settings;
import io.yardmaster.nodes.Node;
import io.yardmaster.nodes.StatsPoller;
import io.yardmaster.queue.Admission;
import io.yardmaster.queue.Found;
import io.yardmaster.queue.Lease;
import io.yardmaster.queue.Offer;
import io.yardmaster.queue.Priority;
import io.yardmaster.queue.QueueName;
import io.yardmaster.queue.Request;
import io.yardmaster.queue.Shards;
import io.yardmaster.redis.RedisFixture;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/// A replica on a real Redis whose nodes are scripted, and the words to tell a story with it.
final class Yard implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(20);

    final ScriptedForwarder nodes = new ScriptedForwarder();
    final Map<String, Whereabouts.Place> places = new ConcurrentHashMap<>();
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final Replica.Parts parts;
    final Replica replica;

    /// Called with the id of a request whose attempt has ended and is not settled yet.
    volatile Consumer<String> afterAttempt = id -> {};

    Yard(RedisFixture fixture, String... settings) {
        this(fixture, made -> made, settings);
    }

    /// @param change exchanges parts before the replica is made of them
    Yard(RedisFixture fixture, UnaryOperator<Replica.Parts> change, String... settings) {
        Map<String, String> flags = new HashMap<>();
        flags.put("yardmaster.replica-id", "test");
        flags.put("yardmaster.retry.base", "20ms");
        flags.put("yardmaster.rate-limit.producer.rate", "0");
        for (String setting : settings) {
            flags.put(
                    setting.substring(0, setting.indexOf('=')),
                    setting.substring(setting.indexOf('=') + 1));
        }
        Settings loaded =
                switch (Settings.load(flags, Map.of(), Optional.empty())) {
                    case Settings.Loaded.Ok(Settings ok) -> ok;
                    case Settings.Loaded.Refused(List<String> lines) ->
                            throw new IllegalArgumentException(lines.toString());
                };
        Replica.Surroundings around =
                new Replica.Surroundings(
                        InstantSource.system(),
                        System::nanoTime,
                        new SecureRandom(),
                        new SecureRandom(),
                        RedisFixture.LOOPS.threads());
        parts =
                change.apply(
                        Replica.parts(
                                loaded,
                                fixture.redis(Replica.library()),
                                new DispatchMetrics(meters),
                                around));
        replica =
                new Replica(
                        loaded,
                        parts,
                        new Replica.Reach(
                                nodes,
                                (node, timeout) -> true,
                                (node, stats, timeout) -> new StatsPoller.Pages.Page.Failed("none"),
                                new RequestParser(
                                        1 << 20, parts.ids(), around.clock(), Destinations.ANY),
                                address -> places.getOrDefault(address, Whereabouts.Place.UNKNOWN),
                                List.of(new Callbacks(nodes), afterAttempts())),
                        around);
    }

    /// These parts, with another queue.
    static Replica.Parts queued(Replica.Parts parts, Shards shards) {
        parts.intake().close();
        return new Replica.Parts(
                parts.redis(),
                shards,
                new Intake(shards, System::nanoTime),
                parts.registry(),
                parts.nodes(),
                parts.breakers(),
                parts.ids(),
                parts.safety(),
                parts.metrics());
    }

    private DispatchListener afterAttempts() {
        return new DispatchListener() {
            @Override
            public void attempted(
                    Lease lease, String node, String outcome, String cause, Duration took) {
                afterAttempt.accept(lease.id());
            }
        };
    }

    Yard start() {
        replica.start();
        return this;
    }

    Yard node(String id, int slots, String... services) {
        Node plain = Node.at(id, URI.create("http://127.0.0.1:1"));
        parts.registry()
                .put(
                        new Node(
                                id,
                                plain.url(),
                                java.util.Set.of(services),
                                1,
                                null,
                                null,
                                Map.of("name", id),
                                false,
                                slots,
                                plain.health(),
                                false));
        return this;
    }

    static Request request(String id, Priority priority) {
        return Request.of(id, new QueueName("default", priority), "/work", new byte[] {1});
    }

    void enqueue(Request request) throws InterruptedException {
        Admission admission = parts.intake().offer(Offer.of(request));
        if (!(admission instanceof Admission.Queued)) {
            throw new AssertionError(request.id() + ": " + admission);
        }
    }

    void enqueue(String id) throws InterruptedException {
        enqueue(request(id, Priority.NORMAL));
    }

    Found.Settled end(String id) throws InterruptedException {
        return parts.intake()
                .awaitEnd(id, PATIENCE)
                .orElseThrow(
                        () -> new AssertionError(id + " did not end: " + parts.queue().find(id)));
    }

    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("waited in vain: " + what);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    @Override
    public void close() {
        replica.close();
    }
}
