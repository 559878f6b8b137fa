package io.yardmaster.dispatcher.history;

import io.yardmaster.queue.QueueDepth;
import io.yardmaster.queue.QueueName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

    /// Takes in what a look at the queues found.
    ///
    /// @param nowMs by Redis' clock
    public synchronized void looked(long nowMs, List<QueueDepth> depths) {
        advance((nowMs - LATE_MS) / STEP_MS);
        Map<QueueName, QueueDepth> now = new HashMap<>();
        for (QueueDepth depth : depths) {
            now.put(depth.queue(), depth);
            QueueDepth before = seen.get(depth.queue());
            Flow flow =
                    before != null
                            ? Flow.between(before, depth)
                            : looked ? sinceItsFirst(depth) : Flow.NONE;
            Flow[] ring = rings.computeIfAbsent(depth.queue(), _ -> empty());
            int at = place(step);
            ring[at] = ring[at].plus(flow);
        }
        rings.keySet().retainAll(now.keySet());
        seen.clear();
        seen.putAll(now);
        looked = true;
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
        return (int) Math.floorMod(step, STEPS + 1);
    }

    private static Flow[] empty() {
        Flow[] ring = new Flow[STEPS + 1];
        Arrays.fill(ring, Flow.NONE);
        return ring;
    }

    /// Fills in what happened before this replica began, as the history has it. Steps that this
    /// replica saw itself stay.
    public synchronized void before(long stepThen, QueueName queue, Flow flow) {
        if (stepThen < step && stepThen >= step - STEPS) {
            Flow[] ring = rings.computeIfAbsent(queue, _ -> empty());
            if (ring[place(stepThen)].equals(Flow.NONE)) {
                ring[place(stepThen)] = flow;
            }
        }
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
