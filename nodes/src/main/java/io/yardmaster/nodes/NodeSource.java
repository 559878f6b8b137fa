package io.yardmaster.nodes;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Where the live view gets nodes, services and reports from: the registry, or a simulation.
public interface NodeSource {
    /// No registry ever has this version: everything is read.
    long UNREAD = -1;

    /// What is registered now. When the version is still `knownVersion`, only reports are read.
    Snapshot read(long knownVersion);

    /// What one reading gave.
    ///
    /// @param entries null when the version is the known one
    record Snapshot(long version, @Nullable Entries entries, Map<String, TimedReport> reports) {}

    /// Nodes by id, services that have settings by name.
    record Entries(Map<String, Node> nodes, Map<String, ServiceSettings> services) {}

    /// A report and how old it was when it was read.
    ///
    /// @param age since its arrival, by the clock that stamped it
    record TimedReport(Report report, Duration age) {}
}
