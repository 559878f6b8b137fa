package io.yardmaster.nodes;

import java.time.Duration;

/// Asks a node whether it is well, as its [HealthCheck] says.
public interface HealthProbe {
    /// True when the node answered well within `timeout`; every failure is false. May block no
    /// longer than `timeout`.
    boolean healthy(Node node, Duration timeout);
}
