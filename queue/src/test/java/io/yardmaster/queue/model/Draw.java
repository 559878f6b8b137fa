package io.yardmaster.queue.model;

import io.yardmaster.queue.model.Entrance.Item;
import java.util.Collection;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// What the authors of steps draw from: few ids and few queues, so that steps meet each other.
final class Draw {
    static final int IDS = 100;

    private static final int[] RETRIES = {255, 0, 1, 2, 5, 255, 1};
    private static final String[] PRODUCERS = {"", "p1", "p2"};
    private static final String[][] QUEUES = {
        {"a", "0"}, {"a", "2"}, {"a", "3"}, {"b", "1"}, {"b", "3"}
    };

    final RandomGenerator random;
    final Shard shard;
    private Optional<Step> planned = Optional.empty();
    private int nonces;
    private int names;

    Draw(RandomGenerator random, Shard shard) {
        this.random = random;
        this.shard = shard;
    }

    /// This step is to be the next one.
    void plan(Step step) {
        planned = Optional.of(step);
    }

    Optional<Step> planned() {
        Optional<Step> step = planned;
        planned = Optional.empty();
        return step;
    }

    String queue() {
        String[] queue = QUEUES[random.nextInt(QUEUES.length)];
        return queue[0] + ":" + Shard.PRIORITIES[Integer.parseInt(queue[1])];
    }

    String id() {
        return random.nextBoolean()
                ? anyOf(shard.requests.keySet()).orElse("i0")
                : "i" + random.nextInt(IDS);
    }

    /// Eight characters that never come again.
    String nonce() {
        return "n" + (1_000_000 + nonces++);
    }

    String name() {
        return Integer.toString(names++);
    }

    <T> Optional<T> anyOf(Collection<T> values) {
        return values.isEmpty()
                ? Optional.empty()
                : values.stream().skip(random.nextInt(values.size())).findFirst();
    }

    /// Of an id there are three different contents, so that some offers are in conflict with
    /// others.
    Item item(int id) {
        return item(id, random.nextInt(5) == 0 ? random.nextInt(1, 3) : 0);
    }

    Item item(int id, int variant) {
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
}
