package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.dispatcher.api.Spoken;
import io.yardmaster.dispatcher.api.Why;
import io.yardmaster.nodes.Nodes;
import io.yardmaster.nodes.Standings;
import io.yardmaster.queue.Found;
import io.yardmaster.queue.Holdup;
import io.yardmaster.queue.QueueName;
import io.yardmaster.queue.Request;
import io.yardmaster.queue.StoredRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/// Says what a waiting request waits for, with the very pieces that let requests go. Thread-safe;
/// takes nothing, and asks Redis nothing unless an attempt is at another replica.
public final class Explainer implements Why {
    private final Evidence evidence;
    private final Flights flights;
    private final String replica;

    /// What decides.
    record Evidence(
            Nodes nodes,
            Gate gate,
            Backlog backlog,
            TakePlanner planner,
            Policies policies,
            Throughput throughput) {}

    /// @param replica this one's name: others may have room where it has none
    Explainer(Evidence evidence, Flights flights, String replica) {
        this.evidence = evidence;
        this.flights = flights;
        this.replica = replica;
    }

    @Override
    public Optional<Flight> flight(String id, int attempt) {
        return flights.here(id, attempt);
    }

    @Override
    public Optional<Flight> flightAnywhere(String id, int attempt) {
        return flights.here(id, attempt).or(() -> flights.elsewhere(id, attempt));
    }

    @Override
    public int attempts(StoredRequest stored) {
        return evidence.policies().maxRetries(stored.request()) + 1 + stored.forgiven();
    }

    @Override
    public List<Cause> waiting(Found.Live live, Holdup holdup) {
        Request request = live.stored().request();
        QueueName queue = request.queue();
        Map<String, Gate.Barrier> barriers = evidence.gate().barriers(queue.service());
        Standings standings =
                evidence.nodes()
                        .standings(
                                queue.service(),
                                evidence.gate()
                                        .choiceRequest(
                                                request,
                                                Set.of(),
                                                node -> !barriers.containsKey(node.id())));
        List<Cause> causes = new ArrayList<>();
        NodeCauses nodes = new NodeCauses(queue.service(), standings, barriers);
        causes.addAll(nodes.causes());
        evidence.backlog().limited(queue).map(left -> limited(queue, left)).ifPresent(causes::add);
        if (nodes.anyServes()) {
            room(queue).ifPresent(causes::add);
        }
        if (holdup.before() > 0 || causes.isEmpty()) {
            boolean stands =
                    holdup.pausedAt().isPresent()
                            || causes.stream().anyMatch(each -> each.reason() == Reason.NO_NODE);
            causes.add(behind(queue, holdup, stands));
        }
        causes.sort(Comparator.comparing(Cause::reason));
        nodes.strayed().ifPresent(causes::add);
        return causes;
    }

    private Cause limited(QueueName queue, Duration left) {
        double rate = evidence.policies().limit(queue.service()).perSecond();
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("scope", "service");
        details.put("retryAfterMs", left.toMillis());
        details.put("ratePerSecond", rate);
        return new Cause(
                Reason.RATE_LIMIT,
                "The rate limit of service %s (%s a second) lets the next one go %s."
                        .formatted(queue.service(), Spoken.number(rate), Spoken.in(left)),
                details);
    }

    /// The nodes could serve it, and nothing may be taken all the same.
    private Optional<Cause> room(QueueName queue) {
        TakePlanner.Room room = evidence.planner().room(queue);
        if (room.room() <= 0) {
            Map<String, Object> details = new LinkedHashMap<>();
            details.put("replica", replica);
            details.put("inFlight", room.inFlight());
            details.put("limit", room.mostInFlight());
            return Optional.of(
                    new Cause(
                            Reason.MAX_IN_FLIGHT,
                            "Replica %s has %d requests in flight, and %d is the most it may have (yardmaster.max-in-flight)."
                                    .formatted(replica, room.inFlight(), room.mostInFlight()),
                            details));
        }
        if (room.free() > room.kept()) {
            return Optional.empty();
        }
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("freeSlots", room.free());
        details.put("keptForMoreUrgent", Math.min(room.free(), room.kept()));
        return Optional.of(
                new Cause(
                        Reason.CONCURRENCY,
                        room.free() == 0
                                ? "Every slot at the nodes of service %s is taken or promised."
                                        .formatted(queue.service())
                                : "The %d free slots at the nodes of service %s are kept for more urgent priorities."
                                        .formatted(room.free(), queue.service()),
                        details));
    }

    /// `stands`: the queue does not move, so that no time can be foretold.
    private Cause behind(QueueName queue, Holdup holdup, boolean stands) {
        long before = Math.max(0, holdup.before());
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("before", before);
        details.put("exact", holdup.exact());
        OptionalDouble perSecond =
                stands ? OptionalDouble.empty() : evidence.throughput().perSecond(queue);
        String eta = "";
        if (perSecond.isPresent()) {
            Duration left = Duration.ofMillis((long) (before * 1000.0 / perSecond.getAsDouble()));
            details.put("etaMs", left.toMillis());
            details.put("ratePerSecond", perSecond.getAsDouble());
            eta =
                    " At the rate of the last minute (%s a second) its turn comes %s."
                            .formatted(Spoken.number(perSecond.getAsDouble()), Spoken.about(left));
        }
        String place =
                before == 0
                        ? "It is the next of its queue"
                        : "It is behind %s%d other%s in its queue"
                                .formatted(
                                        holdup.exact() ? "" : "about ",
                                        before,
                                        before == 1 ? "" : "s");
        return new Cause(Reason.BEHIND, place + " and will be taken in turn." + eta, details);
    }
}
