package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.queue.StoredRequest;
import java.util.HexFormat;
import java.util.random.RandomGenerator;

/// The trace of a request that came without one: made of its id and of when it was enqueued, so
/// that all its attempts are in one trace, whichever replicas make them, and nothing has to be kept
/// for it. Thread-safe.
public final class BegunTrace {
    private static final HexFormat HEX = HexFormat.of();
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    private final RandomGenerator random;

    /// @param random thread-safe; each attempt has a span id of its own
    BegunTrace(RandomGenerator random) {
        this.random = random;
    }

    /// A `traceparent` for the next attempt, W3C Trace Context version 00, not sampled.
    String attempt(StoredRequest stored) {
        return "00-" + id(stored) + "-" + HEX.toHexDigits(random.nextLong() | 1) + "-00";
    }

    /// The trace id, 32 hexadecimal digits.
    public static String id(StoredRequest stored) {
        String id = stored.request().id();
        long first = stored.enqueuedAt().toEpochMilli() * GOLDEN;
        long second = GOLDEN;
        for (int i = 0; i < id.length(); i++) {
            first = mix(first + id.charAt(i));
            second = mix(second ^ first);
        }
        return HEX.toHexDigits(first) + HEX.toHexDigits(second | 1); // all zeros is no id
    }

    /// The finalizer of SplitMix64.
    private static long mix(long value) {
        long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
