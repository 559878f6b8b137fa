package io.yardmaster.nodes;

import io.yardmaster.nodes.strategy.ChoiceKey;
import io.yardmaster.nodes.strategy.Position;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What a request asks of the node that is to serve it.
///
/// @param labels every one of these must be on the node
/// @param clientIp the client's address, for the rules that keep an address at one node
/// @param preferredNode id of the node that the client was told to come back to, which counts where
///   the service is sticky by cookie
/// @param excludedNodes ids that must not be chosen, such as those that were tried
/// @param admitted the last word on a node, such as a breaker's. It is asked about several nodes,
///   under a lock: it must be quick, and must change nothing
public record ChoiceRequest(
        Map<String, String> labels,
        @Nullable String affinityKey,
        @Nullable String clientIp,
        @Nullable String region,
        @Nullable Position position,
        @Nullable String preferredNode,
        Set<String> excludedNodes,
        Predicate<Node> admitted)
        implements ChoiceKey {

    @Override
    public @Nullable String clientAddress() {
        return clientIp;
    }

    /// Any node will do.
    public static final ChoiceRequest ANY =
            new ChoiceRequest(Map.of(), null, null, null, null, null, Set.of(), node -> true);
}
