package io.yardmaster.bench.simulate;

import io.yardmaster.nodes.Choice;
import io.yardmaster.nodes.ChoiceRequest;
import io.yardmaster.nodes.Location;
import io.yardmaster.nodes.Node;
import io.yardmaster.nodes.NodeListener;
import io.yardmaster.nodes.NodeSource;
import io.yardmaster.nodes.Nodes;
import io.yardmaster.nodes.NodesConfig;
import io.yardmaster.nodes.Pass;
import io.yardmaster.nodes.Report;
import io.yardmaster.nodes.ServiceSettings;
import io.yardmaster.ratelimit.Admission;
import io.yardmaster.ratelimit.BreakerConfig;
import io.yardmaster.ratelimit.Breakers;
import io.yardmaster.ratelimit.Permit;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A dispatcher made of the classes that run live.
public final class LiveBalancer implements Balancer {
    static final String SERVICE = "default";
    private static final double LOOK = 1;
    private static final double BELIEVED = 0.005;

    // As the live replica does.
    private static final double TELL = 0.05;
    private static final int TELLING = 10;

    private final World world;
    private final Live live;
    private final Nodes nodes;
    private final @Nullable Breakers breakers;
    private final Map<String, Integer> indexes = new HashMap<>();
    private final Map<String, ReportAt> reports = new HashMap<>();
    private final List<Node> registrations;
    private int inFlight;
    private Set<String> mayServe = Set.of();
    private double lookedAt = Double.NEGATIVE_INFINITY;

    private record ReportAt(Report report, double at) {}

    private record Ticket(Pass pass, @Nullable Permit permit) {}

    /// What of the dispatcher takes part, and how it is set.
    ///
    /// @param breakers null: none
    /// @param checkEvery seconds between health checks of a node; 0: none
    /// @param tellEvery seconds between two words to other dispatchers on what is in flight, with
    ///   so few of them that each tells all; 0: they do not talk
    /// @param places where regions are
    public record Live(
            NodesConfig config,
            @Nullable BreakerConfig breakers,
            double checkEvery,
            double tellEvery,
            Map<String, Location> places) {

        /// As it is configured by default, with this strategy, without breakers and checks.
        public static Live of(String strategy) {
            NodesConfig d = NodesConfig.defaults();
            NodesConfig config =
                    new NodesConfig(
                            strategy,
                            d.weightedResponse(),
                            d.resourceBased(),
                            d.roundRobin(),
                            d.leastConnections(),
                            d.consistentHash(),
                            d.resources(),
                            d.monitoring());
            return new Live(config, null, 0, TELL, Map.of());
        }

        public Live withBreakers(BreakerConfig rules) {
            return new Live(config, rules, checkEvery, tellEvery, places);
        }

        public Live checkedEvery(double seconds) {
            return new Live(config, breakers, seconds, tellEvery, places);
        }

        public Live tellingEvery(double seconds) {
            return new Live(config, breakers, checkEvery, seconds, places);
        }

        public Live at(Map<String, Location> regions) {
            return new Live(config, breakers, checkEvery, tellEvery, regions);
        }
    }

    public LiveBalancer(World world, Live live, int client) {
        this.world = world;
        this.live = live;
        world.fleet().forEach(machine -> indexes.put(machine.id, machine.index));
        this.registrations = world.fleet().stream().map(this::node).toList();
        this.nodes =
                new Nodes(
                        new Source(), live.config(), world.time, world.choices, NodeListener.NONE);
        this.breakers =
                live.breakers() == null
                        ? null
                        : new Breakers(
                                live.breakers(),
                                world.time,
                                world.choices,
                                (node, service, from, to) -> {});
        nodes.setLiveReplicas(world.traffic.clients());
        nodes.refresh();
        // replicas do not look at the same moment
        double offset = (double) client / world.traffic.clients();
        world.repeat(
                LOOK * offset,
                () -> {
                    look();
                    return LOOK;
                });
        if (live.tellEvery() > 0 && world.traffic.clients() > 1) {
            tell(client);
        }
        if (live.checkEvery() > 0) {
            for (Machine machine : world.fleet()) {
                world.repeat(live.checkEvery() * world.choices.nextDouble(), () -> check(machine));
            }
        }
    }

