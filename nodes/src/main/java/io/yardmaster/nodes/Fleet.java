package io.yardmaster.nodes;

import java.util.Arrays;
import java.util.Collection;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/// Gives every node what its own figures cannot say: the median of its peers.
final class Fleet {
    /// How long an unused node's pace is believed in full, and how fast belief fades then.
    private static final double BELIEVED_SECONDS = 10;

    private static final double FADING_SECONDS = 30;

    private Fleet() {}

    static void learn(Collection<LiveNode> nodes, NodesConfig config, long nowNanos) {
        long expiry = config.monitoring().reportExpiry().toNanos();
        nodes.forEach(live -> live.load.expireAt(nowNanos, expiry));
        Predicate<LiveNode> fresh = live -> live.load.fresh();
        double cpu = median(nodes, fresh, live -> live.load.ownCpu(), 0);
        double memory = median(nodes, fresh, live -> live.load.ownMemory(), 0);
        double io = median(nodes, fresh, live -> live.load.ownIo(), 0);
        double foreign = median(nodes, fresh, live -> live.load.ownForeign(), 0);
        double cores =
                median(
                        nodes,
                        live -> live.load.saysCores(),
                        live -> {
                            Report report = live.load.report();
                            return report == null ? 1 : report.cores();
                        },
                        1);
        nodes.forEach(live -> live.load.believe(cpu, memory, io, foreign, cores, nowNanos));
        nodes.forEach(live ->
                live.capacity.learn(
                        live.load.freeCores(),
                        live.figures.latencySeconds(),
                        live.load.saturated()));
        learnPaces(nodes, nowNanos);
    }

    /// A node that was never measured is taken for a middling one. One that was measured, and then
    /// left alone, drifts towards the best: a slow node that nobody tries could otherwise never
    /// show that it has recovered.
    private static void learnPaces(Collection<LiveNode> nodes, long nowNanos) {
        Predicate<LiveNode> learnt = live -> live.capacity.lastingPace() > 0;
        double middling = median(nodes, learnt, live -> live.capacity.lastingPace(), 1);
        double best = 0;
        for (LiveNode live : nodes) {
            best = Math.max(best, live.capacity.lastingPace());
        }
        for (LiveNode live : nodes) {
            double own = live.capacity.lastingPace();
            if (own <= 0) {
                live.capacity.believe(middling);
                continue;
            }
            double unused = live.inFlight > 0 ? 0 : (nowNanos - live.lastUsed) / 1e9;
            double belief = Math.exp(-Math.max(0, unused - BELIEVED_SECONDS) / FADING_SECONDS);
            live.capacity.believe(own * belief + best * (1 - belief));
        }
    }

    private static double median(
            Collection<LiveNode> nodes,
            Predicate<LiveNode> counts,
            ToDoubleFunction<LiveNode> figure,
            double otherwise) {
        double[] values = nodes.stream().filter(counts).mapToDouble(figure).toArray();
        if (values.length == 0) {
            return otherwise;
        }
        Arrays.sort(values);
        int middle = values.length / 2;
        return values.length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }
}
