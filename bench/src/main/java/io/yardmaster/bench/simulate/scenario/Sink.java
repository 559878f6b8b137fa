package io.yardmaster.bench.simulate.scenario;

import io.yardmaster.bench.simulate.LiveBalancer.Live;
import io.yardmaster.bench.simulate.World;
import io.yardmaster.bench.simulate.scenario.Section.Block;
import io.yardmaster.bench.simulate.scenario.Section.Cell;
import io.yardmaster.ratelimit.BreakerConfig;
import java.util.ArrayList;
import java.util.List;

/// SINK: a machine that fails fast, and so looks idle.
final class Sink implements Scenario {
    private static final List<Long> SEEDS = List.of(1L, 6L, 7L);
    private static final List<Double> FAILING = List.of(1.0, .3, .1);

    private static final Rule GUARDED =
            Rule.live(
                    "adaptive, breakers", Live.of("adaptive").withBreakers(BreakerConfig.DEFAULTS));
    private static final List<Rule> RULES =
            List.of(
                    GUARDED,
                    Rule.ADAPTIVE,
                    Rule.live("least_connections"),
                    Rule.live(
                            "least_connections, breakers",
                            Live.of("least_connections").withBreakers(BreakerConfig.DEFAULTS)),
                    Rule.live("least_response_time"),
                    Rule.CLIF,
                    Rule.SMALL_PREQUAL,
                    Rule.LEAST_LOADED);

    @Override
    public String name() {
        return "sink";
    }

    static World world(double failing, double seconds, long seed) {
        World world =
                new World(HomeFleet.traffic(3, .5, HomeFleet.CAPACITY_LEFT, 0, seconds), seed);
        HomeFleet.settle(world);
        HomeFleet.haunt(world);
        world.reports(2);
        world.time().at(seconds / 4, () -> world.fleet().get(5).failing = failing);
        world.time().at(3 * seconds / 4, () -> world.fleet().get(5).failing = 0);
        return world;
    }

    @Override
    public Section run(Run run) {
        List<Long> seeds = run.effort().seeds(SEEDS);
        double seconds = run.effort().seconds(400);
        Matrix<Double> matrix = new Matrix<>();
        RULES.forEach(rule -> FAILING.forEach(p -> matrix.add(rule, p, seeds)));
        matrix.run(run, name(), (rule, p, seed) -> Outcome.run(world(p, seconds, seed), rule));
        List<List<Cell>> rows = new ArrayList<>();
        for (Rule rule : RULES) {
            List<Cell> cells = new ArrayList<>();
            cells.add(Cell.words(rule.label()));
            for (double p : FAILING) {
                cells.add(Figures.percent(failed(matrix, rule, p, seeds)));
            }
            List<Outcome> atWorst = matrix.of(rule, 1.0, seeds);
            cells.add(Figures.seconds(Outcome.mean(atWorst, Outcome::p99)));
            rows.add(cells);
        }
        double cost = 100 * failed(matrix, GUARDED, .3, seeds);
        return new Section(
                name(),
                "SINK: a machine that fails fast",
                List.of(
                        new Block.Prose(PROSE),
                        new Block.Table(
                                "% of all requests that failed",
                                List.of(
                                        "rule",
                                        "all fail",
                                        "30 % fail",
                                        "10 % fail",
                                        "p99, all fail, s"),
                                rows)),
                List.of(
                        Expect.atMost(
                                "`adaptive` with breakers: failed when one machine fails 30 %, % of all",
                                cost, .05, "%.3f")));
    }

    private static double failed(Matrix<Double> matrix, Rule rule, double p, List<Long> seeds) {
        return Outcome.mean(matrix.of(rule, p, seeds), Outcome::errors);
    }

    private static final String PROSE =
            """
            The home cloud at load 0.5 with reports 2 s old. For half of the time one of the NUCs fails all, 30 % or 10 % of
            its requests within 5 ms: whoever looks at latency or at requests in flight sees an idle machine. Nothing is
            retried here, so that every failure shows. The baselines do not look at errors, and are drawn to the failing machine.
            """;
}
