package io.yardmaster.queue;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The four priorities, most urgent first.
public enum Priority {
    CRITICAL,
    HIGH,
    NORMAL,
    LOW;

    private static final List<Priority> ALL = List.of(values());

    private final String text = name().toLowerCase(Locale.ROOT);

    /// The name outsiders use: `critical`, `high`, `normal` or `low`.
    public String text() {
        return text;
    }

    /// Its place, 0 for critical to 3 for low, as it is stored.
    @SuppressWarnings("EnumOrdinal") // the declaration above is the order, and the stored form
    public int number() {
        return ordinal();
    }

    static Priority of(int number) {
        return ALL.get(number);
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
