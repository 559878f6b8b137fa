package io.yardmaster.dispatcher.history;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.dispatcher.dispatch.Replica;
import io.yardmaster.queue.Priority;
import io.yardmaster.queue.QueueDepth;
import io.yardmaster.queue.QueueName;
import io.yardmaster.redis.Redis;
import io.yardmaster.redis.RedisFailure;
import io.yardmaster.redis.RedisFixture;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Recorders on a real Redis, with time that moves when a test says so.
class RecorderTest {
    private static final RedisFixture fixture = RedisFixture.start();
    private static final Redis redis = fixture.redis(Replica.library());
    private static final QueueName LOW = new QueueName("default", Priority.LOW);

    private final List<Long> looks = new ArrayList<>();
    private long sinceBegan;
    private long succeeded;
    private long waiting;
    private boolean away;

    /// Redis' clock, which the turns bring back to the real one, so time begins now; at the
    /// beginning of a step of ten minutes.
    private long began;

    @AfterAll
    static void stop() {
        fixture.close();
    }

    @BeforeEach
    void empty() {
        fixture.flush();
        began = Math.floorDiv(System.currentTimeMillis(), 600_000L) * 600_000;
    }

    /// One replica's recorder.
    private final class One {
        final Waits waits = new Waits();
        final Flows flows = new Flows();
        final HistoryStore store;
        final Recorder recorder;
        final RedisClock clock;

        One(String name) {
            store = new HistoryStore(redis, name);
            clock = new RedisClock(() -> Instant.ofEpochMilli(began + sinceBegan));
            recorder =
                    new Recorder(
                            store,
                            clock,
                            flows,
                            waits,
                            new Recorder.Around(
                                    RecorderTest.this::depths,
                                    () ->
                                            new FleetView(
                                                    List.of(), Map.of(), 7, Duration.ofSeconds(30)),
                                    (step, _, _) -> looks.add(step)));
        }

        /// As the loop would; the clock of the test stays the clock.
        void look() {
            recorder.look();
            clock.heard(began + sinceBegan);
        }

        double at(long step, String series) {
            Block block = store.read(Resolution.FINE, Resolution.FINE.blockOf(step));
            Integer column = block.columns().get(series);
            float[] row = block.rows().get(step);
            return row == null || column == null ? Double.NaN : Block.at(row, column);
        }
    }

    private List<QueueDepth> depths() {
        if (away) {
            throw RedisFailure.away("Redis is away");
        }
        return List.of(new QueueDepth(LOW, waiting, 0, 0, 0, 0, false, 0, succeeded, 0, 0, 0, 0));
    }

    private long step(long number) {
        return Resolution.FINE.stepAt(began) + number;
    }

    @Test
    void a_step_is_measured_at_its_end_and_written_a_moment_later() {
        One one = new One("r1");
        one.look();
        succeeded = 30;
        waiting = 4;
        one.waits.sending(lease(), "nuc", Duration.ofMillis(12));
        sinceBegan = 10_050;
        one.look();
        assertTrue(Double.isNaN(one.at(step(0), "inFlight")), "others may still leave waits");
        sinceBegan = 12_000;
        one.look();
        assertEquals(3, one.at(step(0), "rate.succeeded"));
        assertEquals(3, one.at(step(0), "rate.succeeded:default/low"));
        assertEquals(4, one.at(step(0), "depth.low"));
        assertEquals(4, one.at(step(0), "depth:default/low"));
        assertEquals(12, one.at(step(0), "wait.p50"));
        assertEquals(7, one.at(step(0), "slots.total"));
        assertTrue(Double.isNaN(one.at(step(0), "wait.none")));
    }

    private static io.yardmaster.queue.Lease lease() {
        return new io.yardmaster.queue.Lease(
                new io.yardmaster.queue.StoredRequest(
                        io.yardmaster.queue.Request.of("a", LOW, "/", new byte[0]),
                        io.yardmaster.queue.StoredRequest.State.LEASED,
                        1,
                        0,
                        0,
                        Instant.EPOCH,
                        false,
                        "nonce123",
                        List.of(),
                        new byte[0],
                        0),
                0,
                0);
    }

    @Test
    void two_replicas_write_a_step_once_and_the_second_goes_on_when_the_first_is_gone() {
        One one = new One("r1");
        One two = new One("r2");
        for (int i = 1; i <= 2; i++) {
            sinceBegan = i * 10_000L + 3_000;
            one.look();
            two.look();
        }
        assertEquals(0, one.at(step(1), "inFlight"));
        one.recorder.close();
        waiting = 9;
        sinceBegan = 33_000;
        two.look();
        assertEquals(9, two.at(step(2), "depth.low"));
    }

    @Test
    void ten_minutes_are_summed_up_whoever_wrote_them() {
        One one = new One("r1");
        one.look();
        for (int i = 1; i <= 59; i++) {
            waiting = i;
            sinceBegan = i * 10_000L + 2_500;
            one.look();
        }
        one.recorder.close();
        One two = new One("r2");
        waiting = 60;
        sinceBegan = 600_000 + 2_500;
        two.look();
        long coarse = Resolution.COARSE.stepAt(began);
        Block block = two.store.read(Resolution.COARSE, Resolution.COARSE.blockOf(coarse));
        float[] row = requireNonNull(block.rows().get(coarse));
        assertEquals(30.5, row[requireNonNull(block.columns().get("depth.low"))], 0.01);
        assertEquals(7, row[requireNonNull(block.columns().get("slots.total"))]);
    }

    @Test
    void an_outage_of_redis_leaves_a_gap_and_nothing_else() {
        One one = new One("r1");
        one.look();
        away = true;
        sinceBegan = 12_000;
        org.junit.jupiter.api.Assertions.assertThrows(RedisFailure.class, one::look);
        away = false;
        succeeded = 50;
        sinceBegan = 33_000;
        one.look();
        assertTrue(Double.isNaN(one.at(step(0), "inFlight")));
        // Nobody knows when in the outage it was.
        assertEquals(50 / 30.0, one.at(step(2), "rate.succeeded"), 1e-3);
        assertEquals(List.of(step(0) - 1, step(2)), looks);
    }
}
