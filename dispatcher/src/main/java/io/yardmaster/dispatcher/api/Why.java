package io.yardmaster.dispatcher.api;

import io.yardmaster.queue.Found;
import io.yardmaster.queue.Holdup;
import io.yardmaster.queue.StoredRequest;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Says what nodes, limits and breakers have to do with a request that waits, and where one is that
/// does not. Thread-safe.
public interface Why {
    /// What a request waits for, those first that may last longest.
    enum Reason {
        PAUSED,
        NO_NODE,
        BREAKER,
        RATE_LIMIT,
        MAX_IN_FLIGHT,
        CONCURRENCY,
        BEHIND,
        DELAYED,
        RETRY,
        IN_FLIGHT,
        /// Holds nothing up: its usual node cannot serve it, so another one will.
        STICKY,
        SETTLED;

        /// As the API says it, such as `rate-limit`.
        public String text() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        /// Whether it holds up a request too that is not in its queue yet.
        boolean lasting() {
            return this == PAUSED || this == NO_NODE || this == BREAKER;
        }
    }

    /// One cause, for people and for programs.
    ///
    /// @param sentence for people, whole, with a full stop
    /// @param details for programs, in order: String, Integer, Long, Double, Boolean, or lists and
    ///   maps of such, by name
    record Cause(Reason reason, String sentence, Map<String, Object> details) {
        public Cause {
            details = Collections.unmodifiableMap(new LinkedHashMap<>(details));
        }
    }

    /// Where a request is now.
    ///
    /// @param replica that sent it
    /// @param deadline of the attempt
    /// @param decision why it was sent there, as it will stand in its history; empty when that was
    ///   not sampled
    record Flight(
            String replica,
            String node,
            Instant sentAt,
            Instant deadline,
            Optional<String> decision) {}

    /// Where this attempt is, when it is this replica that sent it and no answer has come yet.
    default Optional<Flight> flight(String id, int attempt) {
        return Optional.empty();
    }

    /// As [#flight]; other replicas are asked too, and waited for a moment.
    default Optional<Flight> flightAnywhere(String id, int attempt) {
        return flight(id, attempt);
    }

    /// How many attempts the request has in all.
    default int attempts(StoredRequest stored) {
        return stored.forgiven() + stored.request().maxRetries().orElse(0) + 1;
    }

    /// What keeps a request from being sent that is due or will be, besides a pause: first what may
    /// last longest. Never empty.
    List<Cause> waiting(Found.Live live, Holdup holdup);
}
