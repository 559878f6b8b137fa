package io.yardmaster.queue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// What it costs an item to be gathered with others, when the call itself costs nothing: 1,000
/// items handed in at once, in batches of 100 as the settler makes them.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class GroupCommitBenchmark {
    private static final int ITEMS = 1000;

    private final GroupCommit<String, Boolean> commit =
            new GroupCommit<>(
                    "benchmark", 100_000, 100, batch -> Collections.nCopies(batch.size(), true));

    @Benchmark
    @OperationsPerInvocation(ITEMS)
    public int gatherOfThousand() {
        List<CompletableFuture<Boolean>> answers = new ArrayList<>(ITEMS);
        for (int i = 0; i < ITEMS; i++) {
            answers.add(commit.submit("item"));
        }
        answers.forEach(CompletableFuture::join);
        return answers.size();
    }

    @TearDown
    public void end() {
        commit.close();
    }
}
