package io.yardmaster.queue;

import java.util.Locale;

/// A kind of damage that the audit finds, and what it does about it.
public enum Repair {
    /// Leased, but in no list of leases: it gets a lease that ends unless its replica renews it.
    LEASE_MISSING,
    /// A lease of no request, or of a former attempt: removed.
    LEASE_STRAY,
    /// Scheduled, but for no time: it is due now.
    LATER_MISSING,
    /// A due time of no request: removed.
    LATER_STRAY,
    /// Dead, but not listed: listed again.
    DEAD_MISSING,
    /// Listed as dead, but not there: removed.
    DEAD_STRAY,
    /// Waiting without a ticket: it gets one, at the head of its queue.
    TICKET_MISSING,
    /// Dead without an outcome: it gets one that says so.
    OUTCOME_MISSING,
    /// The outcome of no dead request, kept for ever: it gets its expiry.
    OUTCOME_STRAY,
    /// Ended, and there again: what has ended stays so.
    ENDED_AND_LIVE,
    /// A lease or a due time that no configuration allows: brought near.
    FAR_FUTURE,
    /// Somebody else's type at a key: moved aside.
    WRONG_TYPE,
    /// A value that is none of ours: moved aside, or replaced.
    GARBAGE,
    /// An expiry on a key that must stay: taken off.
    EXPIRY,
    /// A queue that was not listed, or a listed name that is none.
    QUEUE_NAME,
    /// Counters that were deleted: brought back as they were when last seen.
    COUNTERS,
    /// A counter that says something else than what is there: counted again.
    COUNT,
    /// The configuration was gone: told again.
    CONFIG,
    /// All keys were gone, FLUSHALL for example. Nothing can be mended; the replica goes on.
    FLUSHED,
    /// Redis went back in time: a backup, or a failover that lost writes.
    RESTORED,
    /// What a newer replica's functions mend.
    OTHER;

    /// As in metrics and logs, for example `lease-missing`.
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static Repair of(String text) {
        for (Repair each : values()) {
            if (each.text().equals(text)) {
                return each;
            }
        }
        return OTHER;
    }
}
