package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.queue.QueueDepth;
import io.yardmaster.queue.QueueName;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.LongSupplier;

/// How quickly requests leave each queue, at all replicas together, over the last minute.
/// Thread-safe; keeps at most a minute of looks for each queue there is.
final class Throughput {
    private static final Duration WINDOW = Duration.ofMinutes(1);
    private static final Duration SHORTEST = Duration.ofSeconds(2);
    private static final int MOST_LOOKS = 100;

    private final LongSupplier nanos;
    private Map<QueueName, Deque<Look>> looks = new HashMap<>();

    private record Look(long at, long left) {}

    Throughput(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /// A regular look at all queues.
    synchronized void looked(List<QueueDepth> depths) {
        long now = nanos.getAsLong();
        Map<QueueName, Deque<Look>> next = HashMap.newHashMap(depths.size());
        for (QueueDepth depth : depths) {
            Deque<Look> of = looks.getOrDefault(depth.queue(), new ArrayDeque<>());
            of.addLast(new Look(now, left(depth)));
            while (of.size() > MOST_LOOKS || now - of.getFirst().at() > WINDOW.toNanos()) {
                of.removeFirst();
            }
            next.put(depth.queue(), of);
        }
        looks = next; // queues that are gone are forgotten
    }

    /// How often a request has left the queue's list for a node, or for good.
    private static long left(QueueDepth depth) {
        return depth.inFlight()
                + depth.retried()
                + depth.succeeded()
                + depth.failed()
                + depth.cancelled()
                + depth.expired();
    }

    /// Requests a second; empty when none left, or when it has not been looked for long enough.
    synchronized OptionalDouble perSecond(QueueName queue) {
        Deque<Look> of = looks.get(queue);
        if (of == null || of.getLast().at() - of.getFirst().at() < SHORTEST.toNanos()) {
            return OptionalDouble.empty();
        }
        long count = of.getLast().left() - of.getFirst().left();
        double seconds = (of.getLast().at() - of.getFirst().at()) / 1e9;
        return count > 0 ? OptionalDouble.of(count / seconds) : OptionalDouble.empty();
    }
}
