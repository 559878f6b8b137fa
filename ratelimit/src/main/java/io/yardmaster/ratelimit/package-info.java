@NullMarked
package io.yardmaster.ratelimit;

import org.jspecify.annotations.NullMarked;
