package io.yardmaster.ratelimit;

import java.time.Duration;

/// A token bucket's answer.
public sealed interface Verdict {

    /// Tokens were taken, perhaps fewer than wanted.
    ///
    /// @param tokens how many of the wanted tokens were taken, at least 1
    record Granted(long tokens) implements Verdict {
        public Granted {
            if (tokens < 1) {
                throw new IllegalArgumentException("tokens: " + tokens + " (expected: at least 1)");
            }
        }
    }

    /// Nothing was taken.
    ///
    /// @param retryAfter until one whole token is there, if nobody else takes it
    record Wait(Duration retryAfter) implements Verdict {
        public Wait {
            if (!retryAfter.isPositive()) {
                throw new IllegalArgumentException(
                        "retryAfter: " + retryAfter + " (expected: above 0)");
            }
        }
    }
}
