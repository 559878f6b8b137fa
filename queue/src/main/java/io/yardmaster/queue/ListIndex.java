package io.yardmaster.queue;

import java.util.Optional;

/// Where requests of one shard can be found. Each request that has not ended is in exactly one of
/// these, and each outcome that is kept in the last.
public sealed interface ListIndex {
    /// In flight; in no order, as leases' ends move all the time. A request that comes or goes
    /// while they are paged through may be missed; one that stays is not.
    record Leases() implements ListIndex {}

    /// Waiting in a queue; latest first, so that none is missed while the queue moves.
    record Waiting(QueueName queue) implements ListIndex {}

    /// Scheduled, of all queues; the next one due first.
    record Later() implements ListIndex {}

    /// Dead of a queue; latest first.
    record Dead(QueueName queue) implements ListIndex {}

    /// Outcomes of requests that are over; in no order, and some may appear twice.
    record Outcomes() implements ListIndex {}

    /// Its name, for cursors.
    default String text() {
        return switch (this) {
            case Leases() -> "leases";
            case Waiting(QueueName queue) -> "q:" + queue;
            case Later() -> "later";
            case Dead(QueueName queue) -> "dead:" + queue;
            case Outcomes() -> "outcomes";
        };
    }

    /// The index of that name; empty when there can be none.
    static Optional<ListIndex> of(String text) {
        return switch (text) {
            case "leases" -> Optional.of(new Leases());
            case "later" -> Optional.of(new Later());
            case "outcomes" -> Optional.of(new Outcomes());
            default -> {
                if (text.startsWith("q:")) {
                    yield queue(text.substring(2)).map(Waiting::new);
                }
                yield text.startsWith("dead:")
                        ? queue(text.substring(5)).map(Dead::new)
                        : Optional.empty();
            }
        };
    }

    private static Optional<QueueName> queue(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 0 || !QueueName.isService(text.substring(0, colon))) {
            return Optional.empty();
        }
        return Priority.of(text.substring(colon + 1))
                .map(priority -> new QueueName(text.substring(0, colon), priority));
    }

    /// Whether `place` can be one in this index.
    default boolean isPlace(String place) {
        return place.matches(
                switch (this) {
                    case Waiting _ -> "\\d{0,15}";
                    case Later _, Dead _ -> "(\\d{1,16}:[A-Za-z0-9._:-]{1,140})?";
                    case Leases _, Outcomes _ -> "(\\d{1,20}(>[A-Za-z0-9._:-]{1,128})?)?";
                });
    }
}
