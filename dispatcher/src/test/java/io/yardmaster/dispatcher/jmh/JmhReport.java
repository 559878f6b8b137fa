package io.yardmaster.dispatcher.jmh;

import io.yardmaster.dispatcher.api.ReadingBenchmark;
import io.yardmaster.dispatcher.dispatch.OutcomeBenchmark;
import io.yardmaster.dispatcher.dispatch.PlanBenchmark;
import io.yardmaster.queue.GroupCommitBenchmark;
import io.yardmaster.queue.RecordBenchmark;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/// Runs the benchmarks of a piece and prints what each costs: the best and the mean of 40 short
/// iterations with the error of the mean (99.9 %), and bytes allocated; with both compilers, as
/// `serve` runs them, and with C1 alone, which is what a process has when it just began. What else
/// the machine does only adds to a time, so the best says most on a busy one.
public final class JmhReport {
    private static final Map<String, List<Class<?>>> PIECES =
            Map.of(
                    "codec",
                    List.of(ReadingBenchmark.class, RecordBenchmark.class, OutcomeBenchmark.class),
                    "schedule",
                    List.of(PlanBenchmark.class, GroupCommitBenchmark.class));

    private static final String BOTH = "-XX:TieredStopAtLevel=4";
    private static final String C1 = "-XX:TieredStopAtLevel=1";

    private JmhReport() {}

    /// @param arguments the piece, `codec` or `schedule`; then which of its benchmarks, all when
    ///   none is named
    public static void main(String... arguments) throws RunnerException {
        List<Class<?>> piece = arguments.length > 0 ? PIECES.get(arguments[0]) : null;
        if (piece == null) {
            System.err.println("bench: expected: one of " + String.join(", ", PIECES.keySet()));
            System.exit(2);
            return;
        }
        List<String> only = List.of(arguments).subList(1, arguments.length);
        Map<String, Map<String, RunResult>> rows = new LinkedHashMap<>();
        for (String compiler : List.of(BOTH, C1)) {
            measured(piece, only, compiler)
                    .forEach(result ->
                            rows.computeIfAbsent(name(result.getParams()), _ -> new TreeMap<>())
                                    .put(compiler, result));
        }
        System.out.printf(
                "%-44s %-39s  %s%n",
                "",
                "C1 and C2: best, mean ± error ns, bytes",
                "C1 alone: best, mean ± error, bytes");
        rows.forEach((name, row) ->
                System.out.printf(
                        "%-44s %s  %s%n", name, cells(row.get(BOTH)), cells(row.get(C1))));
    }

    private static Collection<RunResult> measured(
            List<Class<?>> piece, List<String> only, String compiler) throws RunnerException {
        return new Runner(
                        options(piece, only)
                                .forks(1)
                                .jvmArgs(compiler)
                                .jvmArgsAppend(
                                        "-XX:+UseSerialGC",
                                        "-Xmx256m",
                                        "--sun-misc-unsafe-memory-access=allow")
                                .warmupIterations(20)
                                .warmupTime(TimeValue.milliseconds(100))
                                .measurementIterations(40)
                                .measurementTime(TimeValue.milliseconds(25))
                                .addProfiler(GCProfiler.class)
                                .build())
                .run();
    }

    static ChainedOptionsBuilder options(List<Class<?>> piece, List<String> only) {
        ChainedOptionsBuilder options =
                new OptionsBuilder().verbosity(VerboseMode.SILENT).shouldFailOnError(true);
        for (Class<?> each : piece) {
            String methods = only.isEmpty() ? ".*" : only.stream().collect(Collectors.joining("|"));
            options.include("\\Q" + each.getName() + "\\E\\.(" + methods + ")$");
        }
        return options;
    }

    static Collection<List<Class<?>>> pieces() {
        return PIECES.values();
    }

    /// Of the method, which says what it does, and its parameters.
    private static String name(BenchmarkParams params) {
        String method = params.getBenchmark();
        StringBuilder name = new StringBuilder(method.substring(method.lastIndexOf('.') + 1));
        for (String key : params.getParamsKeys()) {
            name.append(", ").append(params.getParam(key)).append(' ').append(key);
        }
        return name.toString();
    }

    private static String cells(@Nullable RunResult result) {
        if (result == null) {
            return "";
        }
        Result<?> time = result.getPrimaryResult();
        Result<?> bytes =
                Objects.requireNonNull(
                        result.getSecondaryResults().get("gc.alloc.rate.norm"), "the GC profiler");
        return "%10.0f %10.0f ± %6.0f %,8.0f"
                .formatted(
                        time.getStatistics().getMin(),
                        time.getScore(),
                        time.getScoreError(),
                        bytes.getScore());
    }
}
