package io.yardmaster.dispatcher.doctor;

import io.yardmaster.redis.Redis;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What Redis says of itself, asked once an examination. Not thread-safe.
final class RedisView {
    private final Redis redis;
    private @Nullable Map<String, String> info;
    private @Nullable Map<String, String> settings;

    RedisView(Redis redis) {
        this.redis = redis;
    }

    Redis redis() {
        return redis;
    }

    private Map<String, String> info() {
        Map<String, String> known = info;
        if (known == null) {
            known = new HashMap<>();
            for (String line : redis.run(c -> c.info()).split("\r?\n", -1)) {
                int colon = line.indexOf(':');
                if (colon > 0) {
                    known.put(line.substring(0, colon), line.substring(colon + 1).strip());
                }
            }
            info = known;
        }
        return known;
    }

    /// A field of `INFO`; empty when this Redis doesn't have it.
    String text(String field) {
        return info().getOrDefault(field, "");
    }

    /// A whole number of `INFO`; 0 when this Redis doesn't have it.
    long number(String field) {
        return whole(text(field)).orElse(0L);
    }

    double decimal(String field) {
        try {
            return Double.parseDouble(text(field));
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /// A setting of the server; empty when it doesn't have it.
    ///
    /// @throws io.yardmaster.redis.RedisFailure when we may not see settings
    String setting(String name) {
        Map<String, String> known = settings;
        if (known == null) {
            known = redis.run(c -> c.configGet("*"));
            settings = known;
        }
        return known.getOrDefault(name, "");
    }

    static Optional<Long> whole(String text) {
        try {
            return Optional.of(Long.parseLong(text));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
