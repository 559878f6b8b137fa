package io.yardmaster.queue;

/// The right to send a request once, until the lease ends or is settled.
///
/// @param stored the request; its `attempts` is the number of this attempt, counted before anything
///   is sent
/// @param heldUntilNanos on this JVM's monotonic clock: nothing may be sent after it. It starts
///   before the take was asked for, so it ends no later than the lease in Redis, but for renewals
/// @param shard where it was taken
public record Lease(StoredRequest stored, long heldUntilNanos, int shard) {
    public Request request() {
        return stored.request();
    }

    public String id() {
        return stored.request().id();
    }

    public int attempt() {
        return stored.attempts();
    }

    /// As in the index of leases: `<id>.<attempt>|<nonce>`.
    String member() {
        return id() + "." + attempt() + "|" + stored.nonce();
    }
}
