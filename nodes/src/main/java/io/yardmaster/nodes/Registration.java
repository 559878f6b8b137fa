package io.yardmaster.nodes;

/// What became of a node or a service that was put into the registry.
public enum Registration {
    CREATED,
    REPLACED,
    /// It was there already, exactly so.
    UNCHANGED,
    /// Refused: the registry holds as many as it may.
    FULL
}
