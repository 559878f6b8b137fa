package io.yardmaster.nodes;

import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// A registry in memory.
final class FakeSource implements NodeSource {
    final Map<String, Node> nodes = new HashMap<>();
    final Map<String, ServiceSettings> services = new HashMap<>();
    final Map<String, TimedReport> reports = new HashMap<>();
    long version = 1;

    static Node node(String id, int maxConnections) {
        return node(id, maxConnections, false, Map.of());
    }

    static Node node(String id, int maxConnections, boolean backup, Map<String, String> labels) {
        return new Node(
                id,
                URI.create("http://" + id),
                Set.of(),
                1,
                null,
                null,
                labels,
                backup,
                maxConnections,
                HealthCheck.DEFAULT,
                false);
    }

    FakeSource put(Node node) {
        nodes.put(node.id(), node);
        version++;
        return this;
    }

    Node get(String id) {
        return Objects.requireNonNull(nodes.get(id));
    }

    void remove(String id) {
        nodes.remove(id);
        reports.remove(id);
        version++;
    }

    void strategy(String service, String name) {
        services.put(
                service,
                new ServiceSettings(name, null, null, Map.of(), ServiceSettings.Sticky.NONE));
        version++;
    }

    void report(String id, double cpu, Duration age) {
        reports.put(id, new TimedReport(new Report(cpu, 0, 0, 4, Report.UNKNOWN), age));
    }

    @Override
    public Snapshot read(long knownVersion) {
        Entries entries =
                knownVersion == version
                        ? null
                        : new Entries(Map.copyOf(nodes), Map.copyOf(services));
        return new Snapshot(version, entries, Map.copyOf(reports));
    }
}
