/// The simulator: discrete events in virtual time that drive the very classes which run live.
@NullMarked
package io.yardmaster.bench.simulate;

import org.jspecify.annotations.NullMarked;
