package io.yardmaster.nodes.strategy;

import io.yardmaster.nodes.NodesConfig;
import io.yardmaster.nodes.Strategies;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;

/// Candidates whose figures are set by hand.
final class Table implements Candidates {
    static final class Row {
        final String id;
        final long idHash;
        double weight = 1;
        int inFlight;
        double cpu;
        double memory;
        double io;
        double cores = 4;
        double freeCores = 4;
        double speed = 1;
        double errorRate;
        int recentFailures;
        double slowStart = 1;
        int responses;
        double meanResponse;
        double peakResponse;
        @Nullable String region;
        @Nullable Position position;

        Row(String id) {
            this.id = id;
            this.idHash = KeyHash.of(id);
        }
    }

    static final ChoiceKey ANY = new Key(null, null, null, null);

    final List<Row> rows = new ArrayList<>();
    int liveReplicas = 1;

    static Table of(int size) {
        Table table = new Table();
        for (int i = 0; i < size; i++) {
            table.rows.add(new Row("node-" + i));
        }
        return table;
    }

    /// As configured by default; turns begin where the seed says.
    static Strategy strategy(String name) {
        return Strategies.create(name, NodesConfig.defaults(), random(3));
    }

    static RandomGenerator random(long seed) {
        return RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    }

    Row row(int i) {
        return rows.get(i);
    }

    int ofAddress(Strategy strategy, String address) {
        return ofKey(strategy, Key.from(address));
    }

    int ofKey(Strategy strategy, ChoiceKey key) {
        return strategy.choose(this, key, random(7));
    }

    /// What keys from 0 on are given, while nothing changes in between.
    int[] ofKeys(Strategy strategy, int keys) {
        RandomGenerator random = random(7);
        int[] chosen = new int[keys];
        for (int key = 0; key < keys; key++) {
            chosen[key] = strategy.choose(this, Key.of("key-" + key), random);
        }
        return chosen;
    }

    /// How often each is chosen, while nothing changes in between.
    int[] choices(Strategy strategy, int times) {
        int[] counts = new int[rows.size()];
        RandomGenerator random = random(7);
        for (int n = 0; n < times; n++) {
            counts[strategy.choose(this, ANY, random)]++;
        }
        return counts;
    }

    /// How often each is chosen, when every choice stays in flight.
    int[] pileUp(Strategy strategy, int times) {
        int[] counts = new int[rows.size()];
        RandomGenerator random = random(7);
        for (int n = 0; n < times; n++) {
            int chosen = strategy.choose(this, ANY, random);
            counts[chosen]++;
            row(chosen).inFlight++;
        }
        return counts;
    }

    @Override
    public int size() {
        return rows.size();
    }

    @Override
    public String id(int i) {
        return row(i).id;
    }

    @Override
    public long idHash(int i) {
        return row(i).idHash;
    }

    @Override
    public @Nullable String region(int i) {
        return row(i).region;
    }

    @Override
    public @Nullable Position position(int i) {
        return row(i).position;
    }

    @Override
    public double weight(int i) {
        return row(i).weight;
    }

    @Override
    public int inFlight(int i) {
        return row(i).inFlight;
    }

    @Override
    public double totalInFlight(int i) {
        return (double) liveReplicas * row(i).inFlight;
    }

    @Override
    public int maxInFlight(int i) {
        return 100;
    }

    @Override
    public double cpu(int i) {
        return row(i).cpu;
    }

    @Override
    public double memory(int i) {
        return row(i).memory;
    }

    @Override
    public double io(int i) {
        return row(i).io;
    }

    @Override
    public double cores(int i) {
        return row(i).cores;
    }

    @Override
    public double freeCores(int i) {
        return row(i).freeCores;
    }

    @Override
    public double parallelism(int i) {
        return row(i).freeCores;
    }

    @Override
    public double speed(int i) {
        return row(i).speed;
    }

    @Override
    public double errorRate(int i) {
        return row(i).errorRate;
    }

    @Override
    public int recentFailures(int i) {
        return row(i).recentFailures;
    }

    @Override
    public double slowStart(int i) {
        return row(i).slowStart;
    }

    @Override
    public int responses(int i) {
        return row(i).responses;
    }

    @Override
    public double meanResponse(int i) {
        return row(i).meanResponse;
    }

    @Override
    public double peakResponse(int i) {
        return row(i).peakResponse;
    }

    @Override
    public int liveReplicas() {
        return liveReplicas;
    }
}
