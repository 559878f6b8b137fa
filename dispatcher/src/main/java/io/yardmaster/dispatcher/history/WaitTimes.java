package io.yardmaster.dispatcher.history;

import java.util.Optional;

/// From enqueue to first send, in ms.
public record WaitTimes(long p50, long p95, long p99) {
    static Optional<WaitTimes> of(WaitCounts counts) {
        return counts.empty()
                ? Optional.empty()
                : Optional.of(
                        new WaitTimes(
                                counts.quantile(0.50).orElseThrow(),
                                counts.quantile(0.95).orElseThrow(),
                                counts.quantile(0.99).orElseThrow()));
    }
}
