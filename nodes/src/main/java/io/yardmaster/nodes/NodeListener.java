package io.yardmaster.nodes;

/// Is told of changes in this replica's view of the nodes, once each, after they took effect.
/// Called on the thread that found the change, and must not hold it up.
public interface NodeListener {
    NodeListener NONE = new NodeListener() {};

    default void registered(Node node) {}

    default void removed(Node node) {}

    default void healthChanged(Node node, Health from, Health to) {}
}
