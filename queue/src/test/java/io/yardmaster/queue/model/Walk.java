package io.yardmaster.queue.model;

import io.yardmaster.queue.model.RealShard.Answer;
import io.yardmaster.queue.model.RealShard.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SplittableRandom;

/// A random walk of Redis and model side by side. The same seed takes the same steps, but for the
/// few milliseconds that pass in Redis between them.
final class Walk {
    private static final int REMEMBERED = 30;
    private static final int REPEATED_PERCENT = 15;

    private final RealShard real;
    private final long seed;
    private final int compareEvery;
    private final SplittableRandom random;
    private final Shard shard;
    private final Steps steps;
    private final Deque<String> last = new ArrayDeque<>();
    private Clock clock = new Clock(0, 0);
    private int at;

    /// @param damaged whether the index is damaged now and then
    /// @param compareEvery after how many steps the whole content is compared
    Walk(RealShard real, long seed, boolean damaged, int compareEvery) {
        this.real = real;
        this.seed = seed;
        this.compareEvery = compareEvery;
        this.random = new SplittableRandom(seed);
        this.shard = new Shard(damaged);
        this.steps = new Steps(random.split(), shard);
    }

    /// @throws Violation at the first difference
    void run(int length) {
        configure();
        for (at = 0; at < length; at++) {
            Step step = steps.next(clock);
            List<Object> answer = take(step, step.what());
            if (random.nextInt(100) < REPEATED_PERCENT) {
                repeat(step, answer);
            }
            if (at % compareEvery == compareEvery - 1) {
                compareAll();
            }
        }
        compareAll();
    }

    private void configure() {
        List<Object> fields = new ArrayList<>();
        fields.addAll(List.of("max-size", shard.maxSize(), "dead-max", Shard.DEAD_MAX));
        fields.addAll(List.of("outcome-ttl", 3_600_000));
        fields.addAll(List.of("producer-rate", "0.000001", "producer-burst", Shard.PRODUCER_BURST));
        Shard.ATTEMPTS.forEach((name, n) -> fields.addAll(List.of("attempts:" + name, n)));
        // The first tend starts the clock, so that there is one to be stepped.
        for (Step step :
                List.of(
                        Step.call("yard_configure", fields, Step.Repeated.SAME, _ -> List.of("ok")),
                        Step.call(
                                "yard_promote",
                                List.of(1),
                                Step.Repeated.NEXT,
                                _ -> List.of(0L)))) {
            take(step, step.what());
        }
    }

    private List<Object> take(Step step, String what) {
        Answer answer = real(step, what);
        shard.now = clock.logical();
        same("answer", step.meaning().of(answer.reply()), answer.reply());
        followDeaths();
        return answer.reply();
    }

    private Answer real(Step step, String what) {
        if (last.size() == REMEMBERED) {
            last.removeFirst();
        }
        last.addLast(at + " " + what);
        Answer answer = step.real().on(real);
        last.addLast(last.removeLast() + " -> " + answer.reply() + " " + answer.clock());
        long moved = answer.clock().logical() - clock.logical();
        if (clock.logical() > 0 && (moved < 0 || moved > step.catchUp())) {
            throw violation("clock moved by " + moved + " (expected: 0 to " + step.catchUp() + ")");
        }
        clock = answer.clock();
        return answer;
    }

    /// The answer was lost, so the call is made again.
    private void repeat(Step step, List<Object> first) {
        String what = "again: " + step.what();
        switch (step.repeated()) {
            case SAME -> same("repeated answer", first, real(step, what).reply());
            case DUPLICATE -> same("repeated answer", duplicates(first), real(step, what).reply());
            case BATCH -> {
                List<?> batch = (List<?>) first.getFirst();
                if (batch.isEmpty()) {
                    take(step, what);
                } else {
                    same("repeated batch", batch, real(step, what).reply().getFirst());
                }
            }
            case DUPLICATE_AND_BATCH -> {
                List<?> offered = (List<?>) first.getFirst();
                List<?> batch = (List<?>) ((List<?>) first.getLast()).getFirst();
                // What the take left behind may have room for what was refused before it.
                if (batch.isEmpty() || offered.contains("full")) {
                    take(step, what);
                } else {
                    List<Object> again = real(step, what).reply();
                    same("repeated answer", duplicates(offered), again.getFirst());
                    same("repeated batch", batch, ((List<?>) again.getLast()).getFirst());
                }
            }
            case PROLONGED -> same("repeated answer", first, take(step, what));
            case MOVED -> same("repeated answer", List.of("moved"), real(step, what).reply());
            case NEXT -> {
                List<Object> _ = take(step, what);
            }
            case NEVER -> {}
        }
    }

    private static List<Object> duplicates(List<?> answer) {
        return answer.stream()
                .map(word -> word.equals("queued") ? (Object) "duplicate" : word)
                .toList();
    }

    /// When somebody died is read back from Redis, and so is whom too many dead displaced; that
    /// those were the oldest is checked.
    private void followDeaths() {
        shard.dead.forEach((queue, dead) -> {
            if (dead.containsValue(Long.MAX_VALUE)) {
                followDeaths(queue, dead);
            }
        });
    }

    private void followDeaths(String queue, Map<String, Long> dead) {
        Map<String, Long> survivors = real.dead(queue);
        Set<String> displaced = new HashSet<>(dead.keySet());
        displaced.removeAll(survivors.keySet());
        int surplus = Math.max(0, dead.size() - Shard.DEAD_MAX);
        same("displaced dead", surplus, displaced.size());
        dead.replaceAll((id, died) -> survivors.getOrDefault(id, died));
        List<String> oldest = shard.oldestDead(queue).subList(0, surplus);
        for (String id : displaced) {
            if (dead.getOrDefault(id, 0L) < Long.MAX_VALUE && !oldest.contains(id)) {
                throw violation("displaced: " + id + " (expected: among " + oldest + ")");
            }
            shard.forget(queue, id);
        }
    }

    private void compareAll() {
        String law = shard.brokenLaw();
        if (!law.isEmpty()) {
            throw violation("law broken: " + law);
        }
        SortedMap<String, String> expected = Content.of(shard);
        SortedMap<String, String> actual = real.content(shard.damaged);
        if (!expected.equals(actual)) {
            Set<String> keys = new java.util.TreeSet<>(expected.keySet());
            keys.addAll(actual.keySet());
            StringBuilder difference = new StringBuilder();
            for (String key : keys) {
                String should = expected.getOrDefault(key, "nothing");
                String is = actual.getOrDefault(key, "nothing");
                if (!should.equals(is)) {
                    difference.append(key).append(" is ").append(is).append("\n  (expected: ");
                    difference.append(should).append(")\n");
                }
            }
            throw violation("content: " + difference);
        }
    }

    private void same(String what, Object expected, Object actual) {
        if (!expected.equals(actual)) {
            throw violation(what + ": " + actual + "\n  (expected: " + expected + ")");
        }
    }

    private Violation violation(String what) {
        return new Violation(seed, at, what, last);
    }
}
