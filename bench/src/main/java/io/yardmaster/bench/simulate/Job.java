package io.yardmaster.bench.simulate;

import io.yardmaster.queue.Priority;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One request on its way through the simulated world.
public final class Job {
    public final double arrived;

    /// Seconds that one core of speed 1 needs for it.
    final double work;

    /// The dispatcher that it came to.
    final int client;

    public final Mark mark;

    /// What is on a request besides its work.
    ///
    /// @param key keeps it at one machine where the rule heeds it
    /// @param region where it comes from
    public record Mark(Priority priority, @Nullable String key, @Nullable String region) {
        public static final Mark NONE = new Mark(Priority.NORMAL, null, null);
    }

    /// Machines that this attempt could not reach.
    final Set<String> unreachable = new HashSet<>(0);

    double sentAt;
    int attempts;
    int machine = -1;

    /// The dispatcher that sent it: another one than it came to when it had to wait.
    int sender;

    int inFlightWhenSent;
    boolean underWay;
    boolean settled;

    /// How often it was sent, counting what reached nobody.
    int tries;

    // While it runs on a machine: the machine's attained service at which it is done.
    double startedAt;
    double finishAt;
    boolean running;

    // While one of the live classes knows it.
    @Nullable Object ticket;
    double charge;

    Job(double arrived, double work, int client, Mark mark) {
        this.arrived = arrived;
        this.work = work;
        this.client = client;
        this.mark = mark;
    }

    /// One that only asks where it would go.
    public static Job probe(Mark mark, double now) {
        return new Job(now, 0, 0, mark);
    }

    /// The same, as if it had been sent there.
    public Job atMachine(int index) {
        machine = index;
        return this;
    }

    /// Where it was sent last.
    public int machine() {
        return machine;
    }

    /// How many were under way at the machine when it was sent there.
    public int inFlightWhenSent() {
        return inFlightWhenSent;
    }

    /// How often it was sent.
    public int attempts() {
        return attempts;
    }

    public double sentAt() {
        return sentAt;
    }
}
