package io.yardmaster.dispatcher.dispatch;

import java.util.List;
import java.util.function.UnaryOperator;

/// Where traces take part in a request's way.
///
/// @param offers goes around what is offered here
/// @param forwarder goes around what is sent to nodes
/// @param listeners hear what happens on the way
public record Tracing(
        Intake.Around offers,
        UnaryOperator<Forwarder> forwarder,
        List<DispatchListener> listeners) {
    /// Nowhere.
    public static final Tracing NONE =
            new Tracing(Intake.Around.NOTHING, UnaryOperator.identity(), List.of());

    public Tracing {
        listeners = List.copyOf(listeners);
    }
}
