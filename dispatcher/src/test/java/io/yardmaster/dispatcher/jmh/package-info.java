/// Runs the JMH benchmarks of the hot pieces, which stand in the packages of what they measure.
@NullMarked
package io.yardmaster.dispatcher.jmh;

import org.jspecify.annotations.NullMarked;
