package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.dispatcher.settings.Settings;
import io.yardmaster.nodes.HealthCheck;
import io.yardmaster.nodes.Node;
import io.yardmaster.nodes.NodeListener;
import io.yardmaster.nodes.NodeSource.Entries;
import io.yardmaster.nodes.NodeSource.Snapshot;
import io.yardmaster.nodes.Nodes;
import io.yardmaster.nodes.NodesConfig;
import io.yardmaster.queue.Priority;
import io.yardmaster.queue.QueueDepth;
import io.yardmaster.queue.QueueName;
import io.yardmaster.ratelimit.Breakers;
import io.yardmaster.ratelimit.Limit;
import io.yardmaster.ratelimit.NodeLimits;
import io.yardmaster.ratelimit.SharedTokens;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// What it costs to decide on the next takes.
///
/// Each service has a node of its own with free slots for all, and requests of all four priorities
/// wait for it in all shards: 100 requests are planned each time.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PlanBenchmark {
    private static final SharedTokens NOBODY =
            (scope, name, limit, want) -> {
                throw new IllegalStateException("no limits are set");
            };

    @Param({"1", "10", "100"})
    public int services = 1;

    @Param({"1", "4", "16"})
    public int shards = 1;

    private TakePlanner planner = planner();

    @Setup
    public void begin() {
        planner = planner();
    }

    private TakePlanner planner() {
        Settings settings = settings();
        Backlog backlog = new Backlog(shards, System::nanoTime);
        TakePlanner planner =
                new TakePlanner(
                        new Policies(settings),
                        backlog,
                        new HeldLeases(
                                Duration.ofSeconds(5), InstantSource.system(), System::nanoTime),
                        gate(),
                        new TakePlanner.Bounds(
                                1000, settings.queues().batchSize(), shards, () -> shards),
                        System::nanoTime);
        for (int shard = 0; shard < shards; shard++) {
            backlog.looked(shard, depths(), System.nanoTime());
            planner.open(shard);
        }
        return planner;
    }

    private static Settings settings() {
        Map<String, String> flags = Map.of("yardmaster.replica-id", "benchmark");
        return switch (Settings.load(flags, Map.of(), Optional.empty())) {
            case Settings.Loaded.Ok(Settings ok) -> ok;
            case Settings.Loaded.Refused(List<String> lines) ->
                    throw new IllegalStateException(lines.toString());
        };
    }

    private List<QueueDepth> depths() {
        List<QueueDepth> depths = new ArrayList<>();
        for (int i = 0; i < services; i++) {
            for (Priority priority : Priority.values()) {
                QueueName queue = new QueueName("service-" + i, priority);
                depths.add(new QueueDepth(queue, 1000, 0, 0, 0, 0, false, 0, 0, 0, 0, 0, 0));
            }
        }
        return depths;
    }

    private Gate gate() {
        Map<String, Node> all = new HashMap<>();
        for (int i = 0; i < services; i++) {
            String id = "node-" + i;
            all.put(
                    id,
                    new Node(
                            id,
                            URI.create("http://" + id),
                            Set.of("service-" + i),
                            1,
                            null,
                            null,
                            Map.of(),
                            false,
                            1000,
                            HealthCheck.DEFAULT,
                            false));
        }
        Nodes nodes =
                new Nodes(
                        _ -> new Snapshot(1, new Entries(all, Map.of()), Map.of()),
                        NodesConfig.defaults(),
                        System::nanoTime,
                        new Random(1),
                        NodeListener.NONE);
        nodes.refresh();
        return new Gate(
                nodes,
                new Breakers(
                        new Policies(settings()).breaker("service-0"),
                        System::nanoTime,
                        new Random(1),
                        (node, service, from, to) -> {}),
                new NodeLimits(Limit.OFF, 1, NOBODY, System::nanoTime),
                Whereabouts.NOWHERE,
                System::nanoTime);
    }

    @Benchmark
    public Object plan() {
        return planner.plan();
    }
}
