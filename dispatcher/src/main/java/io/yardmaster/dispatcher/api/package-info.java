/// The REST interface: every route under `/v1`, health, figures and the dashboard's files.
///
/// It promises that bad input is refused with every fault named and nothing left behind, that every
/// error is a problem of RFC 9457, and that no route is open to a role that has no business there.
/// Queues, nodes and the sending of requests are left to their modules, and starting the server to
/// the wiring.
@NullMarked
package io.yardmaster.dispatcher.api;

import org.jspecify.annotations.NullMarked;
