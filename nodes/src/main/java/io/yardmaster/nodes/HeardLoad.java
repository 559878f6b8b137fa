package io.yardmaster.nodes;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads the load that nodes name in their answers. What cannot be read is counted, and told once
/// for each node; it never fails a request. Thread-safe.
final class HeardLoad {
    private static final Logger log = LoggerFactory.getLogger(HeardLoad.class);
    private static final int MOST_TOLD = 1000;

    private final LongAdder unreadable = new LongAdder();
    private final Set<String> told = ConcurrentHashMap.newKeySet();

    @Nullable LoadMetrics read(String node, String header, String value) {
        return switch (LoadMetrics.read(header, value)) {
            case LoadMetrics.Read.Load(LoadMetrics metrics) -> metrics;
            case LoadMetrics.Read.Silent() -> null;
            case LoadMetrics.Read.Refused(String why) -> {
                unreadable.increment();
                if (told.size() < MOST_TOLD && told.add(node)) {
                    log.warn("node {}: the load in its answers is not read: {}", node, why);
                }
                yield null;
            }
        };
    }

    long unreadable() {
        return unreadable.sum();
    }
}
