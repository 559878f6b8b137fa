/// The yard at one look: totals, queues, and what needs attention.
///
/// It promises that its numbers are those of the other answers at that moment. How they are written
/// and sent is left to the API.
@NullMarked
package io.yardmaster.dispatcher.overview;

import org.jspecify.annotations.NullMarked;
