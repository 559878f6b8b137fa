/// What a replica shows of itself and the yard while it runs: its object graph on one page.
@NullMarked
package io.yardmaster.dispatcher.live;

import org.jspecify.annotations.NullMarked;
