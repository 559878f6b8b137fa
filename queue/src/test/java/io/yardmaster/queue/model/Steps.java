package io.yardmaster.queue.model;

import io.yardmaster.queue.model.Entrance.Item;
import io.yardmaster.queue.model.Entrance.Sorted;
import io.yardmaster.queue.model.Fleet.Held;
import io.yardmaster.queue.model.Fleet.Replica;
import io.yardmaster.queue.model.RealShard.Clock;
import io.yardmaster.queue.model.Shard.Request;
import io.yardmaster.queue.model.Step.Repeated;
import io.yardmaster.queue.model.Way.Ending;
import io.yardmaster.queue.model.Way.Want;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/// Draws the next step: what producers, replicas, operators, time and accidents may do, in a mix
/// that keeps every place of the shard in use.
final class Steps {
    static final int SERVICE_BURST = 40;

    private static final String NEVER_REFILLS = "0.000001";
    private static final long LEASE = 5000;
    private static final long HOUR = 3_600_000;
    private static final int IDS = 100;
    private static final int TICKETS_MOST = 90;
    private static final int[] RETRIES = {255, 0, 1, 2, 5, 255, 1};
    private static final String[] PRODUCERS = {"", "p1", "p2"};
    private static final String[][] QUEUES = {
        {"a", "0"}, {"a", "2"}, {"a", "3"}, {"b", "1"}, {"b", "3"}
    };

    private final RandomGenerator random;
    private final Shard shard;
    private final Entrance entrance;
    private final Way way;
    private final Office office;
    private final Fleet fleet;
    private final List<Supplier<Step>> urn = new ArrayList<>();
    private final Map<String, Sorted> pushed = new HashMap<>();
    private Optional<Step> next = Optional.empty();
    private int names;

    Steps(RandomGenerator random, Shard shard) {
        this.random = random;
        this.shard = shard;
        this.entrance = new Entrance(shard);
        this.way = new Way(shard);
        this.office = new Office(shard);
        this.fleet = new Fleet(random);
        producers();
        replicas();
        operators();
        time();
        if (shard.damaged) {
            accidents();
        } else {
            put(10, () -> Step.call("yard_depth", List.of(), Repeated.NEVER, _ -> office.depth()));
        }
    }

    private void producers() {
        put(150, this::offer);
        put(30, this::enqueue);
        put(5, this::enqueueWrongly);
        put(30, this::push);
        put(10, this::peek);
        put(30, this::admitIngress);
    }

    private void replicas() {
        put(170, this::take);
        put(10, this::takeAgain);
        put(60, this::renew);
        put(170, this::settle);
        put(40, this::lateWord);
        put(10, fleet::crash);
        put(30, this::reclaim);
        put(30, this::promote);
        put(40, this::tend);
    }

    private void operators() {
        put(50, this::cancel);
        put(40, this::redrive);
        put(15, this::drop);
        put(12, this::purge);
        put(20, () -> order("yard_pause", queue(), office::pause));
        put(25, () -> order("yard_resume", anyOf(shard.paused).orElse(queue()), office::resume));
        put(8, this::trim);
        put(20, this::find);
        put(10, this::listDead);
    }

    private void time() {
        put(110, () -> stepClock("time passes", -random.nextLong(1, Step.CLOCK_STEP)));
        put(6, () -> stepClock("clock jumps forward", -HOUR));
        put(6, () -> stepClock("clock jumps back", HOUR));
        put(6, this::outage);
        put(60, this::outcomeExpires);
        put(10, this::bucketRefills);
    }

    private void accidents() {
        put(30, this::forgottenLease);
        put(20, this::ticketTwice);
        put(10, this::ticketOfNobody);
        put(20, this::ticketOfTheRest);
        put(10, this::dueTwice);
    }

    private void put(int tickets, Supplier<Step> step) {
        for (int i = 0; i < tickets; i++) {
            urn.add(step);
        }
    }

    /// @param clock as the last step left it
    Step next(Clock clock) {
        fleet.clock = clock;
        Optional<Step> planned = next;
        next = Optional.empty();
        return planned.orElseGet(() -> urn.get(random.nextInt(urn.size())).get());
    }

    private static int burst(String queue) {
        return queue.startsWith("b:") ? SERVICE_BURST : 0;
    }

    private String queue() {
        String[] queue = QUEUES[random.nextInt(QUEUES.length)];
        return queue[0] + ":" + Shard.PRIORITIES[Integer.parseInt(queue[1])];
    }

