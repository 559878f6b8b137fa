/// What happened a while ago, for charts: rates, depths, waits and the nodes' figures.
///
/// It promises that what is kept is bounded, survives restarts, and shows a gap where nobody
/// measured. Who looks, and how it is drawn, is left to others.
@NullMarked
package io.yardmaster.dispatcher.history;

import org.jspecify.annotations.NullMarked;
