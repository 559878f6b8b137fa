/// Finding requests by what is known of them, and ordering all that were found.
///
/// Every search goes through the shards' indexes in short steps, is bounded in rows and in time,
/// and says where the next one goes on. How filters are written and rows are shown is left to the
/// API.
@NullMarked
package io.yardmaster.dispatcher.search;

import org.jspecify.annotations.NullMarked;
