package io.yardmaster.dispatcher.e2e;

import java.util.Collection;
import java.util.Locale;

/// Measured times, and what is said of them.
final class Figures {
    private final double[] sorted;

    /// @param nanos at least one
    Figures(Collection<Long> nanos) {
        sorted = nanos.stream().mapToDouble(each -> each / 1e6).sorted().toArray();
    }

    int count() {
        return sorted.length;
    }

    double p50() {
        return at(0.5);
    }

    double p99() {
        return at(0.99);
    }

    double max() {
        return at(1);
    }

    /// In milliseconds: the smallest value that so large a share does not exceed.
    private double at(double share) {
        if (sorted.length == 0) {
            throw new AssertionError("nothing was measured");
        }
        return sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)];
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "p50 %.1f ms, p99 %.1f ms, max %.1f ms of %d",
                p50(),
                p99(),
                max(),
                sorted.length);
    }
}
