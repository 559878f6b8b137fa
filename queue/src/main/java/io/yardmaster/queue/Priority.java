package io.yardmaster.queue;

import java.util.Locale;
import java.util.Optional;

/// The four priorities, most urgent first. The ordinal is the number that is stored.
public enum Priority {
    CRITICAL,
    HIGH,
    NORMAL,
    LOW;

    private final String text = name().toLowerCase(Locale.ROOT);

    /// The name outsiders use: `critical`, `high`, `normal` or `low`.
    public String text() {
        return text;
    }

    public static Optional<Priority> of(String text) {
        for (Priority priority : values()) {
            if (priority.text.equals(text)) {
                return Optional.of(priority);
            }
        }
        return Optional.empty();
    }
}
