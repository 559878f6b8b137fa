/// Measurements of what is private to the queue, with JMH. Run by `scripts/bench --codec` and
/// `--schedule`.
@NullMarked
package io.yardmaster.queue;

import org.jspecify.annotations.NullMarked;
