package io.yardmaster.dispatcher.history;

import io.yardmaster.dispatcher.dispatch.Loop;
import io.yardmaster.queue.QueueDepth;
import io.yardmaster.redis.RedisFailure;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Measures at the end of every step of 10 s, and writes it down when it is this replica's turn.
///
/// Every replica measures, so that whoever has the turn next knows the step before too. The writer
/// waits a moment until the others have left their waits. It also sums up each ten minutes, and
/// packs blocks that are over.
public final class Recorder implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Recorder.class);

    /// Two steps without a word, and another replica takes the turn.
    private static final Duration TURN = Duration.ofSeconds(25);

    private static final long AFTER_OTHERS_MS = 2_000;
    private static final long LONGEST_SLEEP_MS = 250;
    private static final int MOST_WAITS = 6;
    private static final int FINE_IN_COARSE =
            (int) (Resolution.COARSE.stepMs() / Resolution.FINE.stepMs());

    private final HistoryStore store;
    private final RedisClock clock;
    private final Flows flows;
    private final Waits waits;
    private final Around around;
    private final Loop loop = new Loop("history", Duration.ZERO, this::round);

    // Of the loop.
    private final TreeMap<Long, WaitCounts> untold = new TreeMap<>();
    private long step = -1;
    private @Nullable Measures measures;
    private boolean mine;
    private boolean restored;
    private long summedUp = -1;
    private final Map<Resolution, Long> packed = new HashMap<>();

    /// @param depths of all queues, asked of Redis
    /// @param fleet the nodes now
    /// @param looked hears of every look, on the recorder's thread
    public record Around(
            Supplier<List<QueueDepth>> depths, Supplier<FleetView> fleet, Looked looked) {}

    /// Hears of every look at the queues.
    @FunctionalInterface
    public interface Looked {
        /// @param step that has just ended
        /// @param writer whether it is this replica's turn to write
        void looked(long step, List<QueueDepth> depths, boolean writer);
    }

    public Recorder(HistoryStore store, RedisClock clock, Flows flows, Waits waits, Around around) {
        this.store = store;
        this.clock = clock;
        this.flows = flows;
        this.waits = waits;
        this.around = around;
    }

    public Recorder start() {
        loop.start();
        return this;
    }

    private void round() {
        look();
        long now = clock.millis();
        long left = Resolution.FINE.stepMs() - Math.floorMod(now, Resolution.FINE.stepMs());
        LockSupport.parkNanos(
                Duration.ofMillis(Math.max(1, Math.min(left, LONGEST_SLEEP_MS))).toNanos());
    }

    /// Does what is due.
    void look() {
        long now = clock.millis();
        long ended = Resolution.FINE.stepAt(now) - 1;
        if (ended != step) {
            measure(ended);
        }
        long since = now - (ended + 1) * Resolution.FINE.stepMs();
        Measures due = measures;
        if (due != null && mine && since >= AFTER_OTHERS_MS) {
            write(ended, due);
            measures = null;
        }
    }

    private void measure(long ended) {
        if (!restored) {
            restore(ended);
            restored = true;
        }
        List<QueueDepth> depths = around.depths().get();
        flows.ended(ended, depths);
        measures = new Measures(depths, flows.step(ended), around.fleet().get());
        untold.merge(ended, waits.take(), WaitCounts::plus);
        while (untold.size() > MOST_WAITS) {
            untold.pollFirstEntry();
        }
        step = ended;
        tellWaits();
        around.looked().looked(ended, depths, mine);
    }

    private void tellWaits() {
        while (!untold.isEmpty()) {
            Map.Entry<Long, WaitCounts> first = untold.firstEntry();
            HistoryStore.Turn turn = store.turn(first.getKey(), first.getValue(), TURN);
            untold.pollFirstEntry();
            mine = turn.mine();
            clock.heard(turn.wallMs());
        }
    }

    private void write(long ended, Measures due) {
        WaitCounts counts = store.waits(List.of(ended));
        store.put(Resolution.FINE, ended, due.values(WaitTimes.of(counts)));
        sumUp((ended + 1) / FINE_IN_COARSE - 1);
        pack(Resolution.FINE, ended);
        pack(Resolution.COARSE, summedUp);
    }

    /// Ten minutes as one step, made of what is written of them, whoever wrote it.
    private void sumUp(long coarse) {
        if (coarse == summedUp) {
            return;
        }
        long first = coarse * FINE_IN_COARSE;
        List<Long> steps = LongStream.range(first, first + FINE_IN_COARSE).boxed().toList();
        Block block = store.read(Resolution.FINE, Resolution.FINE.blockOf(first), steps);
        Map<String, Double> values = new LinkedHashMap<>();
        for (int column = 0; column < block.names().size(); column++) {
            Means mean = Means.of(block.names().get(column));
            for (long each : steps) {
                float[] row = block.rows().get(each);
                mean.add(row == null ? Double.NaN : Block.at(row, column));
            }
            if (!Double.isNaN(mean.get())) {
                values.put(block.names().get(column), mean.get());
            }
        }
        if (!values.isEmpty()) {
            store.put(Resolution.COARSE, coarse, values);
        }
        summedUp = coarse;
    }

    /// The block before that of this step, once a minute or so of its own has passed.
    private void pack(Resolution resolution, long at) {
        long before = resolution.blockOf(at) - 1;
        if (packed.getOrDefault(resolution, -1L) != before
                && at - resolution.stepsOfBlock() * (before + 1) >= MOST_WAITS) {
            store.pack(resolution, before);
            packed.put(resolution, before);
        }
    }

    /// What happened in the last minutes before this replica began.
    private void restore(long ended) {
        long first = ended - Flows.STEPS + 1;
        for (long block = Resolution.FINE.blockOf(first);
                block <= Resolution.FINE.blockOf(ended);
                block++) {
            long of = block;
            List<Long> steps =
                    LongStream.rangeClosed(first, ended)
                            .filter(each -> Resolution.FINE.blockOf(each) == of)
                            .boxed()
                            .toList();
            flows.restore(store.read(Resolution.FINE, block, steps));
        }
    }

    /// Gives the turn to write to whoever comes first.
    @Override
    public void close() {
        loop.close();
        try {
            store.turn(0, WaitCounts.NONE, Duration.ZERO);
        } catch (RedisFailure e) {
            log.debug("giving the turn back", e);
        }
    }
}