    private <T> Optional<T> anyOf(java.util.Collection<T> values) {
        return Fleet.anyOf(random, values);
    }

    private String id() {
        return random.nextBoolean()
                ? anyOf(shard.requests.keySet()).orElse("i0")
                : "i" + random.nextInt(IDS);
    }

    /// Of an id there are three different contents, so that some offers are in conflict with
    /// others.
    private Item item(int id) {
        int variant = random.nextInt(5) == 0 ? random.nextInt(1, 3) : 0;
        String[] queue = QUEUES[(id + variant) % QUEUES.length];
        return new Item(
                "i" + id,
                queue[0],
                Integer.parseInt(queue[1]),
                RETRIES[(id + variant) % RETRIES.length],
                random.nextInt(4) == 0 ? random.nextLong(1, 8000) : 0,
                random.nextInt(5) == 0 ? random.nextLong(500, 12_000) : 0,
                random.nextInt(4) == 0,
                PRODUCERS[(id + variant) % PRODUCERS.length],
                "body " + id + "-" + variant);
    }

    private Step offer() {
        List<Item> items = new ArrayList<>();
        List<Object> arguments = new ArrayList<>();
        for (int i = random.nextInt(1, 5); i > 0; i--) {
            items.add(item(random.nextInt(IDS)));
            arguments.addAll(items.getLast().arguments());
        }
        return Step.call("yard_offer", arguments, Repeated.DUPLICATE, _ -> entrance.offer(items));
    }

    private Step enqueue() {
        Item drawn = item(random.nextInt(IDS));
        boolean named = random.nextInt(4) > 0;
        List<Object> arguments = new ArrayList<>(List.of("BODY", drawn.body()));
        arguments.addAll(List.of("service", drawn.service()));
        arguments.addAll(List.of("PRIORITY", Shard.PRIORITIES[drawn.priority()]));
        option(arguments, named, "ID", drawn.id());
        option(arguments, drawn.retries() != 255, "RETRIES", drawn.retries());
        option(arguments, drawn.delay() > 0, "DELAY", drawn.delay());
        option(arguments, drawn.ttl() > 0, "TTL", drawn.ttl());
        option(arguments, !drawn.producer().isEmpty(), "CLIENT", drawn.producer());
        return Step.call(
                "yard_enqueue",
                arguments,
                named ? Repeated.DUPLICATE : Repeated.NEXT,
                answer -> {
                    if (!named) {
                        shard.generatedIds++;
                    }
                    String id = named ? drawn.id() : answer.getLast().toString();
                    return entrance.offer(List.of(drawn.unnoticed().withId(id)));
                });
    }

    private static void option(List<Object> to, boolean given, String name, Object value) {
        if (given) {
            to.add(name);
            to.add(value);
        }
    }

    private Step enqueueWrongly() {
        return Step.call(
                "yard_enqueue",
                List.of("ID", "i" + random.nextInt(IDS), "PRIORITY", "urgent", "BODY", "x"),
                Repeated.SAME,
                _ ->
                        List.of(
                                "invalid",
                                "PRIORITY: urgent (expected: critical, high, normal or low)"));
    }

    private Step push() {
        String raw = "{" + names++ + "}";
        Optional<Item> item =
                random.nextInt(5) == 0 ? Optional.empty() : Optional.of(item(random.nextInt(IDS)));
        pushed.put(raw, new Sorted(raw, item));
        return Step.outside(
                "RPUSH :in " + raw + " " + item,
                real -> real.push(":in", raw),
                () -> shard.in.add(raw));
    }

    private Step peek() {
        int most = random.nextInt(1, 5);
        return Step.call(
                "yard_ingress_peek",
                List.of(most, 10_000),
                Repeated.SAME,
                _ -> entrance.peek(most));
    }

    private Step admitIngress() {
        int n = Math.min(random.nextInt(1, 5), shard.in.size());
        if (n == 0) {
            return push();
        }
        long seq = shard.ingressSeq - (random.nextInt(8) == 0 ? 1 : 0);
        List<Object> arguments = new ArrayList<>(List.of(seq, Shard.QUARANTINE_MOST));
        List<Sorted> sorted =
                shard.in.subList(0, n).stream()
                        .map(raw -> pushed.getOrDefault(raw, new Sorted(raw, Optional.empty())))
                        .toList();
        for (Sorted each : sorted) {
            arguments.add(each.item().isPresent() ? "offer" : "quarantine");
            arguments.addAll(each.item().map(Item::arguments).orElse(List.of(each.entry())));
        }
        return Step.call(
                "yard_ingress_admit",
                arguments,
                Repeated.MOVED,
                _ -> entrance.admitIngress(seq, sorted));
    }

