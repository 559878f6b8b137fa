package io.yardmaster.dispatcher.history;

import io.yardmaster.redis.Redis;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// The history in Redis; `yardmaster/history.lua` documents its keys. Bounded by time and by
/// [#MOST_SERIES]. Thread-safe; throws [io.yardmaster.redis.RedisFailure] when Redis can't be
/// asked.
public final class HistoryStore {
    /// The part of the function library that this class calls.
    public static final String LIBRARY_PART = "yardmaster/history.lua";

    /// Series that a block holds; what comes when it is full waits for the next block, where series
    /// that are no longer used are left out.
    static final int MOST_SERIES = 1000;

    private static final String BASE = "{yard:0}";
    private static final int TRIES = 5;
    private static final int SLICE = 120;

    private final Redis redis;
    private final String replica;

    public HistoryStore(Redis redis, String replica) {
        this.redis = redis;
        this.replica = replica;
    }

    /// @param wallMs Redis' clock
    record Turn(long wallMs, boolean mine) {}

    /// Leaves this replica's waits of a step and asks whether it is its turn to write.
    ///
    /// @param length of a turn; zero gives it back
    Turn turn(long step, WaitCounts waits, Duration length) {
        List<Object> answer =
                redis.call(
                        "yard_history_turn", BASE, replica, step, waits.text(), length.toMillis());
        return new Turn((Long) answer.get(0), (Long) answer.get(1) == 1);
    }

    /// What all replicas counted in these steps.
    WaitCounts waits(List<Long> steps) {
        WaitCounts sum = WaitCounts.NONE;
        for (Object text : redis.call("yard_history_waits", BASE, steps.toArray())) {
            sum = sum.plus(WaitCounts.parse(Redis.text((byte[]) text)));
        }
        return sum;
    }

    /// Writes a step unless it is written.
    ///
    /// @return whether this call wrote it
    boolean put(Resolution resolution, long step, Map<String, Double> values) {
        List<String> names = new ArrayList<>(values.keySet());
        for (int attempt = 0; attempt < TRIES; attempt++) {
            names = names.subList(0, Math.min(names.size(), MOST_SERIES));
            float[] row = new float[names.size()];
            for (int i = 0; i < row.length; i++) {
                Double value = values.get(names.get(i));
                row[i] = value == null ? Float.NaN : value.floatValue();
            }
            List<Object> answer =
                    redis.call(
                            "yard_history_put",
                            BASE,
                            resolution.name(resolution.blockOf(step)),
                            step,
                            lines(names),
                            Block.values(row),
                            resolution.expiry().toMillis());
            String word = Redis.text((byte[]) answer.getFirst());
            if (!word.equals("names")) {
                return word.equals("ok");
            }
            names = after(names((byte[]) answer.get(1)), values);
        }
        return false; // others change it all the time; the step is theirs
    }

    /// The block's names come first, then those that it doesn't have yet.
    private static List<String> after(List<String> stored, Map<String, Double> values) {
        Map<String, Boolean> all = new LinkedHashMap<>();
        stored.forEach(name -> all.put(name, true));
        values.keySet().forEach(name -> all.put(name, true));
        return new ArrayList<>(all.keySet());
    }

    private static String lines(List<String> names) {
        StringBuilder text = new StringBuilder();
        names.forEach(name -> text.append(name).append('\n'));
        return text.toString();
    }

    private static List<String> names(byte[] lines) {
        String text = new String(lines, StandardCharsets.UTF_8);
        return text.lines().toList();
    }

    Block read(Resolution resolution, long block) {
        return block(resolution, block, fields(resolution, block));
    }

    /// In slices, because a block of many series is larger than what Redis gives in a moment.
    private Map<String, byte[]> fields(Resolution resolution, long block) {
        long first = block * resolution.stepsOfBlock();
        long end = first + resolution.stepsOfBlock();
        Map<String, byte[]> fields = new HashMap<>();
        for (long from = first; from < end && !fields.containsKey("z"); from += SLICE) {
            List<Long> steps = LongStream.range(from, Math.min(end, from + SLICE)).boxed().toList();
            fields.putAll(fields(resolution, block, steps));
            if (fields.isEmpty()) {
                break; // there is no such block
            }
        }
        return fields;
    }

    private Map<String, byte[]> fields(Resolution resolution, long block, List<Long> steps) {
        byte[] key = Redis.bytes(BASE + ":h" + resolution.name(block));
        byte[][] names =
                Stream.concat(Stream.of("n", "z"), steps.stream().map(String::valueOf))
                        .map(Redis::bytes)
                        .toArray(byte[][]::new);
        Map<String, byte[]> fields = new HashMap<>();
        redis.run(c -> c.hmget(key, names))
                .forEach(each -> {
                    if (each.hasValue()) {
                        fields.put(Redis.text(each.getKey()), each.getValue());
                    }
                });
        return fields;
    }

    /// These steps of one block.
    Block read(Resolution resolution, long block, List<Long> steps) {
        return block(resolution, block, fields(resolution, block, steps));
    }

    private static Block block(Resolution resolution, long block, Map<String, byte[]> fields) {
        byte[] lines = fields.get("n");
        if (lines == null) {
            return Block.EMPTY;
        }
        List<String> names = names(lines);
        byte[] packed = fields.get("z");
        if (packed != null) {
            int steps = resolution.stepsOfBlock();
            return Block.unpacked(names, packed, block * steps, steps);
        }
        Map<Long, float[]> rows = new TreeMap<>();
        fields.forEach((field, bytes) -> {
            if (field.matches("\\d{1,15}")) {
                rows.put(Long.parseLong(field), Block.values(bytes));
            }
        });
        return new Block(names, rows);
    }

    /// Makes a block that is over small. Does nothing when it is already, or is none.
    void pack(Resolution resolution, long block) {
        Map<String, byte[]> fields = fields(resolution, block);
        Block read = block(resolution, block, fields);
        if (!read.rows().isEmpty() && !fields.containsKey("z")) {
            int steps = resolution.stepsOfBlock();
            redis.call(
                    "yard_history_pack",
                    BASE,
                    resolution.name(block),
                    read.rows().size(),
                    read.packed(block * steps, steps));
        }
    }
}
