/// One request's way from the queue to a node and back, and the loops that keep it going.
///
/// [Dispatch] is the way itself, top to bottom. It promises that nothing is sent without a lease,
/// that every lease ends in a settlement or returns by itself, and that nothing waits without a
/// bound. Where requests come from is the business of the API, how they travel over HTTP that of
/// [Forwarder].
@NullMarked
package io.yardmaster.dispatcher.dispatch;

import org.jspecify.annotations.NullMarked;
