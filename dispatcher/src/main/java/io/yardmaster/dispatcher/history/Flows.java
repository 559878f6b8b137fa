package io.yardmaster.dispatcher.history;

import io.yardmaster.queue.Priority;
import io.yardmaster.queue.QueueDepth;
import io.yardmaster.queue.QueueName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The last five minutes of every queue in steps of 10 s, made of the counters that are looked at
/// now and then. Thread-safe. Bounded by the number of queues.
///
/// Steps are numbered by Redis' clock, so those of all replicas, and those in the history, mean the
/// same time.
public final class Flows {
    public static final long STEP_MS = 10_000;
    public static final int STEPS = 30;
    private static final int MINUTE = 6;

    /// A look that comes this long after the end of a step still belongs to it.
    private static final long LATE_MS = 300;

    private final Map<QueueName, QueueDepth> seen = new HashMap<>();

    /// The step under way is at the place of its number.
    private final Map<QueueName, Flow[]> rings = new TreeMap<>();

    private long step = -1;
    private boolean looked;
    private long lookedAt;

    /// Takes in what a look at the queues found, on the way.
    ///
    /// @param nowMs by Redis' clock
    public synchronized void looked(long nowMs, List<QueueDepth> depths) {
        add(Math.max(step, (nowMs - LATE_MS) / STEP_MS), depths);
    }

    /// Takes in the look that ends a step, however late it is.
    synchronized void ended(long number, List<QueueDepth> depths) {
        add(number, depths);
    }

    private void add(long number, List<QueueDepth> depths) {
        advance(number);
        long at = Math.max(number, step - STEPS); // the clock was set back
        // After an outage nobody knows in which of the steps it happened.
        long steps = looked ? Math.clamp(at - lookedAt, 1, STEPS) : 1;
        Map<QueueName, QueueDepth> now = new HashMap<>();
        for (QueueDepth depth : depths) {
            now.put(depth.queue(), depth);
            QueueDepth before = seen.get(depth.queue());
            Flow flow =
                    before != null
                            ? Flow.between(before, depth)
                            : looked ? sinceItsFirst(depth) : Flow.NONE;
            Flow[] ring = rings.computeIfAbsent(depth.queue(), _ -> empty());
            for (long each = at - steps + 1; each <= at; each++) {
                ring[place(each)] = ring[place(each)].plus(flow.times(1.0 / steps));
            }
        }
        rings.keySet().retainAll(now.keySet());
        seen.clear();
        seen.putAll(now);
        looked = true;
        lookedAt = at;
    }

    /// A queue that was not there at the last look is new: all its counters are news.
    private static Flow sinceItsFirst(QueueDepth depth) {
        return new Flow(
                depth.enqueued(),
                depth.succeeded(),
                depth.failed(),
                depth.retried(),
                depth.succeeded() + depth.failed() + depth.cancelled() + depth.expired());
    }

    private void advance(long to) {
        if (to <= step) {
            return; // also when the clock was set back
        }
        long from = Math.max(step + 1, to - STEPS);
        for (long each = from; each <= to; each++) {
            int at = place(each);
            rings.values().forEach(ring -> ring[at] = Flow.NONE);
        }
        step = to;
    }

    private static int place(long step) {
        return Math.floorMod(step, STEPS + 1);
    }

    private static Flow[] empty() {
        Flow[] ring = new Flow[STEPS + 1];
        Arrays.fill(ring, Flow.NONE);
        return ring;
    }

    /// Fills in what happened before this replica began, as the history has it. Steps that this
    /// replica saw itself stay.
    synchronized void restore(Block block) {
        Map<String, Integer> columns = block.columns();
        columns.keySet().stream()
                .filter(name -> name.startsWith("rate.succeeded:"))
                .map(name -> name.substring("rate.succeeded:".length()))
                .forEach(queue ->
                        block.rows().forEach((at, row) -> restore(at, queue, columns, row)));
    }

    private void restore(long at, String text, Map<String, Integer> columns, float[] row) {
        int slash = text.indexOf('/');
        Optional<Priority> priority = Priority.of(text.substring(slash + 1));
        if (priority.isEmpty() || !QueueName.isService(text.substring(0, slash))) {
            return;
        }
        QueueName queue = new QueueName(text.substring(0, slash), priority.get());
        double succeeded = count("succeeded", text, columns, row);
        double failed = count("failed", text, columns, row);
        Flow flow =
                new Flow(
                        count("enqueued", text, columns, row),
                        succeeded,
                        failed,
                        count("retried", text, columns, row),
                        succeeded + failed);
        advance(Math.max(step, at));
        if (at > step - STEPS) {
            rings.computeIfAbsent(queue, _ -> empty())[place(at)] = flow;
        }
    }

    private static double count(
            String what, String queue, Map<String, Integer> columns, float[] row) {
        Integer column = columns.get("rate." + what + ":" + queue);
        float rate = column == null ? Float.NaN : Block.at(row, column);
        return Float.isNaN(rate) ? 0 : rate * STEP_MS / 1000.0;
    }

    /// What happened in the last minute, by queue.
    public synchronized Map<QueueName, Flow> lastMinute(long nowMs) {
        advance(nowMs / STEP_MS);
        // The part of the sixth step back that is still within the minute.
        double rest = 1 - (double) (nowMs % STEP_MS) / STEP_MS;
        Map<QueueName, Flow> sums = new TreeMap<>();
        rings.forEach((queue, ring) -> {
            Flow sum = ring[place(step - MINUTE)].times(rest);
            for (int back = 0; back < MINUTE; back++) {
                sum = sum.plus(ring[place(step - back)]);
            }
            sums.put(queue, sum);
        });
        return sums;
    }

    /// How many requests of the queue succeeded in each of the last whole steps, oldest first.
    public synchronized List<Long> succeeded(QueueName queue) {
        Flow[] ring = rings.get(queue);
        List<Long> steps = new ArrayList<>(STEPS);
        for (int back = STEPS; back >= 1; back--) {
            steps.add(ring == null ? 0 : Math.round(ring[place(step - back)].succeeded()));
        }
        return steps;
    }

    /// What happened in one whole step, by queue.
    public synchronized Map<QueueName, Flow> step(long number) {
        Map<QueueName, Flow> flows = new TreeMap<>();
        if (number <= step && number >= step - STEPS) {
            rings.forEach((queue, ring) -> flows.put(queue, ring[place(number)]));
        }
        return flows;
    }
}
