package io.yardmaster.dispatcher.history;

import java.time.Duration;

/// How finely a part of the history is kept, and for how long.
enum Resolution {
    /// Steps of 10 s, for 48 hours, an hour in a block.
    FINE("10s", Duration.ofSeconds(10), 360, Duration.ofDays(2)),
    /// Steps of 10 min, for 90 days, a day in a block.
    COARSE("10m", Duration.ofMinutes(10), 144, Duration.ofDays(90));

    private final String text;
    private final long stepMs;
    private final int stepsOfBlock;
    private final Duration kept;

    Resolution(String text, Duration step, int stepsOfBlock, Duration kept) {
        this.text = text;
        this.stepMs = step.toMillis();
        this.stepsOfBlock = stepsOfBlock;
        this.kept = kept;
    }

    long stepMs() {
        return stepMs;
    }

    int stepsOfBlock() {
        return stepsOfBlock;
    }

    Duration kept() {
        return kept;
    }

    /// A block expires when its last step is too old.
    Duration expiry() {
        return kept.plusMillis(stepMs * stepsOfBlock);
    }

    long stepAt(long ms) {
        return Math.floorDiv(ms, stepMs);
    }

    long blockOf(long step) {
        return Math.floorDiv(step, (long) stepsOfBlock);
    }

    /// As in the key.
    String name(long block) {
        return text + ":" + block;
    }
}
