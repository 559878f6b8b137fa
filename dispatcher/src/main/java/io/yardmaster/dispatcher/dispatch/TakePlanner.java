package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.queue.Lease;
import io.yardmaster.queue.Priority;
import io.yardmaster.queue.PriorityShares;
import io.yardmaster.queue.QueueName;
import io.yardmaster.queue.Taken;
import io.yardmaster.ratelimit.Limit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Decides what to take next: no more than can be sent at once, shared between priorities by their
/// weights, and between services in turn. Thread-safe.
final class TakePlanner {
    private final Policies policies;
    private final Backlog backlog;
    private final HeldLeases held;
    private final Gate gate;
    private final Bounds bounds;
    private final Map<String, PriorityShares> shares = new HashMap<>();
    private int turn;

    /// @param maxInFlight of this replica
    /// @param batchSize most requests in one take
    record Bounds(int maxInFlight, int batchSize) {}

    TakePlanner(Policies policies, Backlog backlog, HeldLeases held, Gate gate, Bounds bounds) {
        this.policies = policies;
        this.backlog = backlog;
        this.held = held;
        this.gate = gate;
        this.bounds = bounds;
    }

    /// The next take; empty when nothing can go.
    synchronized List<Taken.Want> plan() {
        List<String> services = new ArrayList<>(backlog.services());
        if (services.isEmpty()) {
            return List.of();
        }
        // Who comes first changes, so that a service with many requests cannot take every slot that
        // gets free.
        Collections.rotate(services, -(turn++ % services.size()));
        int room = Math.min(bounds.maxInFlight() - held.size(), bounds.batchSize());
        List<Taken.Want> wants = new ArrayList<>();
        for (int i = 0; i < services.size() && room > 0; i++) {
            int fairShare = Math.max(1, Math.ceilDiv(room, services.size() - i));
            room -= plan(services.get(i), fairShare, wants);
        }
        return wants;
    }

    private int plan(String service, int most, List<Taken.Want> wants) {
        // What was just taken has its slot only in a moment.
        int free = gate.freeSlots(service) - held.unplacedOf(service);
        if (free <= 0) {
            return 0;
        }
        int[] busy = held.busyOf(service);
        int inUse = 0;
        long[] waiting = new long[busy.length];
        for (Priority priority : Priority.values()) {
            inUse += busy[priority.number()];
            waiting[priority.number()] = backlog.ready(new QueueName(service, priority));
        }
        int[] planned = sharesOf(service).plan(inUse + free, busy, waiting, Math.min(most, free));
        Limit limit = policies.limit(service);
        int sum = 0;
        for (Priority priority : Priority.values()) {
            int wanted = planned[priority.number()];
            if (wanted > 0) {
                wants.add(
                        new Taken.Want(
                                new QueueName(service, priority),
                                wanted,
                                limit.isOff() ? 0 : limit.perSecond(),
                                limit.isOff() ? 0 : limit.burst()));
                sum += wanted;
            }
        }
        return sum;
    }

    /// A request was taken; what its priority is charged for it.
    synchronized double started(Lease lease) {
        QueueName queue = lease.request().queue();
        PriorityShares of = sharesOf(queue.service());
        double charge = of.charge(queue.priority());
        of.started(queue.priority());
        return charge;
    }

    /// It ended.
    synchronized void finished(Lease lease, double charged, Duration occupied) {
        QueueName queue = lease.request().queue();
        sharesOf(queue.service()).finished(queue.priority(), charged, occupied);
    }

    /// Weights have changed: what was charged so far is forgotten.
    synchronized void reshare() {
        shares.clear();
    }

    private PriorityShares sharesOf(String service) {
        return shares.computeIfAbsent(
                service, name -> new PriorityShares(policies.shares(name), policies.strict()));
    }
}
