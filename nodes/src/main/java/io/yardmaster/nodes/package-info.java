/// The nodes that serve requests: their registry in Redis, their reports and health, and the choice
/// of one of them for a request. Promises that a chosen node's slot is freed exactly once, that
/// nothing here blocks on a node, and that refusals are values with a reason. Speaking HTTP to a
/// node, rate limits and breakers are left to others, who pass in a probe and a predicate.
@NullMarked
package io.yardmaster.nodes;

import org.jspecify.annotations.NullMarked;
