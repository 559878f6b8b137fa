package io.yardmaster.nodes;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/// Runs [ChooseBenchmark] for every strategy and prints what a choice costs: nanoseconds and bytes,
/// for 16 and 64 nodes, with the compiler that `serve` runs (C1 alone, ADR 9) and with both. Times
/// are those of the best of many short iterations: whatever else the machine does only adds.
public final class ChooseReport {
    private static final String[] SIZES = {"16", "64"};

    private ChooseReport() {}

    /// @param arguments names of strategies; none: all
    public static void main(String[] arguments) throws RunnerException {
        List<String> names =
                arguments.length > 0 ? List.of(arguments) : List.copyOf(Strategies.NAMES);
        System.out.println("ns and bytes for one choice; 16 nodes, 64 nodes");
        for (String compiler : List.of("-XX:TieredStopAtLevel=1", "-XX:TieredStopAtLevel=4")) {
            System.out.printf(
                    "%n%s%n%-22s %26s %26s %26s%n",
                    compiler, "strategy", "rule alone", "choose and give back", "choose and serve");
            for (String name : names) {
                print(name, measure(name, compiler));
            }
        }
    }

    private static Map<String, RunResult> measure(String name, String compiler)
            throws RunnerException {
        Collection<RunResult> results =
                new Runner(
                                new OptionsBuilder()
                                        .include(ChooseBenchmark.class.getName())
                                        .param("strategy", name)
                                        .param("size", SIZES)
                                        .addProfiler(GCProfiler.class)
                                        .jvmArgs(compiler)
                                        .verbosity(VerboseMode.SILENT)
                                        .shouldFailOnError(true)
                                        .build())
                        .run();
        Map<String, RunResult> byName = new TreeMap<>();
        for (RunResult result : results) {
            String benchmark = result.getParams().getBenchmark();
            byName.put(
                    benchmark.substring(benchmark.lastIndexOf('.') + 1)
                            + result.getParams().getParam("size"),
                    result);
        }
        return byName;
    }

    private static void print(String name, Map<String, RunResult> results) {
        StringBuilder line = new StringBuilder("%-22s".formatted(name));
        for (String benchmark : List.of("strategy", "choose", "serve")) {
            for (String size : SIZES) {
                RunResult result = results.get(benchmark + size);
                if (result != null) {
                    line.append(
                            "%8.0f %3.0fB"
                                    .formatted(
                                            result.getPrimaryResult().getStatistics().getMin(),
                                            allocated(result)));
                }
            }
            line.append("  ");
        }
        System.out.println(line);
    }

    private static double allocated(RunResult result) {
        return Objects.requireNonNull(
                        result.getSecondaryResults().get("gc.alloc.rate.norm"), "the GC profiler")
                .getScore();
    }
}
