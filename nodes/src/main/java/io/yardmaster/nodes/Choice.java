package io.yardmaster.nodes;

/// What choosing a node gave.
public sealed interface Choice {
    record Chosen(Pass pass) implements Choice {}

    /// No node, and nothing was taken. `message` is one sentence for people.
    record None(Reason reason, String message) implements Choice {}

    /// Why there is no node. When nodes are missing for different reasons, the last of this list
    /// that applies to one of them: the one closest to serving.
    enum Reason {
        /// No node is registered for the service.
        NO_NODES,
        /// None of them carries the labels.
        NONE_WITH_LABELS,
        ALL_DRAINING,
        ALL_UNHEALTHY,
        /// The request excludes them.
        ALL_EXCLUDED,
        /// The request's predicate refuses them.
        ALL_REFUSED,
        /// They have no free slot.
        ALL_BUSY
    }
}
