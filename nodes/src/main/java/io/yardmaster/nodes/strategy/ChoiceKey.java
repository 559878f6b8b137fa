package io.yardmaster.nodes.strategy;

import org.jspecify.annotations.Nullable;

/// What a request itself says about where it wants to go.
public interface ChoiceKey {
    /// Requests with the same key should meet the same node, for the rules that care.
    @Nullable String affinityKey();

    /// The client's address as text, as the producer or its connection told it.
    @Nullable String clientAddress();

    /// The region the request came from.
    @Nullable String region();

    /// Where the request came from, when that is known more exactly than by its region.
    @Nullable Position position();
}
