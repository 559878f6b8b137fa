package io.yardmaster.bench.simulate;

import java.util.PriorityQueue;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/// Virtual time and what is to happen in it: a discrete-event loop. Events of the same moment
/// happen in the order in which they were scheduled, so a run is repeatable to the last bit.
public final class VirtualTime implements LongSupplier {
    private static final double NANOS = 1e9;

    private final PriorityQueue<Event> events = new PriorityQueue<>(1024);
    private long scheduled;
    private double now;

    private record Event(double at, long order, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Double.compare(at, other.at);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    /// Seconds since the start.
    public double now() {
        return now;
    }

    /// The same as [#now] for the live classes, in nanoseconds.
    @Override
    public long getAsLong() {
        return Math.round(now * NANOS);
    }

    public void at(double time, Runnable action) {
        events.add(new Event(Math.max(now, time), scheduled++, action));
    }

    public void in(double seconds, Runnable action) {
        at(now + seconds, action);
    }

    /// Again and again: `action` says after how many seconds it wants to be called next; below 0
    /// ends it.
    public void repeat(double first, DoubleSupplier action) {
        in(
                first,
                () -> {
                    double next = action.getAsDouble();
                    if (next >= 0) {
                        repeat(next, action);
                    }
                });
    }

    /// Lets everything happen until then.
    void runUntil(double end) {
        while (!events.isEmpty() && events.peek().at <= end) {
            Event next = events.remove();
            now = next.at;
            next.action.run();
        }
        now = end;
    }
}
