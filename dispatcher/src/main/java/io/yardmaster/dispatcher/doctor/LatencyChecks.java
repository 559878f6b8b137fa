package io.yardmaster.dispatcher.doctor;

import io.yardmaster.redis.Redis;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// Whether Redis answers quickly enough for leases to be kept.
final class LatencyChecks {
    private static final int PINGS = 20;
    private static final int DEPTHS = 5;
    private static final double SLOW_MS = 20;
    private static final double TOO_SLOW_MS = 250;
    private static final double SLOW_DEPTH_MS = 50;
    private static final int MOST_ENTRIES = 128;
    private static final long SLOW_CALL_MICROS = 10_000;
    private static final long RECENT_SECONDS = 3_600;

    private static final String FIX =
            "on Redis' machine: redis-cli --intrinsic-latency 5, iostat -x 1 (a slow disk holds up"
                    + " every write under appendfsync always), and look for other users of this"
                    + " Redis";

    private final Installation at;

    LatencyChecks(Installation at) {
        this.at = at;
    }

    List<Check> list() {
        return List.of(
                Check.ofRedis(
                        "redis-latency",
                        "every request needs some round trips, and leases are kept by them",
                        this::pings),
                Check.ofRedis(
                        "depth-latency",
                        "every replica asks for the depths every second",
                        this::depths),
                Check.ofRedis(
                        "slowlog",
                        "Redis does one thing at a time: a slow call holds up all others",
                        this::slowlog));
    }

    private double[] millis(int times, Runnable call) {
        double[] all = new double[times];
        for (int i = 0; i < times; i++) {
            long began = at.host().nanos().getAsLong();
            call.run();
            all[i] = (at.host().nanos().getAsLong() - began) / 1e6;
        }
        Arrays.sort(all);
        return all;
    }

    private static String figures(double[] sorted) {
        return String.format(
                Locale.ROOT,
                "p50 %.1f ms, p99 %.1f ms",
                sorted[sorted.length / 2],
                sorted[sorted.length - 1]);
    }

    private Verdict pings() {
        double[] sorted = millis(PINGS, () -> at.redis().run(c -> c.ping()));
        double typical = sorted[PINGS / 2];
        double worst = sorted[PINGS - 1];
        String found = "PING " + figures(sorted);
        if (typical > TOO_SLOW_MS || worst > at.settings().redis().timeout().toMillis() * 0.8) {
            return new Verdict.Fail(found, FIX);
        }
        return typical > SLOW_MS || worst > TOO_SLOW_MS
                ? new Verdict.Warn(found, FIX)
                : new Verdict.Ok(found);
    }

    private Verdict depths() {
        double[] sorted =
                millis(
                        DEPTHS,
                        () -> {
                            var _ = at.depths().get();
                        });
        String found = "yard_depth " + figures(sorted);
        return sorted[DEPTHS / 2] > SLOW_DEPTH_MS
                ? new Verdict.Warn(
                        found, "use fewer services (a queue for each and priority); " + FIX)
                : new Verdict.Ok(found);
    }

    private Verdict slowlog() {
        long now = at.redis().wallClock() / 1000;
        List<String> slow = new ArrayList<>();
        long worst = 0;
        for (Object entry : at.redis().run(c -> c.slowlogGet(MOST_ENTRIES))) {
            if (!(entry instanceof List<?> fields) || fields.size() < 4) {
                continue;
            }
            long when = (Long) fields.get(1);
            long micros = (Long) fields.get(2);
            List<String> words =
                    ((List<?>) fields.get(3))
                            .stream()
                                    .map(word ->
                                            word instanceof byte[] bytes ? Redis.text(bytes) : "")
                                    .toList();
            boolean ours = words.size() > 1 && words.get(1).startsWith("yard_");
            if (ours && now - when < RECENT_SECONDS && micros >= SLOW_CALL_MICROS) {
                slow.add(words.get(1));
                worst = Math.max(worst, micros);
            }
        }
        return slow.isEmpty()
                ? new Verdict.Ok("no call of ours above 10 ms within the last hour")
                : new Verdict.Warn(
                        String.format(
                                Locale.ROOT,
                                "%s above 10 ms within the last hour, the slowest %.0f ms: %s",
                                Texts.count(slow.size(), "call", "calls"),
                                worst / 1000.0,
                                String.join(", ", slow.stream().distinct().limit(5).toList())),
                        "the machine was busy, swapped, or forked with transparent huge pages on;"
                                + " redis-cli SLOWLOG GET, and redis-cli SLOWLOG RESET to start"
                                + " afresh");
    }
}
