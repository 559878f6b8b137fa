/// Tests of the strategies on figures that are set by hand.
@NullMarked
package io.yardmaster.nodes.strategy;

import org.jspecify.annotations.NullMarked;
