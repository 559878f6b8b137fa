package io.yardmaster.bench.simulate.scenario;

import io.yardmaster.bench.simulate.Machine;
import io.yardmaster.bench.simulate.Tally;
import io.yardmaster.bench.simulate.World;
import java.util.List;
import java.util.function.ToDoubleFunction;

/// What one run gave.
///
/// @param p50 in seconds, as the others
/// @param errors share of requests that were not served, timeouts included
/// @param timeouts share of requests
/// @param evenness Jain's index of the machines' utilisation: 1 when all are equally busy
record Outcome(
        double p50,
        double p90,
        double p99,
        double p999,
        double errors,
        double timeouts,
        double evenness,
        long requests) {

    static Outcome of(World world, Tally tally) {
        return new Outcome(
                tally.quantile(.5),
                tally.quantile(.9),
                tally.quantile(.99),
                tally.quantile(.999),
                tally.errorShare(),
                tally.count() == 0 ? 0 : (double) tally.timeouts() / tally.count(),
                jain(world.fleet()),
                tally.count());
    }

    /// Runs it with this rule, and tallies what arrives after the warm-up.
    static Outcome run(World world, Rule rule) {
        Tally tally = new Tally(world.traffic().warmUp());
        world.watch(tally);
        rule.dispatch(world);
        world.run();
        return of(world, tally);
    }

    private static double jain(List<Machine> machines) {
        double sum = 0;
        double squares = 0;
        for (Machine machine : machines) {
            double used = machine.utilisation();
            sum += used;
            squares += used * used;
        }
        return squares == 0 ? 1 : sum * sum / (machines.size() * squares);
    }

    /// Mean over runs.
    static double mean(List<Outcome> runs, ToDoubleFunction<Outcome> figure) {
        return runs.stream().mapToDouble(figure).sum() / runs.size();
    }

    static double least(List<Outcome> runs, ToDoubleFunction<Outcome> figure) {
        return runs.stream().mapToDouble(figure).min().orElse(0);
    }

    static double most(List<Outcome> runs, ToDoubleFunction<Outcome> figure) {
        return runs.stream().mapToDouble(figure).max().orElse(0);
    }
}
