/// Tests of the HTTP side towards the nodes, against nodes made of raw sockets.
///
/// They promise that every misbehaviour of a node that we know of ends as the forwarder says it
/// does. What the answers mean for a request is tested where it is decided.
@NullMarked
package io.yardmaster.dispatcher.net;

import org.jspecify.annotations.NullMarked;
