package io.yardmaster.dispatcher.metrics;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The meters of one metric by what their labels say. Thread-safe.
///
/// Looking a meter up in the registry by its tags costs more than counting, so each is kept here.
/// Services and nodes come and go, and their names are a user's: at most `most` meters are kept,
/// what comes on top is counted under `other`, and the meters of what is gone are removed.
///
/// @param <K> what the labels say; cheap to make and to compare, as it is for every request
final class Series<K, M extends Meter> {
    /// Long enough for a last scrape of what was counted until the end.
    static final Duration GRACE = Duration.ofMinutes(5);

    private final MeterRegistry registry;
    private final int most;
    private final Function<K, M> make;
    private final K other;
    private final Map<K, Entry<M>> entries = new ConcurrentHashMap<>();

    private static final class Entry<M> {
        final M meter;
        boolean gone;
        long goneSince;

        Entry(M meter) {
            this.meter = meter;
        }
    }

    /// @param most how many meters there may be besides `other`
    /// @param make registers the meter for a key
    Series(MeterRegistry registry, int most, K other, Function<K, M> make) {
        this.registry = registry;
        this.most = most;
        this.other = other;
        this.make = make;
    }

    M of(K key) {
        @Nullable Entry<M> known = entries.get(key);
        return known != null ? known.meter : add(key);
    }

    private synchronized M add(K key) {
        K shown = entries.size() < most || entries.containsKey(key) ? key : other;
        return entries.computeIfAbsent(shown, each -> new Entry<>(make.apply(each))).meter;
    }

    /// Removes the meters of what has been gone for [#GRACE]. To be called every few seconds.
    ///
    /// @param here whether what a key names is still there
    synchronized void retain(Predicate<K> here, long nowNanos) {
        for (Iterator<Map.Entry<K, Entry<M>>> each = entries.entrySet().iterator();
                each.hasNext(); ) {
            Map.Entry<K, Entry<M>> next = each.next();
            Entry<M> entry = next.getValue();
            boolean gone = !next.getKey().equals(other) && !here.test(next.getKey());
            if (gone && !entry.gone) {
                entry.goneSince = nowNanos;
            }
            entry.gone = gone;
            if (gone && nowNanos - entry.goneSince >= GRACE.toNanos()) {
                each.remove();
                registry.remove(entry.meter);
            }
        }
    }
}
