package io.yardmaster.dispatcher.dispatch;

import java.util.Locale;

/// What an accepted request survives, as found in Redis' settings.
public enum Durability {
    /// Every answer waits for an fsync of the append-only file.
    FSYNC,
    /// As many replicas as configured have it.
    REPLICATED,
    /// A crash of the machine, or of Redis with a slow disk, may lose the last seconds.
    RELAXED;

    /// As answers and logs say it.
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
