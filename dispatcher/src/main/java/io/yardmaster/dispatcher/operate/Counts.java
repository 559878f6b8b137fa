package io.yardmaster.dispatcher.operate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.yardmaster.dispatcher.dispatch.Replica;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// How many requests are where, by queue.
///
/// @param queues by `shard service/priority`
record Counts(SortedMap<String, Row> queues) {
    private static final int MOST_SHARDS = 256;

    /// One queue.
    record Row(long depth, long inFlight, long scheduled, long dead, boolean paused) {
        Row plus(Row other) {
            return new Row(
                    depth + other.depth,
                    inFlight + other.inFlight,
                    scheduled + other.scheduled,
                    dead + other.dead,
                    paused || other.paused);
        }
    }

    /// As `yard_depth` counts them there now. Brings the functions when there are none.
    static Counts of(RespLink redis) throws IOException {
        SortedMap<String, Row> queues = new TreeMap<>();
        for (int shard = 0; shard < MOST_SHARDS; shard++) {
            String base = "{yard:" + shard + "}";
            boolean used = RespLink.number(redis.call("EXISTS", base + ":queues")) > 0;
            if (used) {
                for (Object queue : RespLink.items(depth(redis, base))) {
                    add(queues, shard, RespLink.items(queue));
                }
            }
        }
        return new Counts(queues);
    }

    private static Object depth(RespLink redis, String base) throws IOException {
        try {
            return List.copyOf(RespLink.items(redis.call("FCALL_RO", "yard_depth", 1, base)));
        } catch (RespLink.Refused e) {
            if (!String.valueOf(e.getMessage()).contains("Function not found")) {
                throw e;
            }
            redis.call("FUNCTION", "LOAD", "REPLACE", Replica.library().code());
            return List.copyOf(RespLink.items(redis.call("FCALL_RO", "yard_depth", 1, base)));
        }
    }

    private static void add(SortedMap<String, Row> queues, int shard, List<?> fields) {
        SortedMap<String, Object> named = new TreeMap<>();
        for (int i = 0; i + 1 < fields.size(); i += 2) {
            named.put(RespLink.text(fields.get(i)), fields.get(i + 1));
        }
        String name =
                shard
                        + " "
                        + RespLink.text(named.get("service"))
                        + "/"
                        + RespLink.text(named.get("priority"));
        queues.put(
                name,
                new Row(
                        RespLink.number(named.get("depth")),
                        RespLink.number(named.get("inFlight")),
                        RespLink.number(named.get("scheduled")),
                        RespLink.number(named.get("dead")),
                        RespLink.number(named.get("paused")) > 0));
    }

    Row total() {
        return queues.values().stream().reduce(new Row(0, 0, 0, 0, false), Row::plus);
    }

    ArrayNode json() {
        ArrayNode rows = JsonNodeFactory.instance.arrayNode();
        queues.forEach((name, row) -> {
            ObjectNode object = rows.addObject().put("queue", name).put("depth", row.depth());
            object.put("inFlight", row.inFlight()).put("scheduled", row.scheduled());
            object.put("dead", row.dead()).put("paused", row.paused());
        });
        return rows;
    }

    static Counts of(JsonNode rows) {
        SortedMap<String, Row> queues = new TreeMap<>();
        for (JsonNode row : rows) {
            queues.put(
                    row.path("queue").asText(),
                    new Row(
                            row.path("depth").asLong(),
                            row.path("inFlight").asLong(),
                            row.path("scheduled").asLong(),
                            row.path("dead").asLong(),
                            row.path("paused").asBoolean()));
        }
        return new Counts(queues);
    }

    /// One line for each queue that is not the same in both.
    List<String> differences(Counts other) {
        List<String> lines = new ArrayList<>();
        SortedMap<String, Row> all = new TreeMap<>(queues);
        all.putAll(other.queues);
        for (String name : all.keySet()) {
            Row here = queues.get(name);
            Row there = other.queues.get(name);
            if (here == null || !here.equals(there)) {
                lines.add(name + ": " + here + " in the backup, " + there + " restored");
            }
        }
        return lines;
    }

    /// One line for each queue that holds something.
    List<String> table() {
        List<String> lines = new ArrayList<>();
        lines.add(
                String.format(
                        "  %-32s %9s %9s %9s %9s",
                        "QUEUE", "WAITING", "IN FLIGHT", "SCHEDULED", "DEAD"));
        queues.forEach((name, row) ->
                lines.add(
                        line(
                                name.substring(name.indexOf(' ') + 1)
                                        + (row.paused() ? " (paused)" : ""),
                                row)));
        lines.add(line("all", total()));
        return lines;
    }

    private static String line(String name, Row row) {
        return String.format(
                "  %-32s %9d %9d %9d %9d",
                name, row.depth(), row.inFlight(), row.scheduled(), row.dead());
    }
}
