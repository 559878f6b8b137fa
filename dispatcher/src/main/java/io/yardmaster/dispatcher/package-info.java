@NullMarked
package io.yardmaster.dispatcher;

import org.jspecify.annotations.NullMarked;
