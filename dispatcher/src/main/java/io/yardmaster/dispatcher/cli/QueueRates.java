package io.yardmaster.dispatcher.cli;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Requests a second into and out of each queue, from two readings of its counters. Holds one
/// reading per queue of the last answer. Not thread-safe.
final class QueueRates {

    /// What passes through a queue.
    ///
    /// @param in requests accepted a second
    /// @param out requests settled a second
    record Rate(double in, double out) {}

    private record Reading(long enqueued, long settled) {}

    private final Map<String, Rate> rates = new HashMap<>();
    private Map<String, Reading> last = Map.of();
    private long lastNanos;

    /// Takes a reading; rates are those since the one before.
    ///
    /// @param queues items of `GET /v1/queues`
    /// @param nanos when they were read
    void read(Iterable<Json> queues, long nanos) {
        double seconds = (nanos - lastNanos) / 1e9;
        Map<String, Reading> now = new HashMap<>();
        rates.clear();
        for (Json queue : queues) {
            Reading reading =
                    new Reading(
                            queue.at("enqueued").count(),
                            queue.at("succeeded").count() + queue.at("failed").count());
            Reading before = last.get(key(queue));
            now.put(key(queue), reading);
            if (before != null && seconds > 0) {
                long in = reading.enqueued() - before.enqueued();
                long out = reading.settled() - before.settled();
                if (in >= 0 && out >= 0) { // counters that went back say nothing
                    rates.put(key(queue), new Rate(in / seconds, out / seconds));
                }
            }
        }
        last = now;
        lastNanos = nanos;
    }

    @Nullable Rate of(Json queue) {
        return rates.get(key(queue));
    }

    /// The sum of the known rates, or null while none is known.
    @Nullable Rate total() {
        double in = 0;
        double out = 0;
        for (Rate rate : rates.values()) {
            in += rate.in();
            out += rate.out();
        }
        return rates.isEmpty() ? null : new Rate(in, out);
    }

    private static String key(Json queue) {
        return queue.at("service").raw("") + "/" + queue.at("priority").raw("");
    }
}
