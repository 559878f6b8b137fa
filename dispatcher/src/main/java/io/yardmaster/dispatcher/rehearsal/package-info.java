/// The rehearsal of `serve`: a whole replica works for half a minute in a process of its own, so
/// that the JVM can write down which classes it needs and how its code runs (`scripts/warm serve`).
/// It promises to end by itself, to touch nothing but a directory of its own and loopback, and to
/// use nothing but what outsiders see. It leaves the dispatching to the replica that it starts.
@NullMarked
package io.yardmaster.dispatcher.rehearsal;

import org.jspecify.annotations.NullMarked;
