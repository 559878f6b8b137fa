/// How lines look, and how often they are said.
@NullMarked
package io.yardmaster.dispatcher.logging;

import org.jspecify.annotations.NullMarked;
