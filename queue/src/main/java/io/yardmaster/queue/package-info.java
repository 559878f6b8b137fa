@NullMarked
package io.yardmaster.queue;

import org.jspecify.annotations.NullMarked;
