package io.yardmaster.dispatcher.history;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.dispatcher.dispatch.Replica;
import io.yardmaster.redis.Redis;
import io.yardmaster.redis.RedisFailure;
import io.yardmaster.redis.RedisFixture;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HistoryStoreTest {
    private static final RedisFixture fixture = RedisFixture.start();
    private static final Redis redis = fixture.redis(Replica.library());

    /// A step at the beginning of an hour and of a day.
    private static final long STEP = 19_676L * 8640;

    private static final long HOUR = STEP / 360;

    private final HistoryStore one = new HistoryStore(redis, "r1");
    private final HistoryStore two = new HistoryStore(redis, "r2");

    @AfterAll
    static void stop() {
        fixture.close();
    }

    @BeforeEach
    void empty() {
        fixture.flush();
    }

    private static Map<String, Double> values(Object... namesAndValues) {
        Map<String, Double> values = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            values.put((String) namesAndValues[i], ((Number) namesAndValues[i + 1]).doubleValue());
        }
        return values;
    }

    @Test
    void a_step_is_written_once_whoever_writes_it() {
        assertTrue(one.put(Resolution.FINE, STEP, values("a", 1, "b", 2)));
        Map<String, String> once =
                Map.of(
                        "{yard:0}:h10s:" + HOUR,
                        "{"
                                + STEP
                                + "=\\x00\\x00\\x80?\\x00\\x00\\x00@, n=a\\x0ab\\x0a} (expires)");
        assertEquals(once, fixture.content());
        assertFalse(two.put(Resolution.FINE, STEP, values("a", 7, "c", 9)));
        assertEquals(once, fixture.content());
    }

    @Test
    void writers_that_know_other_series_share_a_block() {
        assertTrue(one.put(Resolution.FINE, STEP, values("a", 1, "b", 2)));
        assertTrue(two.put(Resolution.FINE, STEP + 1, values("c", 3, "b", 4)));
        assertTrue(one.put(Resolution.FINE, STEP + 2, values("a", 5)));
        Block block = one.read(Resolution.FINE, HOUR);
        assertEquals(List.of("a", "b", "c"), block.names());
        assertArrayEquals(new float[] {1, 2}, block.rows().get(STEP));
        assertArrayEquals(new float[] {Float.NaN, 4, 3}, block.rows().get(STEP + 1));
        assertArrayEquals(new float[] {5, Float.NaN, Float.NaN}, block.rows().get(STEP + 2));
        Block part = one.read(Resolution.FINE, HOUR, List.of(STEP + 1, STEP + 7));
        assertEquals(List.of(STEP + 1), List.copyOf(part.rows().keySet()));
    }

    @Test
    void a_block_that_is_over_is_packed_and_reads_as_before() {
        Random random = new Random(1);
        for (int i = 0; i < 360; i += 1 + random.nextInt(3)) {
            one.put(Resolution.FINE, STEP + i, values("a", random.nextInt(5), "b", 0));
        }
        Block before = one.read(Resolution.FINE, HOUR);
        one.pack(Resolution.FINE, HOUR);
        String key = "{yard:0}:h10s:" + HOUR;
        assertEquals(2L, redis.run(c -> c.hlen(Redis.bytes(key))).longValue());
        assertTrue(redis.run(c -> c.pttl(Redis.bytes(key))) > 0, "it still expires");
        Block after = one.read(Resolution.FINE, HOUR);
        assertEquals(before.names(), after.names());
        before.rows().forEach((step, row) -> assertArrayEquals(row, after.rows().get(step)));
        assertTrue(Float.isNaN(Block.at(requireNonNull(after.rows().get(absent(before))), 0)));
        Map<String, String> packed = fixture.content();
        two.pack(Resolution.FINE, HOUR);
        assertFalse(two.put(Resolution.FINE, absent(before), values("a", 1)));
        assertEquals(packed, fixture.content());
    }

    private static long absent(Block block) {
        return IntStream.range(0, 360)
                .mapToLong(i -> STEP + i)
                .filter(step -> !block.rows().containsKey(step))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void a_block_that_got_another_step_meanwhile_is_not_packed() {
        one.put(Resolution.FINE, STEP, values("a", 1));
        Map<String, String> before = fixture.content();
        assertEquals(
                "kept",
                Redis.text(
                        (byte[])
                                redis.call(
                                                "yard_history_pack",
                                                "{yard:0}",
                                                "10s:" + HOUR,
                                                2,
                                                "packed")
                                        .getFirst()));
        assertEquals(before, fixture.content());
    }

    @Test
    void the_turn_is_one_replicas_until_it_gives_it_back() {
        assertTrue(one.turn(STEP, WaitCounts.parse("3:2"), Duration.ofMinutes(1)).mine());
        assertFalse(two.turn(STEP, WaitCounts.parse("4:5"), Duration.ofMinutes(1)).mine());
        assertTrue(one.turn(STEP, WaitCounts.parse("3:2"), Duration.ofMinutes(1)).mine());
        assertEquals(
                Map.of(
                        "{yard:0}:hw:" + STEP,
                        "{r1=3:2, r2=4:5} (expires)",
                        "{yard:0}:hwriter",
                        "r1 (expires)"),
                fixture.content());
        assertEquals(Map.of(3, 2L, 4, 5L), one.waits(List.of(STEP, STEP + 1)).counts());
        two.turn(0, WaitCounts.NONE, Duration.ZERO);
        assertFalse(two.turn(STEP, WaitCounts.NONE, Duration.ofMinutes(1)).mine());
        one.turn(0, WaitCounts.NONE, Duration.ZERO);
        assertTrue(two.turn(STEP, WaitCounts.NONE, Duration.ofMinutes(1)).mine());
    }

    @Test
    void somebody_elses_key_is_named_and_nothing_is_written() {
        String key = "{yard:0}:h10s:" + HOUR;
        redis.run(c -> c.set(Redis.bytes(key), Redis.bytes("x")));
        Map<String, String> before = fixture.content();
        RedisFailure failure =
                assertThrows(
                        RedisFailure.class, () -> one.put(Resolution.FINE, STEP, values("a", 1)));
        assertTrue(String.valueOf(failure.getMessage()).contains(key));
        assertThrows(RedisFailure.class, () -> one.read(Resolution.FINE, HOUR));
        assertThrows(RedisFailure.class, () -> one.pack(Resolution.FINE, HOUR));
        assertEquals(before, fixture.content());
    }

    @Test
    void a_thousand_series_are_kept_and_no_more() {
        Map<String, Double> many = new LinkedHashMap<>();
        for (int i = 0; i < 1500; i++) {
            many.put("s" + i, (double) i);
        }
        assertTrue(one.put(Resolution.FINE, STEP, many));
        assertEquals(HistoryStore.MOST_SERIES, one.read(Resolution.FINE, HOUR).names().size());
        assertTrue(one.put(Resolution.FINE, STEP + 1, values("late", 1)));
        assertFalse(one.read(Resolution.FINE, HOUR).names().contains("late"));
    }

    @Test
    void a_chart_has_gaps_where_nobody_measured_and_keeps_what_was_worst() {
        RedisClock clock = new RedisClock(() -> Instant.ofEpochMilli((STEP + 60) * 10_000));
        History history = new History(one, clock);
        one.put(Resolution.FINE, STEP, values("inFlight", 1, "wait.p99", 10));
        one.put(Resolution.FINE, STEP + 1, values("inFlight", 3, "wait.p99", 30));
        one.put(Resolution.FINE, STEP + 4, values("inFlight", 5));
        List<String> names = List.of("inFlight", "wait.p99", "node.x.cpu");
        long from = STEP * 10_000;
        History.Chart fine = history.chart(names, from, from + 60_000, 10);
        assertEquals(10_000, fine.stepMs());
        assertEquals(from, fine.fromMs());
        assertArrayEquals(
                new double[] {1, 3, Double.NaN, Double.NaN, 5, Double.NaN},
                fine.series().get("inFlight"));
        History.Chart rough = history.chart(names, from, from + 60_000, 4);
        assertEquals(20_000, rough.stepMs());
        assertArrayEquals(new double[] {2, Double.NaN, 5}, rough.series().get("inFlight"));
        assertArrayEquals(
                new double[] {30, Double.NaN, Double.NaN}, rough.series().get("wait.p99"));
        assertEquals(3, requireNonNull(rough.series().get("node.x.cpu")).length);
    }

    @Test
    void what_is_long_ago_comes_from_the_steps_of_ten_minutes() {
        RedisClock clock = new RedisClock(() -> Instant.ofEpochMilli((STEP + 8640) * 10_000));
        History history = new History(one, clock);
        long coarse = STEP / 60;
        one.put(Resolution.COARSE, coarse, values("inFlight", 1));
        one.put(Resolution.COARSE, coarse + 2, values("inFlight", 2));
        long from = STEP * 10_000;
        History.Chart day =
                history.chart(List.of("inFlight"), from, from + Duration.ofDays(1).toMillis(), 200);
        assertEquals(600_000, day.stepMs());
        double[] inFlight = requireNonNull(day.series().get("inFlight"));
        assertEquals(144, inFlight.length);
        assertEquals(1, inFlight[0]);
        assertEquals(2, inFlight[2]);
        for (int points : new int[] {1, 2, 7, 100, 2000}) {
            for (long length : new long[] {1, 9_999, 3_600_000, 90L * 86_400_000}) {
                History.Chart any =
                        history.chart(List.of("inFlight"), from - 1, from - 1 + length, points);
                List<Integer> lengths = new ArrayList<>();
                any.series().values().forEach(each -> lengths.add(each.length));
                assertTrue(lengths.getFirst() <= points && lengths.getFirst() > 0, any.toString());
            }
        }
    }

    @Test
    void names_of_series() {
        for (String name :
                List.of(
                        "rate.enqueued",
                        "rate.retried:a-b/low",
                        "depth.critical",
                        "depth:x/high",
                        "oldestMs",
                        "oldestMs:x/normal",
                        "wait.p50",
                        "slots.busy",
                        "nodes.up",
                        "node.nuc.io.cpu",
                        "node.a.errorRate",
                        "inFlight")) {
            assertTrue(Series.isName(name), name);
        }
        for (String name : List.of("", "rate", "depth:low", "wait.p51", "node.cpu", "a\nb")) {
            assertFalse(Series.isName(name), name);
        }
        assertEquals("a-b", Series.service("rate.retried:a-b/low").orElse(""));
        assertTrue(Series.service("node.nuc.cpu").isEmpty());
    }
}