    private void tell(int client) {
        double every = live.tellEvery() * Math.ceilDiv(world.traffic.clients() - 1, TELLING);
        world.repeat(
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

    /// Reads the registry.
    public void look() {
        nodes.refresh();
        world.drain();
    }

    private double check(Machine machine) {
        nodes.checked(registrations.get(machine.index), machine.up());
        world.drain();
        return live.checkEvery() * (0.9 + 0.2 * world.choices.nextDouble());
    }

    private Node node(Machine machine) {
        Node plain = Node.at(machine.id, URI.create("http://192.0.2." + (machine.index % 250 + 1)));
        return new Node(
                plain.id(),
                plain.url(),
                Set.of(SERVICE),
                1,
                machine.region,
                machine.region == null ? null : live.places().get(machine.region),
                Map.of(),
                false,
                machine.connections,
                plain.health(),
                false);
    }

    private final class Source implements NodeSource {
        @Override
        public Snapshot read(long knownVersion) {
            Map<String, TimedReport> timed = new HashMap<>();
            reports.forEach((id, at) -> {
                double age = world.now() - at.at();
                timed.put(
                        id, new TimedReport(at.report(), Duration.ofNanos(Math.round(age * 1e9))));
            });
            int version = world.registryVersion();
            return new Snapshot(version, knownVersion == version ? null : entries(), timed);
        }

        private Entries entries() {
            Map<String, Node> registered = new LinkedHashMap<>();
            for (Machine machine : world.fleet()) {
                if (machine.registered()) {
                    registered.put(machine.id, registrations.get(machine.index));
                }
            }
            return new Entries(registered, Map.<String, ServiceSettings>of());
        }
    }

    /// As the dispatcher's gate: breakers narrow the nodes, the strategy chooses, the breaker of
    /// the chosen one has the last word.
    @Override
    public int choose(Job job) {
        Set<String> excluded = new HashSet<>(job.unreachable);
        while (true) {
            switch (nodes.choose(SERVICE, request(job, excluded))) {
                case Choice.None _ -> {
                    return WAIT;
                }
                case Choice.Chosen(Pass pass) -> {
                    String id = pass.node().id();
                    switch (admission(id)) {
                        case Admission.Admitted(Permit permit) -> {
                            return chosen(job, pass, permit);
                        }
                        case Admission.Refused _ -> {
                            pass.ignored();
                            excluded.add(id);
                        }
                        case null -> {
                            return chosen(job, pass, null);
                        }
                    }
                }
            }
        }
    }

    private int chosen(Job job, Pass pass, @Nullable Permit permit) {
        job.ticket = new Ticket(pass, permit);
        return Objects.requireNonNull(indexes.get(pass.node().id()));
    }

    private @Nullable Admission admission(String node) {
        Duration timeout = Duration.ofNanos(Math.round(world.traffic.deadline() * 1e9));
        return breakers == null ? null : breakers.acquire(SERVICE, node, timeout);
    }

    private ChoiceRequest request(Job job, Set<String> excluded) {
        Job.Mark mark = job.mark;
        if (excluded.isEmpty() && breakers == null && mark.key() == null && mark.region() == null) {
            return ChoiceRequest.ANY;
        }
        return new ChoiceRequest(
                Map.of(), mark.key(), null, mark.region(), null, null, excluded, admitted());
    }

    private Predicate<Node> admitted() {
        if (breakers == null) {
            return node -> true;
        }
        if (world.now() - lookedAt > BELIEVED) {
            List<String> members = nodes.members(SERVICE);
            Set<String> open = new HashSet<>(members);
            open.removeAll(breakers.ejected(SERVICE, members));
            mayServe = open;
            lookedAt = world.now();
        }
        Set<String> ids = mayServe;
        return node -> ids.contains(node.id());
    }

    @Override
    public int slots() {
        return inFlight + nodes.freeSlots(SERVICE, admitted());
    }

    @Override
    public void sent(Job job) {
        inFlight++;
    }

    @Override
    public void ended(Job job, Ending ending, double seconds) {
        inFlight--;
        Ticket ticket = (Ticket) Objects.requireNonNull(job.ticket);
        Duration took = Duration.ofNanos(Math.round(seconds * 1e9));
        boolean served = ending == Ending.SERVED;
        if (served) {
            ticket.pass().succeeded(took);
        } else {
            ticket.pass().failed(took);
        }
        Permit permit = ticket.permit();
        if (permit != null && served) {
            permit.succeeded();
        } else if (permit != null) {
            permit.failed();
        }
    }

    @Override
    public void reported(MachineReport report) {
        Machine machine = world.fleet().get(report.machine());
        reports.put(
                machine.id,
                new ReportAt(
                        new Report(report.cpu(), 0, 0, (int) machine.cores, report.inFlight()),
                        report.at()));
    }
}