    private Step take() {
        List<String> queues = new ArrayList<>();
        for (int i = random.nextInt(1, 4); i > 0; i--) {
            String queue = queue();
            if (!queues.contains(queue)) {
                queues.add(queue);
            }
        }
        List<Want> wants =
                queues.stream()
                        .map(queue -> new Want(queue, random.nextInt(1, 6), burst(queue)))
                        .toList();
        return take(fleet.any(), fleet.nonce(), wants);
    }

    private Step take(Replica replica, String nonce, List<Want> wants) {
        List<Object> arguments = new ArrayList<>(List.of(replica.name, nonce, LEASE));
        for (Want want : wants) {
            Object rate = want.burst() > 0 ? NEVER_REFILLS : 0;
            arguments.addAll(List.of(want.queue(), want.most(), rate, want.burst()));
        }
        replica.lastWants = wants;
        return Step.call(
                "yard_take",
                arguments,
                Repeated.BATCH,
                _ -> {
                    List<Object> answer = way.take(replica.name, nonce, LEASE, wants);
                    List<?> items = (List<?>) answer.getFirst();
                    for (int i = 1; i < items.size(); i += 3) {
                        replica.hold(shard.requests.get(items.get(i)));
                    }
                    return answer;
                });
    }

    /// The answer to the last take was lost for so long that other things have happened since.
    private Step takeAgain() {
        Replica replica = fleet.any();
        Shard.Take last = shard.takes.get(replica.name);
        return last == null ? take() : take(replica, last.nonce(), replica.lastWants);
    }

    private Step renew() {
        List<String> members = new ArrayList<>();
        fleet.any().held.stream().limit(10).map(Held::member).forEach(members::add);
        fleet.ghost().map(Held::member).ifPresent(members::add);
        List<Object> arguments = new ArrayList<>(List.of(LEASE));
        arguments.addAll(members);
        return Step.call(
                "yard_renew", arguments, Repeated.PROLONGED, _ -> way.renew(LEASE, members));
    }

    private Step settle() {
        Replica replica = fleet.any();
        List<Ending> endings = new ArrayList<>();
        for (int i = random.nextInt(1, 5); i > 0 && !replica.held.isEmpty(); i--) {
            endings.add(fleet.ending(fleet.let(replica)));
        }
        return settle(endings);
    }

    private Step settle(List<Ending> endings) {
        List<Object> arguments = new ArrayList<>();
        endings.forEach(ending -> arguments.addAll(ending.arguments()));
        return Step.call("yard_settle", arguments, Repeated.SAME, _ -> way.settle(endings));
    }

    private Step lateWord() {
        return fleet.ghost()
                .map(ghost -> settle(List.of(fleet.ending(ghost))))
                .orElseGet(this::take);
    }

    private Step reclaim() {
        int most = random.nextInt(1, 10);
        return Step.call(
                "yard_reclaim", List.of(most), Repeated.NEXT, _ -> List.of(way.reclaim(most)));
    }

    private Step promote() {
        int most = random.nextInt(1, 10);
        return Step.call(
                "yard_promote", List.of(most), Repeated.NEXT, _ -> List.of(way.promote(most)));
    }

    private Step tend() {
        return tend(random.nextInt(1000));
    }

    private Step tend(long sinceLast) {
        Replica replica = fleet.any();
        int most = random.nextInt(1, 20);
        return Step.call(
                        "yard_tend",
                        List.of(replica.name, sinceLast, most),
                        Repeated.NEXT,
                        _ -> way.tend(replica.name, most))
                .catchingUp(sinceLast);
    }

    private interface Order {
        List<Object> on(String target);
    }

    private Step order(String function, String target, Order order) {
        return Step.call(function, List.of(target), Repeated.SAME, _ -> order.on(target));
    }

    private Step cancel() {
        String id = id();
        Request r = shard.requests.get(id);
        // A take looks at a hundred worthless tickets in vain and no more: stay below that.
        return r != null && shard.list(r.queue).size() > TICKETS_MOST
                ? purge(r.queue)
                : order("yard_cancel", id, office::cancel);
    }

    private Step redrive() {
        String id = deadId();
        String nonce = fleet.nonce();
        return Step.call(
                "yard_redrive", List.of(id, nonce), Repeated.SAME, _ -> office.redrive(id, nonce));
    }

    private Step drop() {
        return order("yard_drop", deadId(), office::drop);
    }

