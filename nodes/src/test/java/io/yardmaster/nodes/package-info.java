/// Tests of the nodes, in virtual time unless they say otherwise.
@NullMarked
package io.yardmaster.nodes;

import org.jspecify.annotations.NullMarked;
