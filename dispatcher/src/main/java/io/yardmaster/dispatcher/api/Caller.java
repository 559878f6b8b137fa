package io.yardmaster.dispatcher.api;

import io.micronaut.http.HttpRequest;
import io.yardmaster.dispatcher.settings.Settings;
import io.yardmaster.queue.Offer;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Who calls, as found by [Guard].
///
/// @param key name of the key; empty when keys are not asked for
/// @param services that the key is narrowed to; empty: all
/// @param node that the key is narrowed to; empty: all
record Caller(
        Optional<String> key, Access.Role role, List<String> services, Optional<String> node) {
    static final Caller ANYBODY =
            new Caller(Optional.empty(), Access.Role.OPERATOR, List.of(), Optional.empty());

    private static final String ATTRIBUTE = "yardmaster.caller";

    static Caller of(Settings.Key key) {
        return new Caller(
                Optional.of(key.name()),
                Access.Role.valueOf(key.role().toUpperCase(Locale.ROOT)),
                key.services(),
                key.node());
    }

    static Caller of(HttpRequest<?> request) {
        return request.getAttribute(ATTRIBUTE, Caller.class).orElse(ANYBODY);
    }

    void accompany(HttpRequest<?> request) {
        request.setAttribute(ATTRIBUTE, this);
    }

    boolean mayUse(String service) {
        return services.isEmpty() || services.contains(service);
    }

    boolean mayUse(Offer offer) {
        return mayUse(offer.request().queue().service());
    }

    boolean maySpeakFor(String nodeId) {
        return node.isEmpty() || node.get().equals(nodeId);
    }

    void demand(String service) {
        if (!mayUse(service)) {
            throw Problem.forbidden("this key is not for service " + Refusals.shown(service))
                    .refused();
        }
    }
}
