/// Whole-program tests: replicas, redis-servers and command lines are real processes that are
/// killed, stopped and restarted. What they promise is what an operator would check after an
/// outage: nothing accepted is lost, nothing is sent twice without a cause. Logic that needs no
/// process is tested beside its class.
@NullMarked
package io.yardmaster.dispatcher.e2e;

import org.jspecify.annotations.NullMarked;
