package io.yardmaster.nodes;

import org.jspecify.annotations.Nullable;

/// Is told of each write of this process that changed the registry, once, after it took effect; of
/// those of other processes [NodeListener] hears. Must not hold up the writer.
public interface RegistryListener {
    RegistryListener NONE = new RegistryListener() {};

    /// @param replaced whether it was registered before, in another way
    default void registered(Node node, boolean replaced) {}

    default void removed(String node) {}

    default void drained(String node) {}

    default void resumed(String node) {}

    /// @param before null when there were none, or none that could be read
    /// @param after null when they were removed
    default void serviceChanged(
            String service, @Nullable ServiceSettings before, @Nullable ServiceSettings after) {}
}
