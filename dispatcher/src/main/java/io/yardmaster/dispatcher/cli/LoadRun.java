package io.yardmaster.dispatcher.cli;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Sends a number of requests from several threads, then reads back what became of them: all when
/// there are few, an even sample of 500 when there are many. Latencies of sending are measured
/// here; how long a request took to settle is what the dispatcher says (`enqueuedAt` to
/// `settledAt`, milliseconds).
final class LoadRun {
    private static final String WHAT = "cannot enqueue";
    private static final int SAMPLE = 500;
    private static final long LOOK_MILLIS = 100;
    private static final double NANOS = 1e9;

    /// How much is sent.
    ///
    /// @param requests how many
    /// @param concurrency threads
    /// @param rate a second; 0 is as fast as it goes
    record Plan(int requests, int concurrency, double rate) {}

    /// Makes the body of one enqueue.
    interface Maker {
        /// @param id the request's id
        /// @param index from 0
        String json(String id, int index);
    }

    /// What came of it.
    ///
    /// @param seconds from the first enqueue to the last answer
    /// @param answers how long each accepted enqueue took, sorted, in nanoseconds
    /// @param refusals why others were refused, and how many
    /// @param states of those that were read back
    /// @param settled how long each of them took, sorted, in milliseconds
    /// @param settleSeconds from the first enqueue to the last settled
    @SuppressWarnings("ArrayRecordComponent") // only read, never compared
    record Figures(
            double seconds,
            long[] answers,
            Map<String, Long> refusals,
            Map<String, Long> states,
            long[] settled,
            double settleSeconds) {

        boolean complete() {
            long read = states.values().stream().mapToLong(Long::longValue).sum();
            return answers.length > 0 && refusals.isEmpty() && settled.length == read;
        }

        List<String> lines() {
            List<String> lines = new ArrayList<>();
            lines.add(
                    String.format(
                            Locale.ROOT,
                            "accepted  %d in %.1f s, %.0f a second; answers: %s",
                            answers.length,
                            seconds,
                            answers.length / Math.max(seconds, 1e-9),
                            percentiles(answers, 1e6)));
            lines.add(
                    String.format(
                            Locale.ROOT,
                            "settled   %s of %d read back, the last %.1f s after the first was"
                                    + " sent%s",
                            byState(),
                            states.values().stream().mapToLong(Long::longValue).sum(),
                            settleSeconds,
                            settled.length == 0
                                    ? ""
                                    : String.format(
                                            Locale.ROOT,
                                            ", %.0f a second",
                                            answers.length / Math.max(settleSeconds, 1e-9))));
            lines.add("enqueued to settled: " + percentiles(settled, 1));
            return lines;
        }

        String json() {
            JsonObject byState = new JsonObject();
            states.forEach(byState::number);
            return new JsonObject()
                    .number("accepted", answers.length)
                    .number("refused", refusals.values().stream().mapToLong(Long::longValue).sum())
                    .number("enqueueSeconds", rounded(seconds))
                    .raw("enqueueMs", quantiles(answers, 1e6))
                    .raw("states", byState.toString())
                    .number("settleSeconds", rounded(settleSeconds))
                    .raw("settleMs", quantiles(settled, 1))
                    .toString();
        }

        /// Such as `succeeded 300, dead 2`.
        private String byState() {
            List<String> each = new ArrayList<>();
            states.forEach((state, count) -> each.add(state + " " + count));
            return String.join(", ", each);
        }

        private static String percentiles(long[] sorted, double unit) {
            return sorted.length == 0
                    ? "none"
                    : String.format(
                            Locale.ROOT,
                            "p50 %.1f ms  p95 %.1f ms  p99 %.1f ms  max %.1f ms",
                            at(sorted, .50) / unit,
                            at(sorted, .95) / unit,
                            at(sorted, .99) / unit,
                            at(sorted, 1) / unit);
        }

        private static String quantiles(long[] sorted, double unit) {
            if (sorted.length == 0) {
                return "null";
            }
            return new JsonObject()
                    .number("p50", rounded(at(sorted, .50) / unit))
                    .number("p95", rounded(at(sorted, .95) / unit))
                    .number("p99", rounded(at(sorted, .99) / unit))
                    .number("max", rounded(at(sorted, 1) / unit))
                    .toString();
        }

        private static double at(long[] sorted, double share) {
            int index = (int) Math.ceil(share * sorted.length) - 1;
            return sorted[Math.clamp(index, 0, sorted.length - 1)];
        }

        private static double rounded(double value) {
            return Math.round(value * 1000) / 1000.0;
        }
    }

    private final ApiClient api;
    private final Shell shell;
    private final Plan plan;
    private final String run;
    private final AtomicInteger next = new AtomicInteger();
    private final long[] took;
    private final Map<String, Long> refusals = new ConcurrentHashMap<>();
    private volatile @Nullable Failure broken;

