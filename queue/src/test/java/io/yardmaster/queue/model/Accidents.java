package io.yardmaster.queue.model;

import io.yardmaster.queue.model.Fleet.Held;
import io.yardmaster.queue.model.Shard.Request;
import java.util.List;
import java.util.Optional;

/// Damage to the index: what no function does, but a restored backup or a careless hand may.
final class Accidents {
    private final Draw draw;
    private final Shard shard;
    private final Fleet fleet;

    Accidents(Draw draw, Fleet fleet) {
        this.draw = draw;
        this.shard = draw.shard;
        this.fleet = fleet;
    }

    /// A lease of a former attempt comes back into the index, for example from a backup.
    Step forgottenLease() {
        Optional<Held> ghost =
                fleet.ghost().filter(held -> !shard.leases.containsKey(held.member()));
        if (ghost.isEmpty()) {
            return fleet.crash();
        }
        if (draw.random.nextBoolean()) {
            draw.plan(fleet.settle(ghost.get()));
        }
        return plantLease(ghost.get().member());
    }

    /// The same while the answer to the take that gave the lease is still under way.
    Step forgottenLeaseOfTheLastTake() {
        String replica = draw.anyOf(shard.takes.keySet()).orElse("");
        Shard.Take take = shard.takes.getOrDefault(replica, new Shard.Take("", List.of()));
        Optional<String> ended =
                take.members().stream().filter(m -> !shard.leases.containsKey(m)).findFirst();
        if (ended.isEmpty()) {
            return fleet.settle();
        }
        draw.plan(fleet.takeAgain(replica));
        return plantLease(ended.get());
    }

    private Step plantLease(String member) {
        long end = shard.now + (draw.random.nextBoolean() ? 3000 : -1);
        return Step.outside(
                "accident: leased is " + member,
                real -> real.add(":leases", end, member),
                () -> shard.leases.put(member, end));
    }

    Step ticketTwice() {
        String queue = draw.queue();
        return draw.anyOf(shard.list(queue))
                .map(ticket -> plant(queue, ticket))
                .orElseGet(fleet::take);
    }

    Step ticketOfNobody() {
        return plant(draw.anyOf(shard.queues).orElse(draw.queue()), "nobody" + draw.name() + ".0");
    }

    /// A ticket of a request that does not wait, or an old one of one that does.
    Step ticketOfTheRest() {
        return draw.anyOf(shard.requests.values())
                .map(r ->
                        plant(
                                r.queue,
                                r.id + "." + Math.max(0, r.attempts - draw.random.nextInt(2))))
                .orElseGet(fleet::take);
    }

    private Step plant(String queue, String ticket) {
        return Step.outside(
                "accident: " + queue + " has " + ticket,
                real -> real.push(":q:" + queue, ticket),
                () -> shard.list(queue).add(ticket));
    }

    /// A ticket falls due whose request is elsewhere.
    Step dueTwice() {
        Request r = shard.requests.get(draw.id());
        String ticket = r == null ? "nobody" + draw.name() + ".0" : r.ticket();
        if (shard.later.containsKey(ticket)) {
            return fleet.promote();
        }
        long due = shard.now;
        return Step.outside(
                "accident: due now is " + ticket,
                real -> real.add(":later", due, ticket),
                () -> shard.later.put(ticket, due));
    }
}
