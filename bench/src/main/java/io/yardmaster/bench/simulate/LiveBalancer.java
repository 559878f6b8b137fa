package io.yardmaster.bench.simulate;

import io.yardmaster.nodes.Choice;
import io.yardmaster.nodes.ChoiceRequest;
import io.yardmaster.nodes.Node;
import io.yardmaster.nodes.NodeListener;
import io.yardmaster.nodes.NodeSource;
import io.yardmaster.nodes.Nodes;
import io.yardmaster.nodes.NodesConfig;
import io.yardmaster.nodes.Pass;
import io.yardmaster.nodes.Report;
import io.yardmaster.nodes.ServiceSettings;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// A dispatcher made of the classes that run live.
final class LiveBalancer implements Balancer {
    static final String SERVICE = "default";
    private static final double LOOK = 1;

    // As the live replica does.
    private static final double TELL = 0.05;
    private static final int TELLING = 10;

    private final World world;
    private final Nodes nodes;
    private final Map<String, Integer> indexes = new HashMap<>();
    private final Map<String, ReportAt> reports = new HashMap<>();

    private record ReportAt(Report report, double at) {}

    LiveBalancer(World world, NodesConfig config, int client) {
        this.world = world;
        Map<String, Node> registered = new LinkedHashMap<>();
        for (Machine machine : world.machines) {
            indexes.put(machine.id, machine.index);
            registered.put(machine.id, node(machine));
        }
        this.nodes =
                new Nodes(
                        new Source(registered),
                        config,
                        world.time,
                        world.choices,
                        NodeListener.NONE);
        nodes.setLiveReplicas(world.traffic.clients());
        nodes.refresh();
        // replicas do not look at the same moment
        double first = LOOK * client / world.traffic.clients();
        world.time.repeat(
                first,
                () -> {
                    nodes.refresh();
                    return LOOK;
                });
        if (world.traffic.clients() > 1) {
            tell(client);
        }
    }

    private void tell(int client) {
        double every = TELL * Math.ceilDiv(world.traffic.clients() - 1, TELLING);
        world.time.repeat(
                every * client / world.traffic.clients(),
                () -> {
                    world.told.put(client, nodes.inFlight());
                    nodes.othersInFlight(others(client));
                    return every;
                });
    }

    private Map<String, Integer> others(int client) {
        Map<String, Integer> sums = new HashMap<>();
        world.told.forEach((other, counts) -> {
            if (other != client) {
                counts.forEach((id, count) -> sums.merge(id, count, Integer::sum));
            }
        });
        return sums;
    }

    private static Node node(Machine machine) {
        Node plain = Node.at(machine.id, URI.create("http://192.0.2." + (machine.index % 250 + 1)));
        return new Node(
                plain.id(),
                plain.url(),
                Set.of(SERVICE),
                1,
                null,
                null,
                Map.of(),
                false,
                10_000,
                plain.health(),
                false);
    }

    private final class Source implements NodeSource {
        private final Map<String, Node> registered;

        Source(Map<String, Node> registered) {
            this.registered = registered;
        }

        @Override
        public Snapshot read(long knownVersion) {
            Map<String, TimedReport> timed = new HashMap<>();
            reports.forEach((id, at) -> {
                double age = world.time.now() - at.at();
                timed.put(
                        id, new TimedReport(at.report(), Duration.ofNanos(Math.round(age * 1e9))));
            });
            Entries entries =
                    knownVersion == 1
                            ? null
                            : new Entries(registered, Map.<String, ServiceSettings>of());
            return new Snapshot(1, entries, timed);
        }
    }

    @Override
    public int choose(Job job) {
        return switch (nodes.choose(SERVICE, ChoiceRequest.ANY)) {
            case Choice.Chosen(Pass pass) -> {
                job.ticket = pass;
                yield Objects.requireNonNull(indexes.get(pass.node().id()));
            }
            case Choice.None _ -> WAIT;
        };
    }

    @Override
    public void ended(Job job, Ending ending, double seconds) {
        Pass pass = (Pass) Objects.requireNonNull(job.ticket);
        Duration took = Duration.ofNanos(Math.round(seconds * 1e9));
        switch (ending) {
            case SERVED -> pass.succeeded(took);
            case FAILED, TIMED_OUT -> pass.failed(took);
        }
    }

    @Override
    public void reported(MachineReport report) {
        Machine machine = world.machines.get(report.machine());
        reports.put(
                machine.id,
                new ReportAt(
                        new Report(report.cpu(), 0, 0, (int) machine.cores, report.inFlight()),
                        report.at()));
    }
}