    LoadRun(ApiClient api, Shell shell, Plan plan) {
        this.api = api;
        this.shell = shell;
        this.plan = plan;
        this.took = new long[plan.requests()];
        this.run =
                "bench-" + Long.toString(shell.time().clock().millis(), Character.MAX_RADIX) + "-";
    }

    /// Sends all, waits for them to settle, and reads them back.
    ///
    /// @throws Failure when the dispatcher cannot be reached
    Figures go(Maker maker, Duration settle) throws InterruptedException {
        long began = nanos();
        List<Thread> callers = new ArrayList<>();
        for (int i = 0; i < Math.min(plan.concurrency(), plan.requests()); i++) {
            callers.add(
                    Thread.ofPlatform()
                            .daemon()
                            .name("bench-" + i)
                            .start(() -> call(maker, began)));
        }
        for (Thread caller : callers) {
            caller.join();
        }
        Failure failure = broken;
        if (failure != null) {
            throw failure;
        }
        double seconds = (nanos() - began) / NANOS;
        List<String> accepted = new ArrayList<>();
        for (int i = 0; i < took.length; i++) {
            if (took[i] > 0) {
                accepted.add(run + i);
            }
        }
        long[] answers = Arrays.stream(took).filter(nanos -> nanos > 0).sorted().toArray();
        return readBack(sample(accepted), settle, seconds, answers);
    }

    private void call(Maker maker, long began) {
        try {
            for (int i = next.getAndIncrement();
                    i < plan.requests() && broken == null;
                    i = next.getAndIncrement()) {
                long due = nanos();
                if (plan.rate() > 0) {
                    // from when it was due, so that a slow answer counts for those that it held up
                    due = began + (long) (i / plan.rate() * NANOS);
                    shell.time().pause().millis(Math.max(0, (due - nanos()) / 1_000_000));
                }
                String json = maker.json(run + i, i);
                Reply reply =
                        api.send(WHAT, Call.post("/v1/requests").with(Call.Content.json(json)));
                if (reply.ok()) {
                    took[i] = Math.max(1, nanos() - due);
                } else {
                    refusals.merge(Failure.refused(WHAT, reply).getMessage(), 1L, Long::sum);
                }
            }
        } catch (Failure e) {
            broken = e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static List<String> sample(List<String> all) {
        int every = Math.max(1, (all.size() + SAMPLE - 1) / SAMPLE);
        List<String> sample = new ArrayList<>();
        for (int i = all.size() - 1; i >= 0; i -= every) {
            sample.addFirst(all.get(i)); // the last one is always among them
        }
        return sample;
    }

    private Figures readBack(List<String> ids, Duration settle, double seconds, long[] answers)
            throws InterruptedException {
        long deadline = nanos() + settle.toNanos();
        Map<String, Long> states = new TreeMap<>();
        List<Long> settled = new ArrayList<>();
        List<Json> read = new ArrayList<>();
        List<String> open = new ArrayList<>(ids);
        while (!open.isEmpty() && nanos() - deadline < 0) {
            for (Iterator<String> each = open.iterator(); each.hasNext(); ) {
                Json request = look(each.next());
                if (request.at("settledAt").missing()) {
                    break; // the later ones are hardly further
                }
                read.add(request);
                each.remove();
            }
            if (!open.isEmpty()) {
                open.addLast(open.removeFirst());
                shell.time().pause().millis(LOOK_MILLIS);
            }
        }
        for (String id : open) {
            read.add(look(id));
        }
        Instant first = Instant.MAX;
        Instant last = Instant.MIN;
        for (Json request : read) {
            states.merge(request.at("state").raw("unknown"), 1L, Long::sum);
            Instant from = instant(request.at("enqueuedAt"));
            Instant to = instant(request.at("settledAt"));
            if (from != null && to != null) {
                settled.add(Duration.between(from, to).toMillis());
                first = from.isBefore(first) ? from : first;
                last = to.isAfter(last) ? to : last;
            }
        }
        double whole = settled.isEmpty() ? 0 : Duration.between(first, last).toMillis() / 1000.0;
        long[] sorted = settled.stream().mapToLong(Long::longValue).sorted().toArray();
        return new Figures(seconds, answers, Map.copyOf(refusals), states, sorted, whole);
    }

    private Json look(String id) {
        return api.send("cannot read back", Call.get("/v1/requests/" + id)).jsonOrMissing();
    }

    private static @Nullable Instant instant(Json time) {
        try {
            return time.missing() ? null : Instant.parse(time.raw(""));
        } catch (DateTimeException e) {
            return null;
        }
    }

    private long nanos() {
        return shell.time().nanos().getAsLong();
    }
}
