package io.yardmaster.dispatcher.events;

/// Hears every event of all replicas, each once and in the log's order, while it is joined to an
/// [EventFeed]. Whoever passes events on to outsiders and must do so only once for all replicas
/// passes on those whose source is its own replica.
@FunctionalInterface
public interface EventListener {
    /// Must be quick and must not throw.
    void happened(Told event);
}
