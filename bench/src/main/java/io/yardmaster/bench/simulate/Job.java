package io.yardmaster.bench.simulate;

import org.jspecify.annotations.Nullable;

/// One request on its way through the simulated world.
final class Job {
    final double arrived;

    /// Seconds that one core of speed 1 needs for it.
    final double work;

    /// The dispatcher that it came to.
    final int client;

    /// 0 is the most urgent.
    final int priority;

    final @Nullable String key;

    /// Set by the caller for each attempt.
    double sentAt;

    int attempts;
    int machine = -1;

    /// The dispatcher that sent it: another one than it came to when it had to wait.
    int sender;

    int inFlightWhenSent;
    boolean settled;

    // While it runs on a machine: the machine's attained service at which it is done.
    double finishAt;
    boolean running;

    @Nullable Object ticket;

    Job(double arrived, double work, int client, int priority, @Nullable String key) {
        this.arrived = arrived;
        this.work = work;
        this.client = client;
        this.priority = priority;
        this.key = key;
    }
}
