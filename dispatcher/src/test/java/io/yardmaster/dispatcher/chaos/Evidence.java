package io.yardmaster.dispatcher.chaos;

import java.util.List;
import java.util.Map;

/// All that a run left behind, and what it promised: the checkers need nothing else.
///
/// @param asked what producers asked for, by id
/// @param endings how each of them stood at the end, by id; what was not found is [Ending#missing]
/// @param counts the queues' own figures at the end
/// @param episodes the faults, in order
/// @param orderly ids that were enqueued one after the other while nothing was wrong
/// @param inversions how many later requests may overtake one of `orderly`: what concurrency allows
record Evidence(
        Map<String, Asked> asked,
        List<Event> events,
        List<Send> sends,
        Map<String, Ending> endings,
        List<Counts> counts,
        List<Episode> episodes,
        List<String> orderly,
        int inversions) {

    /// @param maxRetries attempts after the first
    record Asked(String id, String door, String priority, int maxRetries) {}

    /// What a client did and heard, on the harness' monotonic clock.
    ///
    /// @param detail the state that was seen, or why it failed
    record Event(long nanos, String client, Kind kind, String id, String detail) {}

    /// What an event says of its request.
    enum Kind {
        INVOKE,
        /// Accepted.
        OK,
        /// Refused: it must have left nothing behind.
        FAIL,
        /// No answer, or one that leaves it open.
        UNKNOWN,
        /// A reader saw this state.
        SEEN,
        /// A reader saw none, although it was accepted before it asked.
        UNSEEN,
        /// Cancelled, as the answer said.
        CANCELLED
    }

    /// One request as a node received it, whole.
    ///
    /// @param addressee the node that the dispatcher meant (`X-Instance-ID`)
    /// @param intact whether the body is what the producer gave
    record Send(
            long nanos,
            String node,
            String id,
            int attempt,
            String priority,
            String addressee,
            boolean intact) {}

    /// What REST says of a request at the end.
    ///
    /// @param reason of its death
    /// @param settledAt as REST writes it
    record Ending(
            String id,
            String state,
            String priority,
            int attempts,
            String reason,
            String settledAt,
            List<Attempt> history) {
        static final String MISSING = "missing";

        static Ending missing(String id) {
            return new Ending(id, MISSING, "", 0, "", "", List.of());
        }

        boolean isMissing() {
            return state.equals(MISSING);
        }

        boolean isSettled() {
            return switch (state) {
                case "succeeded", "dead", "cancelled", "expired" -> true;
                default -> false;
            };
        }

        /// Why that attempt ended; empty when nothing is on record.
        String cause(int attempt) {
            return history.stream()
                    .filter(line -> line.number() == attempt)
                    .map(Attempt::cause)
                    .findFirst()
                    .orElse("");
        }
    }

    /// One line of a request's history.
    record Attempt(int number, String cause) {}

    /// The figures of one queue.
    record Counts(
            String priority,
            long enqueued,
            long depth,
            long inFlight,
            long scheduled,
            long succeeded,
            long failed,
            long cancelled,
            long expired) {}

    /// One fault.
    ///
    /// @param recoveredNanos from its end until every replica was ready, took a request and had it
    ///   served; negative when that did not come about in time
    record Episode(String fault, long beganNanos, long endedNanos, long recoveredNanos) {}
}
