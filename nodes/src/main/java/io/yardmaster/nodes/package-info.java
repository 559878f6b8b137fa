@NullMarked
package io.yardmaster.nodes;

import org.jspecify.annotations.NullMarked;
