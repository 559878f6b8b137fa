package io.yardmaster.bench.simulate;

import java.util.function.DoubleSupplier;
import java.util.random.RandomGenerator;

/// What a rule may know of the world besides reports and its own requests.
public interface Outlook {
    /// How many machines there are; they are called 0, 1, 2 ...
    int machines();

    /// As its operating system counts them.
    double cores(int machine);

    /// 1 is the speed at which a request takes the seconds that are drawn for it.
    double speed(int machine);

    /// How many dispatchers there are.
    int clients();

    /// Seconds since the start.
    double now();

    /// The rules' own stream of randomness.
    RandomGenerator dice();

    /// What a probe would bring: requests in flight there now.
    int inFlight(int machine);

    /// What a probe would bring: the median of the last latencies there of requests that arrived
    /// when about as many were in flight as now, in seconds; 0 before any.
    double latency(int machine);

    /// Again and again: `action` says after how many seconds it wants to be called next; below 0
    /// ends it.
    void repeat(double first, DoubleSupplier action);
}
