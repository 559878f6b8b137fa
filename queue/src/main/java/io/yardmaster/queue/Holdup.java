package io.yardmaster.queue;

import java.time.Instant;
import java.util.Optional;

/// What holds a live request up, as far as Redis knows.
///
/// @param now Redis' wall clock
/// @param pausedAt since when its queue is paused; empty when it is not
/// @param before requests ahead of it in its queue, those that were cancelled there included; -1
///   when it does not wait in one
/// @param exact whether `before` was counted; else it is estimated by when others were enqueued
public record Holdup(Instant now, Optional<Instant> pausedAt, long before, boolean exact) {}
