/// Tests of the harness that `scripts/bench` runs, which is not Java.
@NullMarked
package io.yardmaster.bench;

import org.jspecify.annotations.NullMarked;
