package io.yardmaster.dispatcher.history;

import io.yardmaster.nodes.NodeView;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// The nodes at one moment.
///
/// @param inFlight of all replicas, by node
/// @param slots requests that all replicas together may have at them
/// @param reportExpiry age from which on a node's report counts as absent
public record FleetView(
        List<NodeView> nodes, Map<String, Integer> inFlight, long slots, Duration reportExpiry) {}
