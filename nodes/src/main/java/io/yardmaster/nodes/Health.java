package io.yardmaster.nodes;

/// What checks say of a node. `UNKNOWN` nodes serve: a node that has just come must not wait for
/// its first check.
///
/// - unknown -> healthy, unknown -> unhealthy: the first result
/// - healthy -> unhealthy: `fall` failed checks in a row
/// - unhealthy -> healthy: `rise` passed checks in a row
public enum Health {
    UNKNOWN,
    HEALTHY,
    UNHEALTHY
}
