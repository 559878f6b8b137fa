package io.yardmaster.dispatcher.demo;

import java.util.Locale;

/// The four priorities by the names that producers write, the most urgent first.
enum Lane {
    CRITICAL,
    HIGH,
    NORMAL,
    LOW;

    /// The name in JSON and in Redis.
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    boolean urgent() {
        return this == CRITICAL || this == HIGH;
    }
}
