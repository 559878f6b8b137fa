package io.yardmaster.ratelimit;

/// Is told of each change of a breaker's state, once, on the thread that made it. What it throws is
/// logged and goes no further.
@FunctionalInterface
public interface BreakerListener {

    void changed(String node, String service, BreakerState from, BreakerState to);
}
