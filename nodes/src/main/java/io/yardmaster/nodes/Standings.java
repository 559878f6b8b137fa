package io.yardmaster.nodes;

import java.util.List;
import java.util.Optional;

/// How all nodes of a service stand for one request, as of one moment.
///
/// @param nodes by id
/// @param kept the node that the caller's cookie, address or key would have, could all serve; empty
///   when the service does not bind callers, or the request names nothing to be bound by
public record Standings(List<Standing> nodes, Optional<Kept> kept) {
    /// No node is registered.
    public static final Standings NONE = new Standings(List.of(), Optional.empty());

    /// What binds a caller to a node.
    ///
    /// @param by `cookie`, `address` or `key`
    public record Kept(String node, String by) {}

    public Standings {
        nodes = List.copyOf(nodes);
    }
}
