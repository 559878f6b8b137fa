package io.yardmaster.dispatcher.jmh;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collection;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.TimeValue;

/// Benchmarks are run by nobody for months; this sees to it that they still can be. It times
/// nothing.
class JmhReportTest {
    static Collection<List<Class<?>>> pieces() {
        return JmhReport.pieces();
    }

    @ParameterizedTest
    @MethodSource("pieces")
    void each_benchmark_of_a_piece_runs_once(List<Class<?>> piece) throws Exception {
        Collection<RunResult> results =
                new Runner(
                                JmhReport.options(piece, List.of())
                                        .forks(0)
                                        .warmupIterations(0)
                                        .measurementIterations(1)
                                        .measurementTime(TimeValue.milliseconds(1))
                                        .build())
                        .run();
        for (Class<?> each : piece) {
            assertTrue(
                    results.stream()
                            .anyMatch(result ->
                                    result.getParams().getBenchmark().startsWith(each.getName())),
                    each.getName());
        }
        assertFalse(results.stream().anyMatch(r -> r.getPrimaryResult().getScore() <= 0));
    }
}
