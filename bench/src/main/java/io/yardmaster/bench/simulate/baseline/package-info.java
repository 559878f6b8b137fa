/// Rules that Yardmaster is compared with and does not ship: each as its source describes it, no
/// larger than the simulation needs.
@NullMarked
package io.yardmaster.bench.simulate.baseline;

import org.jspecify.annotations.NullMarked;