    private String deadId() {
        return anyOf(shard.deadOf(queue()).keySet()).orElseGet(this::id);
    }

    private Step purge() {
        return purge(queue());
    }

    private Step purge(String queue) {
        boolean list = random.nextBoolean();
        int most = list ? random.nextInt(1, 30) : 1000;
        String cursor = list ? "list" : "0";
        return Step.call(
                "yard_purge",
                List.of(queue, most, cursor),
                Repeated.NEXT,
                _ -> office.purge(queue, most, cursor));
    }

    private Step trim() {
        String queue = queue();
        boolean all = random.nextBoolean();
        int most = random.nextInt(1, 5);
        return Step.call(
                "yard_trim",
                List.of(queue, all ? 0 : HOUR, most),
                Repeated.NEXT,
                _ -> office.trim(queue, all, most));
    }

    private Step find() {
        String id = id();
        return Step.call("yard_find", List.of(id), Repeated.SAME, _ -> office.find(id));
    }

    private Step listDead() {
        String queue = queue();
        return Step.call(
                "yard_dead", List.of(queue, 100, ""), Repeated.SAME, _ -> office.dead(queue));
    }

    private Step stepClock(String what, long by) {
        Clock stepped = new Clock(fleet.clock.logical(), fleet.clock.wall() + by);
        return Step.outside(what + ": " + -by, real -> real.setClock(stepped), () -> {});
    }

    /// Redis was away; the replicas' monotonic clocks know for how long.
    private Step outage() {
        next = Optional.of(tend(10_000));
        return stepClock("outage", -10_000);
    }

    private Step outcomeExpires() {
        List<String> ended =
                shard.outcomes.keySet().stream()
                        .filter(id -> !shard.requests.containsKey(id))
                        .toList();
        // Preferably one that left a ticket behind in a list: its id may come back in another
        // queue.
        List<String> tickets = shard.lists.values().stream().flatMap(List::stream).toList();
        List<String> remembered = ended.stream().filter(id -> tickets.contains(id + ".0")).toList();
        String id = anyOf(random.nextBoolean() ? remembered : ended).orElse("nobody");
        return Step.outside(
                "outcome expires: " + id,
                real -> real.delete(":o:" + id),
                () -> shard.outcomes.remove(id));
    }

    private Step bucketRefills() {
        String bucket = anyOf(shard.tokensSpent.keySet()).orElse("producer:p1");
        return Step.outside(
                "bucket refills: " + bucket,
                real -> real.delete(":tb:" + bucket),
                () -> shard.tokensSpent.remove(bucket));
    }

    /// A lease of a former attempt comes back into the index, for example from a backup.
    private Step forgottenLease() {
        Optional<Held> ghost =
                fleet.ghost().filter(held -> !shard.leases.containsKey(held.member()));
        if (ghost.isEmpty()) {
            return fleet.crash();
        }
        if (random.nextBoolean()) {
            next = Optional.of(settle(List.of(fleet.ending(ghost.get()))));
        }
        String member = ghost.get().member();
        long end = shard.now + (random.nextBoolean() ? 3000 : -1);
        return Step.outside(
                "accident: leased is " + member,
                real -> real.add(":leases", end, member),
                () -> shard.leases.put(member, end));
    }

    private Step ticketTwice() {
        String queue = queue();
        return anyOf(shard.list(queue)).map(ticket -> plant(queue, ticket)).orElseGet(this::take);
    }

    private Step ticketOfNobody() {
        return plant(anyOf(shard.queues).orElse(queue()), "nobody" + names++ + ".0");
    }

    /// A ticket of a request that does not wait, or an old one of one that does.
    private Step ticketOfTheRest() {
        return anyOf(shard.requests.values())
                .map(r -> plant(r.queue, r.id + "." + Math.max(0, r.attempts - random.nextInt(2))))
                .orElseGet(this::take);
    }

    private Step plant(String queue, String ticket) {
        return Step.outside(
                "accident: " + queue + " has " + ticket,
                real -> real.push(":q:" + queue, ticket),
                () -> shard.list(queue).add(ticket));
    }

    /// A ticket falls due whose request is elsewhere.
    private Step dueTwice() {
        Request r = shard.requests.get(id());
        String ticket = r == null ? "nobody" + names++ + ".0" : r.ticket();
        if (shard.later.containsKey(ticket)) {
            return promote();
        }
        long due = shard.now;
        return Step.outside(
                "accident: due now is " + ticket,
                real -> real.add(":later", due, ticket),
                () -> shard.later.put(ticket, due));
    }
}
