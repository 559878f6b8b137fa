package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.queue.Lease;
import io.yardmaster.queue.Offer;
import io.yardmaster.queue.Priority;
import io.yardmaster.queue.PriorityShares;
import io.yardmaster.queue.QueueName;
import io.yardmaster.queue.Taken;
import io.yardmaster.ratelimit.Limit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Decides what to take next: no more than can be sent at once, shared between priorities by their
/// weights, and between services and shards in turn. Thread-safe.
final class TakePlanner {
    /// A take is as good as answered for so long: what is behind it still counts as waiting, so
    /// that a shard which is asked at this moment doesn't lose its priorities' turn to others.
    private static final Duration ANSWERED_SOON = Duration.ofMillis(50);

    /// Nobody rings when a node recovers, a breaker lets a trial through or a node's rate limit has
    /// a token again, so what waits for such is planned anew after this time.
    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);

    private static final int MOST_HELD_FOR_EACH = 3;

    /// With less in flight nothing is gathered, and takes go along with offers.
    static final int FEW = 32;

    private final Policies policies;
    private final Backlog backlog;
    private final HeldLeases held;
    private final Gate gate;
    private final Bounds bounds;
    private final LongSupplier nanos;
    private final Map<String, PriorityShares> shares = new HashMap<>();
    private final Lane.@Nullable Ask[] asked;
    private final boolean[] failing;
    private Brought brought = Brought.NOTHING;
    private int turn;

    /// @param maxInFlight of this replica
    /// @param batchSize most requests in one take
    /// @param shards how many there are
    /// @param spread how many of them a service's rate limit is split over
    record Bounds(int maxInFlight, int batchSize, int shards, IntSupplier spread) {}

    TakePlanner(
            Policies policies,
            Backlog backlog,
            HeldLeases held,
            Gate gate,
            Bounds bounds,
            LongSupplier nanos) {
        this.policies = policies;
        this.backlog = backlog;
        this.held = held;
        this.gate = gate;
        this.bounds = bounds;
        this.nanos = nanos;
        this.asked = new Lane.Ask[bounds.shards()];
        this.failing = new boolean[bounds.shards()];
        // Several lanes say themselves when they are free for the first time.
        Arrays.fill(failing, bounds.shards() > 1);
    }

    /// The next takes, one from a shard at most; empty when nothing can go. Until [#free] or
    /// [#failed] their slots are not planned again.
    ///
    /// @param nonces makes a new one for each
    synchronized List<Lane.Ask> ask(Supplier<String> nonces) {
        List<Lane.Ask> asks = new ArrayList<>();
        for (Wants wants : plan(bounds.batchSize())) {
            asks.add(ask(wants, nonces));
        }
        return asks;
    }

    private Lane.Ask ask(Wants wants, Supplier<String> nonces) {
        Lane.Ask ask =
                new Lane.Ask(wants.shard(), nonces.get(), wants.wants(), nanos.getAsLong(), false);
        asked[wants.shard()] = ask;
        return ask;
    }

    /// What goes along with offers to a shard, as if they waited there already.
    private record Brought(int shard, Map<QueueName, Integer> offers) {
        static final Brought NOTHING = new Brought(-1, Map.of());

        long to(int at, QueueName queue) {
            return at == shard ? offers.getOrDefault(queue, 0) : 0;
        }
    }

    /// The take that goes along with offers to a shard, in the same call; none when they have to
    /// wait: for others in their queue, for a slot, for their time, for a take under way, or to be
    /// gathered with others, since much is in flight.
    ///
    /// @param nonces makes a new one
    synchronized Optional<Lane.Ask> askAlong(
            int shard, List<Offer> offers, Supplier<String> nonces) {
        if (asked[shard] != null || failing[shard] || held.size() >= FEW || offers.size() > FEW) {
            return Optional.empty();
        }
        Map<QueueName, Integer> queues = new HashMap<>();
        for (Offer offer : offers) {
            QueueName queue = offer.request().queue();
            if (offer.delay().isPositive() || !backlog.isQuiet(shard, queue)) {
                return Optional.empty();
            }
            queues.merge(queue, 1, Integer::sum);
        }
        brought = new Brought(shard, queues);
        try {
            for (Wants wants : plan(FEW)) {
                if (wants.shard() == shard) {
                    return Optional.of(ask(wants, nonces));
                }
            }
            return Optional.empty();
        } finally {
            brought = Brought.NOTHING;
        }
    }

    /// As [#ask], but nothing is asked for.
    synchronized List<Wants> plan() {
        return plan(bounds.batchSize());
    }

    private List<Wants> plan(int most) {
        List<String> services = new ArrayList<>(backlog.services());
        for (QueueName queue : brought.offers().keySet()) {
            if (!services.contains(queue.service())) {
                services.add(queue.service());
            }
        }
        if (services.isEmpty()) {
            return List.of();
        }
        // Who comes first changes, so that a service with many requests cannot take every slot that
        // gets free; and so do shards.
        turn++;
        Collections.rotate(services, -(turn % services.size()));
        int room = Math.min(free() - asked(), Math.min(most, bounds.batchSize()));
        List<Wants> plan = new ArrayList<>();
        for (int i = 0; i < services.size() && room > 0; i++) {
            int fairShare = Math.max(1, Math.ceilDiv(room, services.size() - i));
            room -= plan(services.get(i), fairShare, plan);
        }
        return plan;
    }

    /// Requests that may still be begun. What waits to be settled in a shard that is away must not
    /// keep the others from working, but isn't heaped up without an end either.
    private int free() {
        return Math.min(
                bounds.maxInFlight() - held.running(),
                bounds.maxInFlight() * MOST_HELD_FOR_EACH - held.size());
    }

    /// What to take from a shard.
    record Wants(int shard, List<Taken.Want> wants) {
        int sum() {
            return wants.stream().mapToInt(Taken.Want::most).sum();
        }
    }

    private int plan(String service, int most, List<Wants> plan) {
        int[] busy = held.busyOf(service);
        int free = free(service, busy);
        if (free <= 0) {
            return 0;
        }
        int inUse = 0;
        long[] waiting = new long[busy.length];
        for (Priority priority : Priority.values()) {
            inUse += busy[priority.number()];
            waiting[priority.number()] = waiting(new QueueName(service, priority));
        }
        int[] planned = sharesOf(service).plan(inUse + free, busy, waiting, Math.min(most, free));
        int sum = 0;
        for (Priority priority : Priority.values()) {
            int wanted = planned[priority.number()];
            if (wanted > 0) {
                sum += share(new QueueName(service, priority), wanted, plan);
            }
        }
        return sum;
    }

    /// Slots that nobody has or is about to have: what was just taken has its slot only in a
    /// moment, and what is asked for may have it then. Those that look for a slot are counted
    /// before the slots: who finds one in between is counted twice, and not as none.
    private int free(String service, int[] busy) {
        int looking = held.unplacedOf(service);
        return gate.freeSlots(service) - looking - addAsked(service, busy);
    }

    /// What a take for a queue would find room for.
    ///
    /// @param inFlight requests of this replica, of all services
    /// @param mostInFlight of them
    /// @param room requests that the replica may still begin
    /// @param free slots for the service
    /// @param kept of those, for more urgent priorities
    record Room(int inFlight, int mostInFlight, int room, int free, int kept) {}

    /// Takes and plans nothing.
    synchronized Room room(QueueName queue) {
        String service = queue.service();
        int[] busy = held.busyOf(service);
        int free = free(service, busy);
        int inUse = Arrays.stream(busy).sum();
        return new Room(
                held.running(),
                bounds.maxInFlight(),
                free() - asked(),
                Math.max(0, free),
                sharesOf(service).keptFrom(queue.priority(), inUse + Math.max(0, free), busy));
    }

    /// Splits what is wanted of a queue: as much as there is from one shard, what is missing from
    /// the next. Few large takes cost less than many small ones, and each time another shard comes
    /// first. What only shards have that are being asked at this moment is left for the next time.
    private int share(QueueName queue, int wanted, List<Wants> plan) {
        Limit limit = policies.limit(queue.service());
        int spread = bounds.spread().getAsInt();
        int left = wanted;
        for (int i = 0; i < bounds.shards() && left > 0; i++) {
            int shard = Math.floorMod(turn + i, bounds.shards());
            int some =
                    asked[shard] == null && !failing[shard]
                            ? (int) Math.min(left, ready(shard, queue))
                            : 0;
            if (some > 0) {
                wantsOf(shard, plan)
                        .add(
                                new Taken.Want(
                                        queue,
                                        some,
                                        limit.isOff() ? 0 : limit.perSecond() / spread,
                                        limit.isOff() ? 0 : Math.max(1, limit.burst() / spread)));
                left -= some;
            }
        }
        return wanted - left;
    }

    private long ready(int shard, QueueName queue) {
        return backlog.ready(shard, queue) + brought.to(shard, queue);
    }

    private static List<Taken.Want> wantsOf(int shard, List<Wants> plan) {
        for (Wants wants : plan) {
            if (wants.shard() == shard) {
                return wants.wants();
            }
        }
        plan.add(new Wants(shard, new ArrayList<>()));
        return plan.getLast().wants();
    }

    /// Requests of a queue that may start, at all shards that answer.
    private long waiting(QueueName queue) {
        long now = nanos.getAsLong();
        long waiting = 0;
        for (int shard = 0; shard < asked.length; shard++) {
            Lane.Ask ask = asked[shard];
            boolean late = ask != null && now - ask.askedAt() > ANSWERED_SOON.toNanos();
            if (failing[shard] || late) {
                continue;
            }
            long ready = ready(shard, queue);
            for (Taken.Want want : ask == null ? List.<Taken.Want>of() : ask.wants()) {
                ready -= want.queue().equals(queue) ? want.most() : 0;
            }
            waiting += Math.max(0, ready);
        }
        return waiting;
    }

    /// How long a plan without takes holds when nothing changes.
    synchronized Duration holds() {
        if (asked() > 0) {
            return ANSWERED_SOON;
        }
        return backlog.services().isEmpty() ? Backlog.UNTIL_RUNG : LOOK_AGAIN;
    }

    /// It has answered, or wasn't asked.
    synchronized void free(Lane.Ask ask) {
        ended(ask);
        failing[ask.shard()] = false;
    }

    /// The shard did not answer. It may have given what it was asked for, but the slots are not
    /// kept for it: others have work for them.
    synchronized void failed(Lane.Ask ask) {
        ended(ask);
        failing[ask.shard()] = bounds.shards() > 1;
    }

    /// Of several shards, this one may be asked.
    synchronized void open(int shard) {
        failing[shard] = false;
    }

    /// Another one may have begun meanwhile.
    private void ended(Lane.Ask ask) {
        Lane.Ask known = asked[ask.shard()];
        if (known != null && known.nonce().equals(ask.nonce())) {
            asked[ask.shard()] = null;
        }
    }

    private int asked() {
        int sum = 0;
        for (Lane.Ask ask : asked) {
            for (Taken.Want want : ask == null ? List.<Taken.Want>of() : ask.wants()) {
                sum += want.most();
            }
        }
        return sum;
    }

    /// Adds what shards are asked for to the service's busy slots; how much that is.
    private int addAsked(String service, int[] busy) {
        int sum = 0;
        for (Lane.Ask ask : asked) {
            for (Taken.Want want : ask == null ? List.<Taken.Want>of() : ask.wants()) {
                if (want.queue().service().equals(service)) {
                    busy[want.queue().priority().number()] += want.most();
                    sum += want.most();
                }
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
