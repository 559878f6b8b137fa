package io.yardmaster.bench.simulate;

/// What one dispatcher does with the requests that come to it. One for each dispatcher; all share
/// the world.
public interface Balancer {
    /// No machine now: the request waits in the shared queue.
    int WAIT = -1;

    /// How a request ended at a machine.
    enum Ending {
        SERVED,
        FAILED,
        /// The machine could not be reached: nothing was sent.
        REFUSED,
        /// The caller gave up; says nothing by itself, the machine was just slow.
        TIMED_OUT
    }

    /// The machine that gets this request, or [#WAIT].
    int choose(Job job);

    /// It is there; `choose` was asked right before.
    default void sent(Job job) {}

    /// It ended there.
    default void ended(Job job, Ending ending, double seconds) {}

    /// A machine's report has arrived.
    default void reported(MachineReport report) {}

    /// How many requests this dispatcher could have under way.
    default int slots() {
        return Integer.MAX_VALUE;
    }

    /// What a machine says of itself.
    ///
    /// @param at when it said so, in seconds
    /// @param freeCores left by foreign work
    /// @param cpu share of all cores in use since the last report, by whomever
    /// @param utilisation cores that our requests used since the last report, as a share of the
    ///   machine's: above 1 where a machine may use more than it was allotted
    /// @param qps requests finished a second since the last report
    record MachineReport(
            int machine,
            double at,
            int inFlight,
            double freeCores,
            double cpu,
            double utilisation,
            double qps) {}
}
