package io.yardmaster.dispatcher.demo;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// What came out of the demo.
///
/// @param states the final state of each accepted request, by id
/// @param lanes the priority of each accepted request, by id
/// @param served what each node did, by node
/// @param seconds from the first enqueue to the last settlement
record Summary(
        Map<String, String> states,
        Map<String, Lane> lanes,
        Map<String, List<Served>> served,
        double seconds) {
    /// States after which nothing happens to a request.
    static final Set<String> SETTLED = Set.of("succeeded", "dead", "cancelled", "expired");

    int accepted() {
        return lanes.size();
    }

    long count(String state) {
        return states.values().stream().filter(state::equals).count();
    }

    /// Accepted requests that are not settled, or unknown to the dispatcher.
    long unsettled() {
        return accepted() - states.values().stream().filter(SETTLED::contains).count();
    }

    /// Times that a node got a request which some node had already got.
    long duplicates() {
        Set<String> seen = new HashSet<>();
        return served.values().stream()
                .flatMap(List::stream)
                .filter(one -> !seen.add(one.id()))
                .count();
    }

    /// The nearest-rank percentile: the smallest value that at least `share` of all values do not
    /// exceed; 0 of none.
    ///
    /// @param sorted ascending
    /// @param share above 0, at most 1
    static long percentile(List<Long> sorted, double share) {
        if (!(share > 0 && share <= 1)) {
            throw new IllegalArgumentException(
                    "share: " + share + " (expected: above 0, at most 1)");
        }
        return sorted.isEmpty() ? 0 : sorted.get((int) Math.ceil(share * sorted.size()) - 1);
    }

    /// The contract's object of the last line, and `waitMs` and `duplicates` beside it.
    Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("accepted", accepted());
        json.put("succeeded", count("succeeded"));
        json.put("dead", count("dead"));
        json.put("seconds", Math.round(seconds * 10) / 10.0);
        Map<String, Object> byPriority = new LinkedHashMap<>();
        Map<String, Object> waits = new LinkedHashMap<>();
        for (Lane lane : Lane.values()) {
            byPriority.put(lane.label(), lanes.values().stream().filter(lane::equals).count());
            List<Long> sorted = waits(lane);
            waits.put(
                    lane.label(),
                    Map.of(
                            "p50",
                            percentile(sorted, 0.5),
                            "p95",
                            percentile(sorted, 0.95),
                            "max",
                            percentile(sorted, 1)));
        }
        json.put("byPriority", byPriority);
        Map<String, Object> byNode = new LinkedHashMap<>();
        served.forEach((node, requests) -> byNode.put(node, requests.size()));
        json.put("byNode", byNode);
        json.put("waitMs", waits);
        json.put("unsettled", unsettled());
        json.put("duplicates", duplicates());
        return json;
    }

    /// The tables for people.
    String text() {
        TextTable priorities = new TextTable("priority", "requests", "wait p50", "p95", "max");
        for (Lane lane : Lane.values()) {
            List<Long> sorted = waits(lane);
            priorities.row(
                    lane.label(),
                    Long.toString(lanes.values().stream().filter(lane::equals).count()),
                    percentile(sorted, 0.5) + " ms",
                    percentile(sorted, 0.95) + " ms",
                    percentile(sorted, 1) + " ms");
        }
        long all = Math.max(1, served.values().stream().mapToInt(List::size).sum());
        TextTable nodes = new TextTable("node", "requests", "share", "mean work");
        served.forEach((node, requests) ->
                nodes.row(
                        node,
                        Integer.toString(requests.size()),
                        Math.round(100.0 * requests.size() / all) + " %",
                        Math.round(requests.stream().mapToLong(Served::workMs).average().orElse(0))
                                + " ms"));
        return priorities.render()
                + '\n'
                + nodes.render()
                + String.format(
                        Locale.ROOT,
                        "%n  accepted %d, succeeded %d, dead %d, not settled %d, sent twice %d, in %.1f s%n",
                        accepted(),
                        count("succeeded"),
                        count("dead"),
                        unsettled(),
                        duplicates(),
                        seconds);
    }

    private List<Long> waits(Lane lane) {
        Map<String, Long> first = new HashMap<>();
        for (List<Served> requests : served.values()) {
            for (Served one : requests) {
                if (one.waitMs() >= 0 && lanes.get(one.id()) == lane) {
                    first.merge(one.id(), one.waitMs(), Math::min);
                }
            }
        }
        List<Long> sorted = new ArrayList<>(first.values());
        sorted.sort(null);
        return sorted;
    }
}
