package io.yardmaster.bench.simulate.scenario;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Runs the cells of scenarios side by side. Every cell has a world of its own, so what comes out
/// does not depend on how many threads there are.
public final class Run implements AutoCloseable {
    private final ExecutorService threads;
    private final Effort effort;
    private final Consumer<String> progress;

    /// How much is simulated.
    ///
    /// @param quick fewer seeds and shorter runs: to look, not for the record
    /// @param seeds instead of each scenario's own; null: its own
    public record Effort(boolean quick, @Nullable List<Long> seeds) {
        public static final Effort FULL = new Effort(false, null);
        public static final Effort QUICK = new Effort(true, null);

        List<Long> seeds(List<Long> own) {
            if (seeds != null) {
                return seeds;
            }
            return quick ? own.subList(0, Math.min(2, own.size())) : own;
        }

        double seconds(double full) {
            return quick ? full / 2 : full;
        }
    }

    /// @param progress is told a line now and then
    public Run(int parallel, Effort effort, Consumer<String> progress) {
        this.threads = Executors.newFixedThreadPool(parallel);
        this.effort = effort;
        this.progress = progress;
    }

    Effort effort() {
        return effort;
    }

    /// The results in the order of the cells. The first failure is thrown, and ends the others.
    <T> List<T> all(String name, List<Callable<T>> cells) {
        List<Future<T>> futures = cells.stream().map(threads::submit).toList();
        List<T> results = new ArrayList<>();
        int told = 0;
        try {
            for (Future<T> future : futures) {
                results.add(future.get());
                if (results.size() * 4 / cells.size() > told) {
                    told = results.size() * 4 / cells.size();
                    progress.accept(name + ": " + results.size() + " of " + cells.size() + " runs");
                }
            }
        } catch (ExecutionException e) {
            futures.forEach(future -> future.cancel(true));
            throw new IllegalStateException(name + ": run " + results.size() + " failed", e);
        } catch (InterruptedException e) {
            futures.forEach(future -> future.cancel(true));
            Thread.currentThread().interrupt();
            throw new IllegalStateException(name + ": interrupted", e);
        }
        return results;
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
