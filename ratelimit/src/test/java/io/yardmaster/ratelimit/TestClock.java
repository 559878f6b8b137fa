package io.yardmaster.ratelimit;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/// Time that passes when the test says so. Starts at an odd negative value, as `System.nanoTime`
/// may.
final class TestClock implements LongSupplier {

    private final AtomicLong nanos = new AtomicLong(-123_456_789);

    void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    @Override
    public long getAsLong() {
        return nanos.get();
    }

    long millis() {
        return Math.floorDiv(nanos.get(), 1_000_000L);
    }
}
