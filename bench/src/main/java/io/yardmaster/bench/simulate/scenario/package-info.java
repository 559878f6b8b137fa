/// What is simulated, scenario by scenario, and how the findings are shown.
@NullMarked
package io.yardmaster.bench.simulate.scenario;

import org.jspecify.annotations.NullMarked;
