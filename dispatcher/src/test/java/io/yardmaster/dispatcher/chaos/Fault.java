package io.yardmaster.dispatcher.chaos;

import java.time.Duration;

/// Something that goes wrong, and is right again when [#strike] returns.
///
/// @param name as in a schedule and in `scripts/chaos --only`
/// @param family two faults of one family are never on at once
/// @param shortest how long it lasts at least
/// @param longest how long it lasts at most
record Fault(String name, Family family, Duration shortest, Duration longest, Strike strike) {

    enum Family {
        REPLICA,
        REDIS,
        LINK,
        NODE
    }

    interface Strike {
        /// @param target a number drawn for this strike, 0 to 99: which replica or node, which
        ///   direction
        void strike(Site site, int target, Duration length) throws Exception;
    }
}
