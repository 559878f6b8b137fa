package io.yardmaster.queue;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// A request as lists read it: from the beginnings of its parts.
public sealed interface Listed {
    String id();

    /// It has not ended.
    ///
    /// @param waitsMs until it is due, when it is scheduled
    /// @param lastLine the beginning of the JSON that says how its last attempt went; empty: none
    record Live(RequestHead head, OptionalLong waitsMs, String lastLine) implements Listed {
        @Override
        public String id() {
            return head.id();
        }
    }

    /// It has ended, or is dead.
    ///
    /// @param outcome the beginning of the JSON as it was settled
    /// @param head of a dead request, which can be sent again
    record Ended(String id, Found.End end, String outcome, Optional<RequestHead> head)
            implements Listed {}

    /// One row, and where a page begins that goes on after it.
    record Row(Listed request, String after) {}

    /// One step through an index.
    ///
    /// @param looked entries that were looked at; those that stand for nothing are no rows
    /// @param next where the next page begins; empty: that was all
    record Page(List<Row> rows, int looked, Optional<String> next) {
        public Page {
            rows = List.copyOf(rows);
        }
    }
}
