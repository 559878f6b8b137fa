package io.yardmaster.ratelimit;

import java.time.Duration;

/// A breaker's answer to a request that wants to go to its node.
public sealed interface Admission {

    /// The request may go.
    ///
    /// @param permit must be ended when the request has
    record Admitted(Permit permit) implements Admission {}

    /// The request may not go to this node now.
    ///
    /// @param retryAfter until it is worth asking again, above 0
    record Refused(Duration retryAfter) implements Admission {}
}
