/// HTTP towards the nodes: forwarding, health checks, and the networks that nodes may be in.
///
/// It promises that no connection is made to an address outside the allowed networks, that no
/// redirect is followed, that every attempt ends in time and every answer is bounded. Which node is
/// meant, and what an answer means for the request, is decided elsewhere.
@NullMarked
package io.yardmaster.dispatcher.net;

import org.jspecify.annotations.NullMarked;
