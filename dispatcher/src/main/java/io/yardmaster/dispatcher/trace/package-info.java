/// Spans of requests for OpenTelemetry, by its conventions for messaging and HTTP.
///
/// Loaded only when tracing is switched on. Spans that the collector does not take in time are
/// lost, requests never are. Passing trace contexts on is not done here but on every request's way,
/// spans or not.
@NullMarked
package io.yardmaster.dispatcher.trace;

import org.jspecify.annotations.NullMarked;
