package io.yardmaster.nodes;

import io.yardmaster.nodes.NodeSource.Entries;
import io.yardmaster.nodes.NodeSource.Snapshot;
import io.yardmaster.nodes.NodeSource.TimedReport;
import io.yardmaster.nodes.ServiceSettings.Sticky;
import io.yardmaster.nodes.strategy.Position;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What choosing a node costs. In the package of [Nodes], because [#strategy] measures the rule
/// alone on the very columns that it sees live.
///
/// All nodes report, have served, and have requests in flight; one in eight has failed lately.
/// Every request has a key, an address, a region and the dispatcher's predicate.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 15, time = 100, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 60, time = 10, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"-XX:+UseSerialGC", "-Xmx256m", "--sun-misc-unsafe-memory-access=allow"})
public class ChooseBenchmark {
    private static final int REQUESTS = 256;
    private static final int REGIONS = 4;
    private static final Duration TOOK = Duration.ofMillis(20);

    /// One of [Strategies#NAMES]; given by [ChooseReport].
    @Param("adaptive")
    public String strategy = "adaptive";

    @Param({"16", "64"})
    public int size = 16;

    private final RandomGenerator random = () -> ThreadLocalRandom.current().nextLong();
    private final ChoiceRequest[] requests = new ChoiceRequest[REQUESTS];
    private Nodes nodes = live(Map.of(), Map.of());
    private Service service =
            new Service(
                    "adaptive",
                    Strategies.create("adaptive", NodesConfig.defaults(), random),
                    ServiceSettings.NONE,
                    java.util.List.of(),
                    NodesConfig.defaults());
    private int next;

    private Nodes live(Map<String, Node> all, Map<String, TimedReport> reports) {
        Map<String, ServiceSettings> services =
                Map.of("default", new ServiceSettings(strategy, null, null, Map.of(), Sticky.NONE));
        return new Nodes(
                _ -> new Snapshot(1, new Entries(all, services), reports),
                NodesConfig.defaults(),
                System::nanoTime,
                random,
                NodeListener.NONE);
    }

    @Setup
    public void begin() {
        Map<String, Node> all = new HashMap<>();
        Map<String, TimedReport> reports = new HashMap<>();
        for (int i = 0; i < size; i++) {
            String id = "node-" + i;
            all.put(id, node(id, i));
            reports.put(
                    id,
                    new TimedReport(
                            new Report(i % 7 / 10.0, i % 5 / 10.0, i % 3 / 10.0, 4, 3),
                            Duration.ZERO));
        }
        nodes = live(all, reports);
        nodes.refresh();
        Set<String> closed = Set.of("node-1");
        for (int i = 0; i < REQUESTS; i++) {
            requests[i] =
                    new ChoiceRequest(
                            Map.of(),
                            "user-" + i,
                            i % 2 == 0 ? "192.0.2." + i : "2001:db8:0:42::" + i,
                            "region-" + i % REGIONS,
                            Position.of(i % 90, i),
                            null,
                            new HashSet<>(),
                            node -> !closed.contains(node.id()));
        }
        all.keySet().forEach(this::serve);
        for (int i = 0; i < 2 * size; i++) {
            nodes.choose("default", requests[i % REQUESTS]); // stays in flight
        }
        service = nodes.service("default");
        service.narrow(requests[0], 3, System.nanoTime());
    }

    private static Node node(String id, int i) {
        return new Node(
                id,
                URI.create("http://" + id),
                Set.of(),
                1 + i % 3,
                "region-" + i % REGIONS,
                new Location(i % 90, i),
                Map.of(),
                false,
                100_000,
                HealthCheck.DEFAULT,
                false);
    }

    private void serve(String id) {
        ChoiceRequest only =
                new ChoiceRequest(
                        Map.of(),
                        null,
                        null,
                        null,
                        null,
                        null,
                        Set.of(),
                        node -> node.id().equals(id));
        for (int n = 0; n < 20; n++) {
            if (nodes.choose("default", only) instanceof Choice.Chosen(Pass pass)) {
                if (n % 4 == 0 && id.hashCode() % 8 == 0) {
                    pass.failed(TOOK);
                } else {
                    pass.succeeded(Duration.ofMillis(10 + id.hashCode() % 10));
                }
            }
        }
    }

    private ChoiceRequest request() {
        next = (next + 1) % REQUESTS;
        return requests[next];
    }

    /// The rule alone, among candidates that are narrowed already.
    @Benchmark
    public int strategy() {
        return service.strategy.choose(service, request(), random);
    }

    /// All of a choice, and giving the slot back.
    @Benchmark
    public Choice choose() {
        Choice choice = nodes.choose("default", request());
        if (choice instanceof Choice.Chosen(Pass pass)) {
            pass.ignored();
        }
        return choice;
    }

    /// The same for a request that is served, from which the node's figures are learnt.
    @Benchmark
    public Choice serve() {
        Choice choice = nodes.choose("default", request());
        if (choice instanceof Choice.Chosen(Pass pass)) {
            pass.succeeded(TOOK);
        }
        return choice;
    }
}
