@NullMarked
package io.yardmaster.redis;

import org.jspecify.annotations.NullMarked;
