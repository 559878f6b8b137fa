package io.yardmaster.nodes.strategy;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/// The node with most reported headroom for what it already has to do.
///
/// `headroom = ((1-cpu)^a · (1-memory)^b · (1-io)^c)^(1/(a+b+c))`
///
/// `cost = (in_flight + 1) / (cores · headroom · weight) · (1 + 10·error_rate) / slow_start`
///
/// The mean is geometric, because in an arithmetic one free memory hides a saturated CPU. Our own
/// requests in flight are in the cost, because reports are seconds old: ranked by them alone, all
/// replicas would meet at one node until its next report.
public final class ResourceBased implements Strategy {
    /// A node that reports saturation stays reachable when all do.
    private static final double LEAST_FREE = 0.01;

    private final double cpuPower;
    private final double memoryPower;
    private final double ioPower;
    private final Scratch costs = new Scratch();

    // Headrooms by index, and what they were made of: reports change every few seconds, choices
    // come thousands a second, and three logarithms each would be most of their cost.
    private final Scratch headrooms = new Scratch();
    private final Scratch cpus = new Scratch();
    private final Scratch memories = new Scratch();
    private final Scratch ios = new Scratch();

    /// Weights are at least 0 and not all 0; only their proportion matters.
    public ResourceBased(double cpuWeight, double memoryWeight, double ioWeight) {
        double sum = cpuWeight + memoryWeight + ioWeight;
        if (!(cpuWeight >= 0 && memoryWeight >= 0 && ioWeight >= 0 && sum > 0)) {
            throw new IllegalArgumentException(
                    "weights: %s, %s, %s (expected: at least 0 and not all 0)"
                            .formatted(cpuWeight, memoryWeight, ioWeight));
        }
        this.cpuPower = cpuWeight / sum;
        this.memoryPower = memoryWeight / sum;
        this.ioPower = ioWeight / sum;
    }

    @Override
    public int choose(Candidates candidates, ChoiceKey key, RandomGenerator random) {
        int size = candidates.size();
        double[] all = costs.of(size);
        for (int i = 0; i < size; i++) {
            all[i] = cost(candidates, i, headroom(candidates, i));
        }
        return Cheapest.of(all, size, 1e-9, random);
    }

    private static double cost(Candidates candidates, int i, double headroom) {
        double inFlight = candidates.totalInFlight(i);
        return (inFlight + 1)
                / (candidates.cores(i) * headroom * candidates.weight(i))
                * Penalty.of(candidates, i);
    }

    private double headroom(Candidates candidates, int i) {
        double cpu = candidates.cpu(i);
        double memory = candidates.memory(i);
        double io = candidates.io(i);
        double[] known = headrooms.of(i + 1);
        double[] ofCpu = cpus.of(i + 1);
        double[] ofMemory = memories.of(i + 1);
        double[] ofIo = ios.of(i + 1);
        // 0 is no headroom: nothing is known yet
        if (known[i] == 0 || ofCpu[i] != cpu || ofMemory[i] != memory || ofIo[i] != io) {
            known[i] =
                    Math.exp(
                            cpuPower * logFree(cpu)
                                    + memoryPower * logFree(memory)
                                    + ioPower * logFree(io));
            ofCpu[i] = cpu;
            ofMemory[i] = memory;
            ofIo[i] = io;
        }
        return known[i];
    }

    private static double logFree(double used) {
        return used <= 0 ? 0 : Math.log(Math.max(LEAST_FREE, 1 - used));
    }

    @Override
    public Map<String, Double> terms(Candidates candidates, int i) {
        Map<String, Double> terms = new LinkedHashMap<>();
        terms.put("cpu", candidates.cpu(i));
        terms.put("memory", candidates.memory(i));
        terms.put("io", candidates.io(i));
        terms.put("cores", candidates.cores(i));
        terms.put("headroom", headroom(candidates, i));
        terms.put("penalty", Penalty.of(candidates, i));
        terms.put("cost", cost(candidates, i, headroom(candidates, i)));
        return terms;
    }
}
