package io.yardmaster.nodes;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How one node stands for a request that waits: more than [Explanation] tells of each choice,
/// because it is asked for seldom.
///
/// @param explanation as for a choice
/// @param hindrance what keeps the node from serving the request; null when nothing does
/// @param missingLabels what the request or its service asks for and the node does not carry
/// @param slots this replica's part of the node
public record Standing(
        Explanation explanation,
        Choice.@Nullable Reason hindrance,
        Map<String, String> missingLabels,
        Slots slots) {

    /// This replica's slots at a node.
    ///
    /// @param inFlight of this replica
    /// @param most of this replica, what is in flight included
    /// @param bound what sets `most`
    public record Slots(int inFlight, int most, Bound bound) {}

    /// What sets the number of slots.
    public enum Bound {
        /// `maxConnections` of the node or of the settings, split over the replicas.
        CONFIGURED,
        /// What was learnt: more requests would only slow each other down.
        LEARNT
    }

    /// True when the request could go there now.
    public boolean serves() {
        return explanation.candidate() && !capped();
    }

    /// True when nothing but the strategy's own bound leaves the node out.
    public boolean capped() {
        Double cost = explanation.terms().get("cost");
        return explanation.candidate() && cost != null && cost == Double.POSITIVE_INFINITY;
    }

    public String node() {
        return explanation.node();
    }
}
