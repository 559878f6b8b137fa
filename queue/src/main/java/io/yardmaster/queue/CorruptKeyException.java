package io.yardmaster.queue;

/// Somebody put something of another type at one of our keys; nothing was changed.
public final class CorruptKeyException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    CorruptKeyException(String key) {
        super(
                "key "
                        + key
                        + ": holds another type (expected: only Yardmaster writes it; move it away)");
    }
}
