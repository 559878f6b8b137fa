package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.dispatcher.api.Why;
import io.yardmaster.nodes.Explanation;
import io.yardmaster.nodes.Nodes;
import io.yardmaster.queue.Found;
import io.yardmaster.queue.QueueName;
import io.yardmaster.queue.Request;
import io.yardmaster.ratelimit.Breakers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// Says what a waiting request waits for, with the very pieces that let requests go. Thread-safe;
/// takes nothing.
public final class Explainer implements Why {
    private final Nodes nodes;
    private final Breakers breakers;
    private final Gate gate;
    private final Backlog backlog;
    private final HeldLeases held;

    Explainer(Nodes nodes, Breakers breakers, Gate gate, Backlog backlog, HeldLeases held) {
        this.nodes = nodes;
        this.breakers = breakers;
        this.gate = gate;
        this.backlog = backlog;
        this.held = held;
    }

    @Override
    public Optional<Flight> flight(String id, int attempt) {
        return held.find(id, attempt)
                .flatMap(found ->
                        found.node()
                                .map(node ->
                                        new Flight(
                                                node,
                                                found.decision().map(OutcomeJson::decision))));
    }

    @Override
    public Answer waiting(Found.Live live) {
        Request request = live.stored().request();
        QueueName queue = request.queue();
        Duration limited = backlog.held(queue);
        if (limited.isPositive()) {
            return new Answer(
                    "The rate limit of service "
                            + queue.service()
                            + " lets the next one go in "
                            + limited.toMillis()
                            + " ms.",
                    Reason.RATE_LIMIT,
                    Map.of("retryAfterMs", limited.toMillis()));
        }
        List<Explanation> all =
                nodes.explain(queue.service(), gate.choiceRequest(request, Set.of(), node -> true));
        List<Explanation> candidates = all.stream().filter(Explanation::candidate).toList();
        if (candidates.isEmpty()) {
            return none(request, all);
        }
        List<String> open = ejected(queue.service(), candidates);
        if (open.size() == candidates.size()) {
            return new Answer(
                    "The circuit breakers of " + String.join(", ", open) + " are open.",
                    Reason.BREAKER,
                    Map.of("nodes", String.join(",", open)));
        }
        return gate.freeSlots(queue.service()) <= 0 ? busy(live, all) : behind(live);
    }

    private Answer none(Request request, List<Explanation> all) {
        if (all.isEmpty()) {
            return new Answer(
                    "No node is registered for service " + request.queue().service() + ".",
                    Reason.NO_NODE,
                    Map.of());
        }
        String reasons =
                all.stream()
                        .map(each -> each.node() + " (" + each.why() + ")")
                        .collect(Collectors.joining(", "));
        boolean full =
                all.stream()
                        .anyMatch(
                                each -> each.why().contains("slot") || each.why().contains("busy"));
        Map<String, Object> details = new HashMap<>();
        all.forEach(each -> details.put("node." + each.node(), each.why()));
        return full
                ? new Answer(
                        "Every node that may serve it is busy: " + reasons + ".",
                        Reason.CONCURRENCY,
                        details)
                : new Answer("No node may serve it now: " + reasons + ".", Reason.NO_NODE, details);
    }

    private List<String> ejected(String service, List<Explanation> candidates) {
        Predicate<String> out = breakers.ejected(service, nodes.members(service))::contains;
        List<String> open = new ArrayList<>();
        candidates.stream().map(Explanation::node).filter(out).forEach(open::add);
        return open;
    }

    private static Answer busy(Found.Live live, List<Explanation> all) {
        return new Answer(
                "Every slot at its " + all.size() + " nodes is taken; " + place(live) + ".",
                Reason.CONCURRENCY,
                Map.of("before", live.before(), "nodes", all.size()));
    }

    private static Answer behind(Found.Live live) {
        return new Answer(
                "It is " + place(live) + " and will be taken in turn.",
                Reason.BEHIND,
                Map.of("before", live.before()));
    }

    private static String place(Found.Live live) {
        return live.before() < 0
                ? "behind more than 1000 others"
                : "behind " + live.before() + " others";
    }
}
