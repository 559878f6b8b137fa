package io.yardmaster.dispatcher.search;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which requests are meant: those that all of this is true of.
///
/// @param states empty: all
/// @param idPrefix what the id begins with
/// @param minAgeMs of the time since it was enqueued
/// @param reason the word that [Entry#reason] is
/// @param cause [Cause#key] of a dead request
/// @param ids these and no others; empty: all
public record RequestFilter(
        Set<RequestState> states,
        Optional<String> service,
        Optional<String> priority,
        Optional<String> node,
        Optional<String> idPrefix,
        OptionalLong minAgeMs,
        OptionalLong maxAgeMs,
        Optional<String> reason,
        Optional<String> cause,
        List<String> ids) {
    public RequestFilter {
        states = states.isEmpty() ? EnumSet.allOf(RequestState.class) : EnumSet.copyOf(states);
        ids = List.copyOf(ids);
    }

    /// The same, but in these states.
    public RequestFilter in(Set<RequestState> others) {
        return new RequestFilter(
                others, service, priority, node, idPrefix, minAgeMs, maxAgeMs, reason, cause, ids);
    }

    /// @param nowMs wall clock
    public boolean test(Entry entry, long nowMs) {
        long age = nowMs - entry.enqueuedAtMs();
        return states.contains(entry.state())
                && is(service, entry.service())
                && is(priority, entry.priority())
                && is(node, entry.node())
                && entry.id().startsWith(idPrefix.orElse(""))
                && age >= minAgeMs.orElse(Long.MIN_VALUE)
                && age <= maxAgeMs.orElse(Long.MAX_VALUE)
                && is(reason, entry.reason())
                && (cause.isEmpty()
                        || (entry.state() == RequestState.DEAD
                                && Cause.of(entry).key().equals(cause.get())));
    }

    private static boolean is(Optional<String> wanted, @Nullable String value) {
        return wanted.isEmpty() || wanted.get().equals(value);
    }
}
