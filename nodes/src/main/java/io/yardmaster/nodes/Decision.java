package io.yardmaster.nodes;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Why a node was chosen, as everything stood at that moment.
///
/// @param strategy the strategy of the service
/// @param note what decided beside or instead of the strategy, in a few words; null when nothing
///   did
/// @param candidates the chosen one first, then the others from best to worst, at most
///   [#MOST_CANDIDATES] in all
/// @param of how many candidates there were
/// @param leftOut why other nodes were none
public record Decision(
        String strategy,
        @Nullable String note,
        List<Explanation> candidates,
        int of,
        List<LeftOut> leftOut) {
    static final int MOST_CANDIDATES = 17;
    private static final int MOST_REASONS = 8;
    private static final int MOST_NAMES = 4;

    /// Nodes that were left out for one reason.
    ///
    /// @param nodes some of them, by id
    /// @param count how many there are
    public record LeftOut(String why, List<String> nodes, int count) {}

    /// Of a service that was narrowed for the request, before the chosen candidate gets it.
    static Decision of(Service service, int chosen, ChoiceRequest request) {
        LiveNode taken = service.candidate(chosen);
        List<Explanation> others = new ArrayList<>();
        Map<String, List<String>> leftOut = new TreeMap<>();
        for (LiveNode live : service.members()) {
            Explanation standing = Nodes.explanation(service, live, request);
            if (!standing.candidate()) {
                leftOut.computeIfAbsent(standing.why(), _ -> new ArrayList<>())
                        .add(standing.node());
            } else if (live != taken) {
                others.add(standing);
            }
        }
        others.sort(BEST_FIRST);
        List<Explanation> candidates = new ArrayList<>();
        candidates.add(Nodes.explanation(service, taken, request));
        candidates.addAll(others.subList(0, Math.min(others.size(), MOST_CANDIDATES - 1)));
        return new Decision(
                service.strategyName,
                service.note(chosen, request),
                List.copyOf(candidates),
                service.size(),
                leftOut.entrySet().stream()
                        .limit(MOST_REASONS)
                        .map(entry ->
                                new LeftOut(
                                        entry.getKey(),
                                        List.copyOf(
                                                entry.getValue()
                                                        .subList(
                                                                0,
                                                                Math.min(
                                                                        MOST_NAMES,
                                                                        entry.getValue().size()))),
                                        entry.getValue().size()))
                        .toList());
    }

    private static final Comparator<Explanation> BEST_FIRST =
            Comparator.comparingDouble((Explanation each) -> {
                double rank = 0;
                for (Map.Entry<String, Double> term : each.terms().entrySet()) {
                    rank = term.getKey().equals("cost") ? term.getValue() : -term.getValue();
                }
                return rank;
            });
}
