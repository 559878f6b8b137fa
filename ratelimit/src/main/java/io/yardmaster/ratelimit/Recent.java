package io.yardmaster.ratelimit;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;

/// A map of at most `max` entries that forgets the one that was not asked for the longest.
/// Thread-safe.
final class Recent<K, V> {

    private final int max;
    private final LinkedHashMap<K, V> entries = new LinkedHashMap<>(16, 0.75f, true);

    Recent(int max) {
        this.max = max;
    }

    synchronized V get(K key, Function<K, V> make) {
        V found = entries.get(key);
        if (found != null) {
            return found;
        }
        V made = make.apply(key);
        entries.put(key, made);
        if (entries.size() > max) {
            entries.pollFirstEntry();
        }
        return made;
    }

    synchronized void removeIf(Predicate<K> forgotten) {
        entries.keySet().removeIf(forgotten);
    }

    synchronized List<Map.Entry<K, V>> copy() {
        return entries.entrySet().stream().map(e -> Map.entry(e.getKey(), e.getValue())).toList();
    }
}
