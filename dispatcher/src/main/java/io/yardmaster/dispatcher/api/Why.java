package io.yardmaster.dispatcher.api;

import io.yardmaster.queue.Found;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Says what a request waits for that stands in its queue and is due. Thread-safe.
public interface Why {
    /// What a request waits for.
    enum Reason {
        PAUSED,
        RATE_LIMIT,
        BREAKER,
        NO_NODE,
        CONCURRENCY,
        BEHIND,
        DELAYED,
        RETRY,
        IN_FLIGHT,
        SETTLED;

        /// As the API says it, such as `rate-limit`.
        public String text() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /// The cause, for people and for programs.
    ///
    /// @param sentence for people, whole, with a full stop
    /// @param details for programs: String, Integer, Long, Double or Boolean by name
    record Answer(String sentence, Reason reason, Map<String, Object> details) {
        public Answer {
            details = Map.copyOf(details);
        }
    }

    /// Where a request is now.
    ///
    /// @param decision why it was sent there, as it will stand in its history; empty when that was
    ///   not sampled
    record Flight(String node, Optional<String> decision) {}

    /// Where this attempt is, when it is this replica that sent it and no answer has come yet.
    default Optional<Flight> flight(String id, int attempt) {
        return Optional.empty();
    }

    /// Asked only for requests in state `QUEUED` whose queue is not paused; answers with one of
    /// `RATE_LIMIT`, `BREAKER`, `NO_NODE`, `CONCURRENCY` and `BEHIND`.
    Answer waiting(Found.Live live);
}
