/// Measurements of choosing a node, with JMH. Run by `scripts/bench --choose`.
@NullMarked
package io.yardmaster.nodes;

import org.jspecify.annotations.NullMarked;
