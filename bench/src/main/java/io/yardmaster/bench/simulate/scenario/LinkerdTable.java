package io.yardmaster.bench.simulate.scenario;

import static io.yardmaster.bench.simulate.scenario.Figures.format;

import io.yardmaster.bench.simulate.Machine;
import io.yardmaster.bench.simulate.Tally;
import io.yardmaster.bench.simulate.World;
import io.yardmaster.bench.simulate.scenario.Section.Block;
import io.yardmaster.bench.simulate.scenario.Section.Cell;
import io.yardmaster.bench.simulate.scenario.Section.Check;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/// L11: Linkerd's comparison, eleven servers of which one becomes slow.
final class LinkerdTable implements Scenario {
    private static final int SERVERS = 11;
    private static final double LATENCY = .167;
    private static final double SLOW = 2;
    private static final List<Rule> BESIDE =
            List.of(Rule.ROUND_ROBIN, Rule.LEAST_LOADED, Rule.LEAST_LOADED_OF_TWO, Rule.PEAK_EWMA);

    private static final Map<String, String> PUBLISHED =
            Map.of(
                    Rule.ROUND_ROBIN.name(), "95",
                    Rule.LEAST_LOADED_OF_TWO.name(), "99",
                    Rule.PEAK_EWMA.name(), "99.9");

    /// @param from the second from which on requests count
    private record Setting(int clients, double from) {}

    private static final Setting ANCHORS = new Setting(1, 0);
    private static final Setting CALIBRATED = new Setting(10, 5);

    @Override
    public String name() {
        return "l11";
    }

    static World world(int clients, double from, long seed) {
        World world =
                new World(new World.Traffic(clients, 1000, LATENCY, .005, 10, from, 60), seed);
        for (int i = 0; i < SERVERS; i++) {
            world.add("server" + i, 4096, 1); // never short of cores: the latency is all there is
        }
        Machine slow = world.fleet().get(3);
        world.time().at(15, () -> slow.setCost(SLOW / LATENCY));
        world.time().at(45, () -> slow.setCost(1));
        world.reports(5);
        return world;
    }

    /// The share of requests that were answered within a second.
    private static double success(Rule rule, Setting setting, long seed) {
        World world = world(setting.clients(), setting.from(), seed);
        Tally tally = new Tally(setting.from());
        world.watch(tally);
        rule.dispatch(world);
        world.run();
        return tally.within(1);
    }

    @Override
    public Section run(Run run) {
        List<Rule> rules = new ArrayList<>(BESIDE);
        rules.addAll(Rule.LIVE);
        long seed = run.effort().seeds(List.of(1L)).getFirst();
        List<Callable<Double>> cells = new ArrayList<>();
        for (Rule rule : rules) {
            cells.add(() -> success(rule, ANCHORS, seed));
            cells.add(() -> success(rule, CALIBRATED, seed));
        }
        List<Double> shares = run.all(name(), cells);
        List<List<Cell>> rows = new ArrayList<>();
        for (int i = 0; i < rules.size(); i++) {
            Rule rule = rules.get(i);
            String published = PUBLISHED.getOrDefault(rule.name(), "");
            rows.add(
                    List.of(
                            Cell.words(rule.label()),
                            Cell.words(published),
                            Figures.share(shares.get(2 * i + 1)),
                            Figures.share(shares.get(2 * i))));
        }
        List<Check> checks = new ArrayList<>();
        checks.add(check(rules, shares, Rule.ROUND_ROBIN, 95));
        checks.add(check(rules, shares, Rule.LEAST_LOADED_OF_TWO, 99));
        checks.add(check(rules, shares, Rule.PEAK_EWMA, 99.9));
        return new Section(
                name(),
                "L11: Linkerd's comparison",
                List.of(
                        new Block.Prose(PROSE),
                        new Block.Table(
                                "Share of requests that were answered within a second, in %",
                                List.of(
                                        "rule",
                                        "published",
                                        "here, from second 5, 10 dispatchers",
                                        "here, from second 0, 1 dispatcher"),
                                rows)),
                checks);
    }

    private static Check check(List<Rule> rules, List<Double> shares, Rule rule, double published) {
        double measured = 100 * shares.get(2 * rules.indexOf(rule) + 1);
        return Expect.simulator(
                rule.name() + ": answered within a second, %",
                format("%.2f", measured),
                format("%.1f to %.1f", published - .3, Math.min(100, published + .3)),
                Math.abs(measured - published) <= .3);
    }

    private static final String PROSE =
            """
            Eleven servers that take 167 ms (deviation 5 ms), 1000 requests a second for a minute; from second 15 to 45
            one of them takes 2 s. Linkerd published 95, 99 and 99.9 % for round robin, least loaded and peak EWMA,
            which are taken here as Finagle draws them, of two. How many clients there were, and whether the first seconds
            counted, is not published. With one dispatcher and all seconds counted, the slow half minute is exactly
            half of the run and round robin must come out at 95.5 %; with ten dispatchers and counting from second
            5, all three published figures come out within 0.3 points. Both are shown; the check is on the second.
            """;
}
