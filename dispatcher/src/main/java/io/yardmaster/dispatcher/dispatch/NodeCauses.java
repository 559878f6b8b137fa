package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.dispatcher.api.Spoken;
import io.yardmaster.dispatcher.api.Why.Cause;
import io.yardmaster.dispatcher.api.Why.Reason;
import io.yardmaster.nodes.Choice;
import io.yardmaster.nodes.Standing;
import io.yardmaster.nodes.Standings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/// What the nodes of its service have to do with a request that waits. Immutable.
///
/// As long as one node would serve it but for a free slot, it waits for a slot; what keeps other
/// nodes out is told beside it.
///
/// @param barriers what keeps nodes out that could serve it otherwise, by node
record NodeCauses(String service, Standings standings, Map<String, Gate.Barrier> barriers) {
    private static final int MOST_NAMES = 8;

    boolean anyServes() {
        return standings.nodes().stream().anyMatch(Standing::serves);
    }

    /// Empty when a node would serve it now.
    List<Cause> causes() {
        List<Standing> all = standings.nodes();
        if (anyServes()) {
            return List.of();
        }
        if (all.isEmpty()) {
            return List.of(
                    new Cause(
                            Reason.NO_NODE,
                            "No node is registered for service " + service + ".",
                            Map.of("nodes", List.of())));
        }
        List<Cause> causes = new ArrayList<>();
        List<Standing> busy = all.stream().filter(NodeCauses::waitsForSlot).toList();
        if (!busy.isEmpty()) {
            causes.add(busy(busy));
        }
        broken().ifPresent(causes::add);
        limited().ifPresent(causes::add);
        if (causes.isEmpty()) {
            causes.add(noNode(all));
        }
        return causes;
    }

    /// A slot is missing there, or it is a backup and those before it lack one.
    private static boolean waitsForSlot(Standing each) {
        return each.capped()
                || each.hindrance() == null
                || each.hindrance() == Choice.Reason.ALL_BUSY;
    }

    private Cause busy(List<Standing> busy) {
        List<Map<String, Object>> nodes = new ArrayList<>();
        for (Standing each : busy) {
            Map<String, Object> node = new LinkedHashMap<>();
            node.put("node", each.node());
            node.put("inFlight", each.slots().inFlight());
            node.put("limit", each.slots().most());
            node.put("limitBy", bound(each));
            nodes.add(node);
        }
        return new Cause(
                Reason.CONCURRENCY,
                "Every slot is taken at "
                        + named(
                                busy,
                                each ->
                                        "%s (%d of %d, %s)"
                                                .formatted(
                                                        each.node(),
                                                        each.slots().inFlight(),
                                                        each.slots().most(),
                                                        bound(each)))
                        + ".",
                Map.of("nodes", nodes));
    }

    private static String bound(Standing each) {
        if (each.capped()) {
            return "strategy";
        }
        if (each.hindrance() == null) {
            return "backup";
        }
        return switch (each.slots().bound()) {
            case CONFIGURED -> "configured";
            case LEARNT -> "learnt";
        };
    }

    private Optional<Cause> broken() {
        List<Map<String, Object>> nodes = new ArrayList<>();
        List<String> names = new ArrayList<>();
        long soonest = Long.MAX_VALUE;
        for (Standing each : refused()) {
            if (barriers.get(each.node()) instanceof Gate.Barrier.Breaker(var state, var left)) {
                Map<String, Object> node = new LinkedHashMap<>();
                node.put("node", each.node());
                node.put("state", state);
                node.put("nextTrialMs", left.toMillis());
                nodes.add(node);
                names.add(each.node() + " (" + state + ", next trial " + Spoken.in(left) + ")");
                soonest = Math.min(soonest, left.toMillis());
            }
        }
        return nodes.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        new Cause(
                                Reason.BREAKER,
                                (nodes.size() == 1
                                                ? "The circuit breaker is open for "
                                                : "Circuit breakers are open for ")
                                        + some(names)
                                        + ".",
                                ordered("nextTrialMs", soonest, "nodes", nodes)));
    }

    private Optional<Cause> limited() {
        List<String> names = new ArrayList<>();
        Duration soonest = Duration.ofDays(1);
        double rate = 0;
        for (Standing each : refused()) {
            if (barriers.get(each.node()) instanceof Gate.Barrier.RateLimit(var limit, var left)) {
                names.add(each.node());
                rate = limit.perSecond();
                soonest = left.compareTo(soonest) < 0 ? left : soonest;
            }
        }
        if (names.isEmpty()) {
            return Optional.empty();
        }
        Map<String, Object> details = ordered("scope", "node", "retryAfterMs", soonest.toMillis());
        details.put("ratePerSecond", rate);
        details.put("nodes", names);
        return Optional.of(
                new Cause(
                        Reason.RATE_LIMIT,
                        "The rate limit of nodes (%s a second each) lets the next one go %s: %s."
                                .formatted(Spoken.number(rate), Spoken.in(soonest), some(names)),
                        details));
    }

    private List<Standing> refused() {
        return standings.nodes().stream()
                .filter(each -> each.hindrance() == Choice.Reason.ALL_REFUSED)
                .toList();
    }

    private Cause noNode(List<Standing> all) {
        List<Map<String, Object>> nodes = new ArrayList<>();
        for (Standing each : all) {
            Map<String, Object> node =
                    ordered("node", each.node(), "why", each.explanation().why());
            if (each.hindrance() == Choice.Reason.NONE_WITH_LABELS) {
                node.put("missingLabels", each.missingLabels());
            }
            nodes.add(node);
        }
        return new Cause(
                Reason.NO_NODE,
                "No node may serve it now: " + named(all, NodeCauses::spoken) + ".",
                Map.of("nodes", nodes));
    }

    private static String spoken(Standing each) {
        return each.hindrance() == Choice.Reason.NONE_WITH_LABELS
                ? each.node()
                        + " (without "
                        + each.missingLabels().entrySet().stream()
                                .map(label -> label.getKey() + "=" + label.getValue())
                                .collect(Collectors.joining(", "))
                        + ")"
                : each.node() + " (" + each.explanation().why() + ")";
    }

    /// Its usual node cannot have it: that holds nothing up, for affinity yields.
    Optional<Cause> strayed() {
        return standings
                .kept()
                .flatMap(kept ->
                        standings.nodes().stream()
                                .filter(each -> each.node().equals(kept.node()) && !each.serves())
                                .findFirst()
                                .map(each -> strayed(kept, each)));
    }

    private static Cause strayed(Standings.Kept kept, Standing at) {
        Map<String, Object> details = ordered("node", kept.node(), "by", kept.by());
        details.put("why", at.explanation().why());
        return new Cause(
                Reason.STICKY,
                "Its %s keeps it at %s, which cannot serve it now (%s): another node will."
                        .formatted(kept.by(), kept.node(), at.explanation().why()),
                details);
    }

    private static String named(List<Standing> all, Function<Standing, String> name) {
        return some(all.stream().map(name).toList());
    }

    private static String some(List<String> names) {
        return names.size() <= MOST_NAMES
                ? String.join(", ", names)
                : String.join(", ", names.subList(0, MOST_NAMES))
                        + " and "
                        + (names.size() - MOST_NAMES)
                        + " more";
    }

    private static Map<String, Object> ordered(
            String first, Object one, String second, Object other) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put(first, one);
        map.put(second, other);
        return map;
    }
}
