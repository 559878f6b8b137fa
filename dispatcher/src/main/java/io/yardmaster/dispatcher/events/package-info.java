/// What happened that people and other programs want to hear of: nodes that came, went or failed,
/// breakers, queues, dead requests, replicas.
///
/// It promises that every event is told once in the order of one log that all replicas share, that
/// the log is bounded, and that telling never holds up the work. Who listens is left to others:
/// they implement [io.yardmaster.dispatcher.events.EventListener].
@NullMarked
package io.yardmaster.dispatcher.events;

import org.jspecify.annotations.NullMarked;
