package io.yardmaster.dispatcher.dispatch;

import java.time.Duration;
import java.util.Map;

/// Reads the settings of strategies, whose values are typed when they are loaded.
final class Tuning {
    private Tuning() {}

    static int whole(
            Map<String, Map<String, Object>> values, String strategy, String key, int otherwise) {
        return values.getOrDefault(strategy, Map.of()).get(key) instanceof Number number
                ? number.intValue()
                : otherwise;
    }

    static double real(
            Map<String, Map<String, Object>> values,
            String strategy,
            String key,
            double otherwise) {
        return values.getOrDefault(strategy, Map.of()).get(key) instanceof Number number
                ? number.doubleValue()
                : otherwise;
    }

    static Duration duration(
            Map<String, Map<String, Object>> values,
            String strategy,
            String key,
            Duration otherwise) {
        return values.getOrDefault(strategy, Map.of()).get(key) instanceof Duration duration
                ? duration
                : otherwise;
    }
}
