/// Says how much may go where: token buckets shared by all replicas, and circuit breakers per
/// service and node. Every decision is pure given the injected clock and randomness, never blocks
/// except where a lot of tokens is leased from Redis, and keeps every map bounded. Which outcome is
/// a node's fault, when to ask and what to do with a refusal is left to the dispatcher.
@NullMarked
package io.yardmaster.ratelimit;

import org.jspecify.annotations.NullMarked;
