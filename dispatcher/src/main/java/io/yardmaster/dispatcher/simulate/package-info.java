/// The simulator on the command line.
@NullMarked
package io.yardmaster.dispatcher.simulate;

import org.jspecify.annotations.NullMarked;
