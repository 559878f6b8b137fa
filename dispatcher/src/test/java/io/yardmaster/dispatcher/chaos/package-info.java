/// Faults on purpose: real replicas, a real redis-server and nodes that misbehave, under load.
///
/// [ChaosRun] is one run, from a seed to a verdict: a [Site] is started, [Workload] enqueues
/// through every door and writes a [History], [Nemesis] plays a [Schedule] of [Fault]s, everything
/// heals and drains, and the [Checkers] judge the [Evidence]. `docs/chaos.md` tells how to run and
/// read it.
@org.jspecify.annotations.NullMarked
package io.yardmaster.dispatcher.chaos;
