/// The demo: one dispatcher, three unequal nodes that really work, producers of both kinds, and a
/// summary. It promises to use nothing but what outsiders see (REST, Redis and the command line),
/// to clean up what it started, and to succeed only when every accepted request was settled. It
/// leaves queueing, choosing and forwarding to the dispatcher that it starts, and building to
/// `scripts/yardmaster`.
@NullMarked
package io.yardmaster.dispatcher.demo;

import org.jspecify.annotations.NullMarked;
