package io.yardmaster.dispatcher.history;

import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Answers what series were in the past. Thread-safe; throws [io.yardmaster.redis.RedisFailure]
/// when Redis can't be asked.
public final class History {
    public static final int MOST_POINTS = 2_000;

    /// Longer looks back are drawn from the coarse steps.
    private static final Duration FINE_AT_MOST = Duration.ofHours(6);

    private final HistoryStore store;
    private final RedisClock clock;

    public History(HistoryStore store, RedisClock clock) {
        this.store = store;
        this.clock = clock;
    }

    /// Redis' clock in ms, as well as it is known.
    public long now() {
        return clock.millis();
    }

    /// Series in steps of equal length.
    ///
    /// @param fromMs when the first step begins
    /// @param series by name; NaN where nobody measured
    public record Chart(long stepMs, long fromMs, Map<String, double[]> series) {}

    /// @param fromMs before `toMs`
    /// @param points at most as many, 1 to [#MOST_POINTS]
    public Chart chart(List<String> names, long fromMs, long toMs, int points) {
        long length = toMs - fromMs;
        boolean fine =
                length <= FINE_AT_MOST.toMillis()
                        && fromMs > clock.millis() - Resolution.FINE.kept().toMillis();
        Resolution resolution = fine ? Resolution.FINE : Resolution.COARSE;
        // One step less, because the first and the last are seldom whole.
        long wanted = Math.ceilDiv(length, Math.max(1, points - 1));
        long step = Math.max(1, Math.ceilDiv(wanted, resolution.stepMs())) * resolution.stepMs();
        long from = Math.floorDiv(fromMs, step) * step;
        int count = (int) Math.min(points, Math.ceilDiv(toMs - from, step));
        Map<String, Means[]> means = new LinkedHashMap<>();
        for (String name : names) {
            Means[] each = new Means[count];
            Arrays.setAll(each, _ -> Means.of(name));
            means.put(name, each);
        }
        long first = resolution.stepAt(from);
        long last = resolution.stepAt(from + count * step) - 1;
        for (long block = resolution.blockOf(first); block <= resolution.blockOf(last); block++) {
            add(store.read(resolution, block), resolution.stepMs(), from, step, means);
        }
        Map<String, double[]> series = new LinkedHashMap<>();
        means.forEach((name, each) ->
                series.put(name, Arrays.stream(each).mapToDouble(Means::get).toArray()));
        return new Chart(step, from, series);
    }

    private static void add(
            Block block, long stepMs, long from, long step, Map<String, Means[]> means) {
        Map<String, Integer> columns = new HashMap<>(block.columns());
        columns.keySet().retainAll(means.keySet());
        block.rows()
                .forEach((number, row) -> {
                    long at = Math.floorDiv(number * stepMs - from, step);
                    columns.forEach((name, column) -> {
                        Means[] each = means.get(name);
                        if (each != null && at >= 0 && at < each.length) {
                            each[(int) at].add(Block.at(row, column));
                        }
                    });
                });
    }
}
