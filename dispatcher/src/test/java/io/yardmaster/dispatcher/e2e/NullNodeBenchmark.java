package io.yardmaster.dispatcher.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.yardmaster.dispatcher.api.Destinations;
import io.yardmaster.dispatcher.api.RequestParser;
import io.yardmaster.dispatcher.dispatch.Forwarder;
import io.yardmaster.dispatcher.dispatch.Replica;
import io.yardmaster.dispatcher.dispatch.Whereabouts;
import io.yardmaster.dispatcher.metrics.DispatchMetrics;
import io.yardmaster.dispatcher.settings.Settings;
import io.yardmaster.nodes.HealthCheck;
import io.yardmaster.nodes.Node;
import io.yardmaster.nodes.StatsPoller;
import io.yardmaster.queue.Offer;
import io.yardmaster.queue.Priority;
import io.yardmaster.queue.QueueDepth;
import io.yardmaster.queue.QueueName;
import io.yardmaster.queue.Request;
import io.yardmaster.queue.WorkQueue;
import io.yardmaster.redis.Redis;
import io.yardmaster.redis.RedisFixture;
import java.net.URI;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What draining costs Redis and one whole replica when there are more shards, and more servers for
/// them, and nodes cost nothing: the null node answers in the same process, at once. Run by
/// `scripts/bench --shards`, behind [ShardsBenchmark].
final class NullNodeBenchmark {
    private static final int[][] SETTINGS = {{1, 1}, {1, 2}, {2, 2}, {2, 4}};
    private static final QueueName QUEUE = new QueueName("default", Priority.NORMAL);
    private static final int BATCH = 100;
    private static final Forwarder NULL_NODE =
            (node, request, timeout, maySend) ->
                    maySend.getAsBoolean()
                            ? new Forwarder.Answer.Responded(
                                    200, List.of(), "{\"status\":\"ok\"}".getBytes(UTF_8), false)
                            : new Forwarder.Answer.Withheld();

    private NullNodeBenchmark() {}

    /// @param arguments requests in each run, default 100,000
    public static void main(String... arguments) throws Exception {
        int requests = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 100_000;
        System.out.printf(
                "%na replica drains them to a node that answers in its process, 1,000 in flight: the"
                        + " cheapest of 3 runs of %d%n",
                requests);
        Cost.table(
                "replica",
                SETTINGS,
                requests,
                (servers, shards) -> cheapest(servers, shards, requests));
        System.exit(0); // threads of the last replica are not worth waiting for
    }

    /// Of three drains the one that cost Redis least: what else the machine does only adds to it.
    private static Cost cheapest(int servers, int shards, int requests) throws Exception {
        try (RedisCluster cluster = new RedisCluster(servers, false);
                Redis redis = cluster.connect()) {
            Settings settings = settings(shards);
            Replica.Surroundings around =
                    new Replica.Surroundings(
                            InstantSource.system(),
                            System::nanoTime,
                            new SecureRandom(),
                            new SecureRandom(),
                            RedisFixture.LOOPS.threads());
            Replica.Parts parts =
                    Replica.parts(
                            settings,
                            redis,
                            new DispatchMetrics(new SimpleMeterRegistry()),
                            around);
            parts.registry().put(node());
            try (Replica replica = new Replica(settings, parts, reach(parts), around)) {
                replica.start();
                drain(cluster, parts, "warm-", requests);
                List<Cost> costs = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    costs.add(drain(cluster, parts, "run" + i + "-", requests));
                }
                long dead = parts.queue().depth().stream().mapToLong(QueueDepth::dead).sum();
                if (dead > 0) {
                    System.out.println(dead + " died: the machine was too busy to hold leases");
                }
                return Collections.min(costs, Comparator.comparingDouble(Cost::redis));
            }
        }
    }

    private static Settings settings(int shards) {
        Map<String, String> flags =
                Map.of(
                        "yardmaster.replica-id", "benchmark",
                        "yardmaster.shards", String.valueOf(shards),
                        "yardmaster.rate-limit.producer.rate", "0",
                        "yardmaster.queues.max-size", "2000000");
        return switch (Settings.load(flags, Map.of(), Optional.empty())) {
            case Settings.Loaded.Ok(Settings ok) -> ok;
            case Settings.Loaded.Refused(List<String> lines) ->
                    throw new IllegalStateException(lines.toString());
        };
    }

    private static Node node() {
        return new Node(
                "null",
                URI.create("http://127.0.0.1:1"),
                Set.of("default"),
                1,
                null,
                null,
                Map.of(),
                false,
                1000,
                HealthCheck.DEFAULT,
                false);
    }

    private static Replica.Reach reach(Replica.Parts parts) {
        return new Replica.Reach(
                NULL_NODE,
                (node, timeout) -> true,
                (node, stats, timeout) -> new StatsPoller.Pages.Page.Failed("none"),
                new RequestParser(1 << 20, parts.ids(), InstantSource.system(), Destinations.ANY),
                Whereabouts.NOWHERE,
                List.of());
    }

    /// Queues as many at each shard, and drains them.
    private static Cost drain(
            RedisCluster cluster, Replica.Parts parts, String prefix, int requests)
            throws InterruptedException {
        parts.queue().pause(QUEUE);
        List<WorkQueue> shards = parts.queue().all();
        for (int done = 0; done < requests; done += BATCH) {
            List<Offer> offers = new ArrayList<>(BATCH);
            for (int i = done; i < done + BATCH; i++) {
                offers.add(Offer.of(Request.of(prefix + i, QUEUE, "/job", new byte[250])));
            }
            var _ = shards.get(done / BATCH % shards.size()).offer(offers);
        }
        Cost began = Cost.now(cluster);
        parts.queue().resume(QUEUE);
        while (left(parts) > 0) {
            Thread.sleep(20);
        }
        return Cost.now(cluster).since(began);
    }

    private static long left(Replica.Parts parts) {
        return parts.queue().depth().stream()
                .mapToLong(depth -> depth.depth() + depth.inFlight() + depth.scheduled())
                .sum();
    }
}
