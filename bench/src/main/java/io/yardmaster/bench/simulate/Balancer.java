package io.yardmaster.bench.simulate;

/// What one dispatcher does with the requests that come to it. One for each dispatcher; all share
/// the world.
interface Balancer {
    /// No machine now: the request waits in the shared queue.
    int WAIT = -1;

    /// How a request ended at a machine.
    enum Ending {
        SERVED,
        FAILED,
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

    /// What a machine says of itself.
    ///
    /// @param at when it said so, in seconds
    /// @param freeCores left by foreign work
    /// @param cpu share of all cores in use
    /// @param qps requests finished a second since the last report
    record MachineReport(
            int machine,
            double at,
            int inFlight,
            double freeCores,
            double cpu,
            double qps,
            double eps) {}
}
