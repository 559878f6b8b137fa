package io.yardmaster.dispatcher.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The rows of one metric whose figures are looked up now and then, such as a queue's depth.
/// Thread-safe.
///
/// A row is registered once and changed in place. (A `MultiGauge` takes a row away and puts it back
/// to change it, and a scrape between the two misses it.) What is not there any more leaves the
/// page with the next look.
///
/// @param <K> what the labels say
final class Rows<K> {
    private final MeterRegistry registry;
    private final int most;
    private final Function<K, Tags> tags;
    private final Kind kind;
    private final String name;
    private final String description;
    private final Map<K, Row> rows = new HashMap<>();

    enum Kind {
        GAUGE,
        /// Only grows; where it does not, its source was set back, as by a Redis that came back
        /// older.
        COUNTER
    }

    private static final class Row {
        volatile double value;
        @Nullable Meter meter;
    }

    /// @param most how many rows there may be; what comes on top is left out
    /// @param description one line
    Rows(
            MeterRegistry registry,
            Kind kind,
            int most,
            String name,
            String description,
            Function<K, Tags> tags) {
        this.registry = registry;
        this.kind = kind;
        this.most = most;
        this.name = name;
        this.description = description;
        this.tags = tags;
    }

    /// Shows these things and no others.
    ///
    /// @param key distinct for each thing
    /// @param value null when the thing has no such figure: 0 would be a claim
    /// @return how many were left out because there are too many
    synchronized <T> int show(
            Collection<T> things, Function<T, K> key, Function<T, @Nullable Double> value) {
        Map<K, Double> figures = new LinkedHashMap<>();
        for (T thing : things) {
            Double figure = value.apply(thing);
            if (figure != null) {
                figures.put(key.apply(thing), figure);
            }
        }
        removeAllBut(figures.keySet()); // first, as it makes room
        int leftOut = 0;
        for (Map.Entry<K, Double> each : figures.entrySet()) {
            if (rows.containsKey(each.getKey()) || rows.size() < most) {
                put(each.getKey(), each.getValue());
            } else {
                leftOut++;
            }
        }
        return leftOut;
    }

    private void put(K key, double value) {
        Row row = rows.computeIfAbsent(key, _ -> new Row());
        row.value = value;
        if (row.meter == null) {
            row.meter = register(row, tags.apply(key));
        }
    }

    private Meter register(Row row, Tags labels) {
        return switch (kind) {
            case GAUGE ->
                    Gauge.builder(name, row, each -> each.value)
                            .description(description)
                            .tags(labels)
                            .strongReference(true)
                            .register(registry);
            case COUNTER ->
                    // It holds the row weakly; the map above keeps it.
                    FunctionCounter.builder(name, row, each -> each.value)
                            .description(description)
                            .tags(labels)
                            .register(registry);
        };
    }

    private void removeAllBut(Set<K> seen) {
        for (Iterator<Map.Entry<K, Row>> each = rows.entrySet().iterator(); each.hasNext(); ) {
            Map.Entry<K, Row> next = each.next();
            if (!seen.contains(next.getKey())) {
                each.remove();
                Meter meter = next.getValue().meter;
                if (meter != null) {
                    registry.remove(meter);
                }
            }
        }
    }
}
