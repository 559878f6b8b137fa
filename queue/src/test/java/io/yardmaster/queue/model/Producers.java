package io.yardmaster.queue.model;

import io.yardmaster.queue.model.Entrance.Item;
import io.yardmaster.queue.model.Entrance.Sorted;
import io.yardmaster.queue.model.Step.Repeated;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/// What producers do: offer, enqueue, push; and how pushed items are admitted.
final class Producers {
    private final Draw draw;
    private final Shard shard;
    private final Entrance entrance;
    private final Map<String, Sorted> pushed = new HashMap<>();

    Producers(Draw draw) {
        this.draw = draw;
        this.shard = draw.shard;
        this.entrance = new Entrance(shard);
    }

    Step offer() {
        return offer(items());
    }

    private List<Item> items() {
        return IntStream.range(0, draw.random.nextInt(1, 5))
                .mapToObj(_ -> draw.item(draw.random.nextInt(Draw.IDS)))
                .toList();
    }

    /// Offers by the door of a replica that takes in the same call.
    Step offerAndTake(Fleet fleet) {
        List<Item> items = items();
        Fleet.Taking taking = fleet.taking();
        List<Object> arguments = new ArrayList<>(List.of(items.size(), 1));
        items.forEach(item -> arguments.addAll(item.packed()));
        arguments.addAll(taking.arguments());
        return Step.call(
                "yard_offer_take",
                arguments,
                Repeated.DUPLICATE_AND_BATCH,
                _ -> {
                    List<Object> offered = entrance.offer(items);
                    return List.of(offered, taking.meaning().get());
                });
    }

    Step offer(List<Item> items) {
        boolean packed = draw.random.nextInt(3) > 0;
        List<Object> arguments = new ArrayList<>(packed ? List.of(1) : List.of());
        items.forEach(item -> arguments.addAll(packed ? item.packed() : item.arguments()));
        String function = packed ? "yard_offer_packed" : "yard_offer";
        return Step.call(function, arguments, Repeated.DUPLICATE, _ -> entrance.offer(items));
    }

    Step enqueue() {
        Item drawn = draw.item(draw.random.nextInt(Draw.IDS));
        boolean named = draw.random.nextInt(4) > 0;
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
                    if (!named && answer.getFirst().toString().equals("queued")) {
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

    Step enqueueWrongly() {
        return Step.call(
                "yard_enqueue",
                List.of(
                        "ID",
                        "i" + draw.random.nextInt(Draw.IDS),
                        "PRIORITY",
                        "urgent",
                        "BODY",
                        "x"),
                Repeated.SAME,
                _ ->
                        List.of(
                                "invalid",
                                "PRIORITY: urgent (expected: critical, high, normal or low)"));
    }

    Step push() {
        String raw = "{" + draw.name() + "}";
        Optional<Item> item =
                draw.random.nextInt(5) == 0
                        ? Optional.empty()
                        : Optional.of(draw.item(draw.random.nextInt(Draw.IDS)));
        pushed.put(raw, new Sorted(raw, item));
        return Step.outside(
                "RPUSH :in " + raw + " " + item,
                real -> real.push(":in", raw),
                () -> shard.in.add(raw));
    }

    Step peek() {
        int most = draw.random.nextInt(1, 5);
        return Step.call(
                "yard_ingress_peek",
                List.of(most, 10_000),
                Repeated.SAME,
                _ -> entrance.peek(most));
    }

    Step admitIngress() {
        int n = Math.min(draw.random.nextInt(1, 5), shard.in.size());
        if (n == 0) {
            return push();
        }
        long seq = shard.ingressSeq - (draw.random.nextInt(8) == 0 ? 1 : 0);
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
}
