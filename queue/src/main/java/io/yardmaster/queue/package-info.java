/// The request's life in Redis: enqueue, take, renew, settle, reclaim, promote, inspect.
///
/// Every request is in exactly one place, every move between places is one atomic function inside
/// Redis, and only the current lease settles. Who sends a request where, and how often it may be
/// tried, is left to the dispatcher.
@NullMarked
package io.yardmaster.queue;

import org.jspecify.annotations.NullMarked;
