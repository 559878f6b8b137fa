package io.yardmaster.ratelimit;

import java.util.List;

/// What a breaker knows, immutable. Times are nanoseconds of the breaker's clock: they mean nothing
/// outside this process.
///
/// Each change from one kind of state to another begins a new `epoch`; a word from a request that
/// was admitted in an earlier one is not heard.
public sealed interface BreakerState {

    long epoch();

    /// `closed`, `open` or `half-open`: the name in the API, in events and in metrics.
    String name();

    /// Everything is admitted and counted.
    ///
    /// @param inARow failures since the last success
    /// @param alertUntil until then, on a hint of another replica, no minimum of requests protects
    ///   the node
    record Closed(long epoch, FailureWindow window, int inARow, long alertUntil)
            implements BreakerState {
        @Override
        public String name() {
            return "closed";
        }
    }

    /// Nothing is admitted before `until`; the first request after it becomes a trial.
    ///
    /// @param timesOpened openings since it was last closed, at least 1
    record Open(long epoch, long until, int timesOpened) implements BreakerState {
        @Override
        public String name() {
            return "open";
        }
    }

    /// A few trials decide.
    ///
    /// @param endsAt no trial begins after it
    /// @param running the trials that have not reported yet
    /// @param succeeded how many have, all of them well
    /// @param nextTrial number of the next trial
    record HalfOpen(
            long epoch,
            long endsAt,
            int timesOpened,
            List<Trial> running,
            int succeeded,
            long nextTrial)
            implements BreakerState {
        public HalfOpen {
            running = List.copyOf(running);
        }

        @Override
        public String name() {
            return "half-open";
        }
    }

    /// A request that is trying the node out.
    ///
    /// @param number counts the trials of one half-open time
    /// @param expiresAt when silence counts as a failure
    record Trial(long number, long expiresAt) {}
}
