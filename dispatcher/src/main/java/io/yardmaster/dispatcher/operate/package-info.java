/// What operators do to the whole installation from outside: back it up, restore it, move its
/// Redis.
///
/// These commands speak Redis' protocol themselves, because they need what a client library hides:
/// the stream of a replica, one connection to one certain server.
@NullMarked
package io.yardmaster.dispatcher.operate;

import org.jspecify.annotations.NullMarked;
