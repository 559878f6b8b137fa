package io.yardmaster.ratelimit;

/// Buckets that all replicas draw from: [RedisTokens] when live, a map of [TokenBucket] states in
/// the simulator.
public interface SharedTokens {

    /// What a bucket limits. The key is part of the bucket's name in Redis.
    enum Scope {
        PRODUCER("producer"),
        SERVICE("service"),
        NODE("node");

        private final String key;

        Scope(String key) {
            this.key = key;
        }

        public String key() {
            return key;
        }
    }

    /// Takes up to `want` tokens.
    ///
    /// @param limit a limit that is on
    /// @param want at least 1
    /// @throws Unavailable when nobody can say; tokens may or may not have been taken
    Verdict draw(Scope scope, String name, Limit limit, long want);

    /// The shared buckets cannot be reached.
    final class Unavailable extends RuntimeException {
        private static final long serialVersionUID = 1;

        public Unavailable(Throwable cause) {
            super("shared token buckets cannot be reached", cause);
        }
    }
}
