package io.yardmaster.redis;

import org.jspecify.annotations.Nullable;

/// Redis could not do what was asked. The kind says whether the command may have run, which is what
/// decides whether it may be repeated.
public abstract sealed class RedisFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private RedisFailure(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /// For callers that gave up waiting for a call of theirs.
    public static RedisFailure unknown(String message, Throwable cause) {
        return new Unknown(message, cause);
    }

    /// For calls that are not made, because those before them failed.
    public static RedisFailure away(String message) {
        return new NotExecuted("AWAY", message, null);
    }

    /// The command did not run: Redis is unreachable, still loading, read-only, out of memory, or
    /// refuses us. It may be repeated at will.
    public static final class NotExecuted extends RedisFailure {
        private static final long serialVersionUID = 1L;

        private final String code;

        NotExecuted(String code, String message, @Nullable Throwable cause) {
            super(message, cause);
            this.code = code;
        }

        /// The first word of Redis' answer (`OOM`, `READONLY`, `LOADING`, ...), or `DISCONNECTED`.
        public String code() {
            return code;
        }

        /// True when Redis has no memory left for this write.
        public boolean outOfMemory() {
            return code.equals("OOM");
        }
    }

    /// No answer came: the command may or may not have run. Repeat it with the same arguments, or
    /// read back.
    public static final class Unknown extends RedisFailure {
        private static final long serialVersionUID = 1L;

        Unknown(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /// Redis ran the command and found it wrong: a defect of ours, or a key that somebody else
    /// damaged.
    public static final class Rejected extends RedisFailure {
        private static final long serialVersionUID = 1L;

        Rejected(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
