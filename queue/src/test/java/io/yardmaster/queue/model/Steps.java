package io.yardmaster.queue.model;

import io.yardmaster.queue.model.RealShard.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/// Draws the next step: what producers, replicas, operators, time and accidents may do, in a mix
/// that keeps every place of the shard in use.
final class Steps {
    private static final long HOUR = 3_600_000;

    private final Draw draw;
    private final Shard shard;
    private final Producers producers;
    private final Fleet fleet;
    private final Operators operators;
    private final List<Supplier<Step>> urn = new ArrayList<>();
    private Clock clock = new Clock(0, 0);

    Steps(RandomGenerator random, Shard shard) {
        this.draw = new Draw(random, shard);
        this.shard = shard;
        this.producers = new Producers(draw);
        this.fleet = new Fleet(draw);
        this.operators = new Operators(draw);
        fill();
        Auditing auditing = new Auditing(draw);
        put(2, auditing::pass);
        if (shard.damaged) {
            fill(new Accidents(draw, fleet));
            fill(auditing);
        }
    }

    private void fill() {
        put(150, producers::offer);
        put(30, producers::enqueue);
        put(5, producers::enqueueWrongly);
        put(30, producers::push);
        put(10, producers::peek);
        put(30, producers::admitIngress);

        put(130, fleet::take);
        put(40, () -> producers.offerAndTake(fleet));
        put(10, fleet::takeAgain);
        put(30, fleet::renew);
        put(60, fleet::sent);
        put(170, fleet::settle);
        put(40, fleet::lateWord);
        put(10, fleet::crash);
        put(30, fleet::reclaim);
        put(30, fleet::promote);
        put(40, fleet::tend);

        put(50, operators::cancel);
        put(40, operators::redrive);
        put(15, operators::drop);
        put(12, operators::purge);
        put(20, operators::pause);
        put(25, operators::resume);
        put(8, operators::trim);
        put(20, operators::find);
        put(10, operators::listDead);
        put(shard.damaged ? 0 : 10, operators::depth);

        put(110, () -> stepClock("time passes", -draw.random.nextLong(1, Step.CLOCK_STEP)));
        put(6, () -> stepClock("clock jumps forward", -HOUR));
        put(6, () -> stepClock("clock jumps back", HOUR));
        put(6, this::outage);
        put(50, this::outcomeExpires);
        put(20, this::idComesBack);
        put(10, this::bucketRefills);
    }

    private void fill(Accidents accidents) {
        put(30, accidents::forgottenLease);
        put(10, accidents::forgottenLeaseOfTheLastTake);
        put(20, accidents::ticketTwice);
        put(10, accidents::ticketOfNobody);
        put(20, accidents::ticketOfTheRest);
        put(10, accidents::dueTwice);
    }

    private void fill(Auditing auditing) {
        put(3, auditing::leaseVanishes);
        put(3, auditing::dueVanishes);
        put(3, auditing::ticketVanishes);
        put(3, auditing::outcomeVanishes);
        put(10, auditing::endedComesBack);
    }

    private void put(int tickets, Supplier<Step> step) {
        for (int i = 0; i < tickets; i++) {
            urn.add(step);
        }
    }

    /// @param now the clock as the last step left it
    Step next(Clock now) {
        clock = now;
        return draw.planned().orElseGet(() -> urn.get(draw.random.nextInt(urn.size())).get());
    }

    private Step stepClock(String what, long by) {
        Clock stepped = new Clock(clock.logical(), clock.wall() + by);
        return Step.outside(what + ": " + -by, real -> real.setClock(stepped), () -> {});
    }

    /// Redis was away; the replicas' monotonic clocks know for how long.
    private Step outage() {
        draw.plan(fleet.tend(10_000));
        return stepClock("outage", -10_000);
    }

    private Step outcomeExpires() {
        return expires(draw.anyOf(ended()).orElse("nobody"));
    }

    private List<String> ended() {
        return shard.outcomes.keySet().stream()
                .filter(id -> !shard.requests.containsKey(id))
                .toList();
    }

    /// The id of a cancelled request whose ticket is still in a list is used again, perhaps for
    /// another queue.
    private Step idComesBack() {
        List<String> tickets = shard.lists.values().stream().flatMap(List::stream).toList();
        List<String> remembered =
                ended().stream()
                        .filter(id -> id.startsWith("i") && tickets.contains(id + ".0"))
                        .toList();
        if (remembered.isEmpty()) {
            return operators.pause();
        }
        String id = draw.anyOf(remembered).orElseThrow();
        int number = Integer.parseInt(id.substring(1));
        draw.plan(producers.offer(List.of(draw.item(number, draw.random.nextInt(3)))));
        return expires(id);
    }

    private Step expires(String id) {
        return Step.outside(
                "outcome expires: " + id,
                real -> real.delete(":o:" + id),
                () -> shard.outcomes.remove(id));
    }

    private Step bucketRefills() {
        String bucket = draw.anyOf(shard.tokensSpent.keySet()).orElse("producer:p1");
        return Step.outside(
                "bucket refills: " + bucket,
                real -> real.delete(":tb:" + bucket),
                () -> shard.tokensSpent.remove(bucket));
    }
}
