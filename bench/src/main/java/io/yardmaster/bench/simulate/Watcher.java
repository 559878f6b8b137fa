package io.yardmaster.bench.simulate;

import io.yardmaster.bench.simulate.Balancer.Ending;

/// Is told what happens to the requests.
public interface Watcher {
    /// It goes to [Job#machine], the first time or again.
    default void sent(Job job, double now) {}

    /// It has its outcome; nothing follows.
    default void settled(Job job, Ending ending, double now) {}
}
