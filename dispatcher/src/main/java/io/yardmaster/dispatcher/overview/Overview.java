package io.yardmaster.dispatcher.overview;

import io.yardmaster.dispatcher.history.Flow;
import io.yardmaster.dispatcher.history.WaitTimes;
import io.yardmaster.queue.QueueDepth;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// The whole yard at one moment.
///
/// @param atMs by Redis' clock, as this replica knows it
/// @param durability what an accepted request survives
/// @param waits of the last minute, all replicas; empty when nothing was sent
public record Overview(
        long atMs,
        long uptimeMs,
        String durability,
        List<Queue> queues,
        Optional<WaitTimes> waits,
        Share slots,
        Share nodes,
        int replicas,
        List<Notice> attention) {

    /// @param used of `all`: slots that are busy, nodes that are up
    public record Share(long used, long all) {}

    /// @param flow of the last minute
    /// @param spark requests that succeeded in each of the last 30 steps of 10 s, oldest first
    public record Queue(QueueDepth depth, Flow flow, List<Long> spark) {
        /// When nothing will wait any more if it goes on as in the last minute; empty when nothing
        /// waits, or it does not become less.
        public OptionalLong emptyInMs() {
            double less = flow.left() - flow.enqueued();
            return depth.depth() > 0 && less > 0
                    ? OptionalLong.of(Math.round(depth.depth() / less * 60_000))
                    : OptionalLong.empty();
        }
    }
}
