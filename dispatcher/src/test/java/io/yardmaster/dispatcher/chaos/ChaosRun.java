package io.yardmaster.dispatcher.chaos;

import io.yardmaster.dispatcher.chaos.Checker.Violation;
import io.yardmaster.dispatcher.chaos.Evidence.Asked;
import io.yardmaster.dispatcher.chaos.Evidence.Episode;
import io.yardmaster.dispatcher.chaos.Evidence.Kind;
import io.yardmaster.dispatcher.e2e.Await;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One run, from the seed to the verdict.
final class ChaosRun implements AutoCloseable {
    /// The stated time: a lease, and then attempts and pauses of the longest-lived request, after
    /// everything is well again.
    static final Duration LONGEST_DRAIN = Duration.ofSeconds(90);

    private static final int ORDERLY = 400;

    private final Schedule schedule;
    private final Duration length;
    private final PrintStream out;
    private volatile @Nullable Site running;

    /// @param length of the time in which faults begin
    ChaosRun(Schedule schedule, Duration length, PrintStream out) {
        this.schedule = schedule;
        this.length = length;
        this.out = out;
    }

    /// What came of it.
    record Result(
            long seed,
            Evidence evidence,
            List<Violation> violations,
            Duration drained,
            String directory) {
        boolean passed() {
            return violations.isEmpty();
        }
    }

    Result run() throws IOException, InterruptedException {
        out.printf("chaos: seed %d%n", schedule.seed());
        Site site = new Site(schedule.seed());
        running = site;
        try {
            Result result;
            try (site) {
                result = run(site);
            }
            if (result.passed()) {
                Site.delete(site.directory());
            }
            return result;
        } catch (RuntimeException | AssertionError e) {
            out.printf(
                    "chaos: seed %d failed; what it left is in %s%n",
                    schedule.seed(), site.directory());
            throw e;
        }
    }

    /// Ends whatever still runs.
    @Override
    public void close() {
        Site site = running;
        if (site != null) {
            site.close();
        }
    }

    private Result run(Site site) throws IOException, InterruptedException {
        out.printf("chaos: history and ledger are in %s%n", site.directory());
        List<String> orderly = enqueueInOrder(site);
        List<Episode> episodes;
        try (Workload workload = workload(site)) {
            Thread.sleep(2_000);
            long began = System.nanoTime();
            out.printf(
                    "%8s  %-45s %8s %9s %10s %9s %9s%n",
                    "s", "fault", "lasted", "recovered", "accepted", "unknown", "sent");
            episodes =
                    new Nemesis(site)
                            .play(
                                    schedule,
                                    began + length.toNanos(),
                                    episode -> tell(site.history(), began, episode));
            workload.stop();
        }
        Inquest inquest = new Inquest(site.replica(1).url(), site.redis()::ask);
        Duration drained = inquest.drain(LONGEST_DRAIN);
        Evidence evidence =
                new Evidence(
                        site.history().asked(),
                        site.history().events(),
                        site.history().sends(),
                        inquest.endings(site.history().asked().keySet()),
                        inquest.counts(),
                        episodes,
                        orderly,
                        site.replicas().size() * site.nodes().size() * Site.SLOTS);
        return new Result(
                schedule.seed(),
                evidence,
                Checkers.check(evidence),
                drained,
                site.directory().toString());
    }

    private Workload workload(Site site) {
        List<String> urls = site.replicas().stream().map(ReplicaSlot::url).toList();
        return new Workload(
                urls,
                site.history(),
                random -> Door.all(urls, site.redis(), random),
                schedule.seed());
    }

    private void tell(History history, long began, Episode episode) {
        out.printf(
                "%8.1f  %-45s %7.1fs %8.1fs %10d %9d %9d%n",
                seconds(episode.beganNanos() - began),
                episode.fault(),
                seconds(episode.endedNanos() - episode.beganNanos()),
                seconds(episode.recoveredNanos()),
                history.count(Kind.OK),
                history.count(Kind.UNKNOWN),
                history.sent());
    }

    static double seconds(long nanos) {
        return nanos / 1e9;
    }

    /// Behind a pause, so that all of them wait before the first is sent.
    private static List<String> enqueueInOrder(Site site) throws IOException, InterruptedException {
        String url = site.replica(1).url();
        History history = site.history();
        List<String> ids = new ArrayList<>();
        for (String priority : List.of("high", "normal")) {
            expect(Rest.send("POST", url + "/v1/queues/default/" + priority + "/pause", ""), 2);
        }
        for (int i = 0; i < ORDERLY; i++) {
            String id = "order-" + i;
            Asked asked = new Asked(id, "rest", i % 2 == 0 ? "high" : "normal", 3);
            history.invoke("order", asked);
            expect(
                    Rest.send("POST", url + "/v1/requests", new Door.Order(asked, id, 0, 0).json()),
                    2);
            history.add("order", Kind.OK, id, "");
            ids.add(id);
        }
        for (String priority : List.of("high", "normal")) {
            expect(Rest.send("POST", url + "/v1/queues/default/" + priority + "/resume", ""), 2);
        }
        Await.until("the first are sent", () -> history.sent() >= ORDERLY);
        return ids;
    }

    private static void expect(Rest.Answer answer, int hundreds) {
        if (answer.status() / 100 != hundreds) {
            throw new IllegalStateException(answer.toString());
        }
    }

    /// The table at the end.
    static void print(Result result, PrintStream out) {
        Evidence evidence = result.evidence();
        Map<String, Long> states = new java.util.TreeMap<>();
        evidence.endings().values().forEach(ending -> states.merge(ending.state(), 1L, Long::sum));
        List<Double> recoveries =
                evidence.episodes().stream()
                        .map(episode -> seconds(episode.recoveredNanos()))
                        .sorted()
                        .toList();
        out.println();
        row(out, "accepted", Tally.ids(evidence, Kind.OK).size());
        row(out, "refused", Tally.ids(evidence, Kind.FAIL).size());
        row(out, "answers that left it open", count(evidence, Kind.UNKNOWN));
        row(out, "recovered (open to the end, and in)", Tally.recovered(evidence));
        states.forEach((state, count) -> row(out, "ended as " + state, count));
        row(out, "sends", evidence.sends().size());
        row(out, "sends again, by cause", Tally.duplicateCauses(evidence));
        row(out, "faults", evidence.episodes().size());
        if (!recoveries.isEmpty()) {
            row(
                    out,
                    "recovery s: median, longest",
                    "%.1f, %.1f"
                            .formatted(
                                    recoveries.get(recoveries.size() / 2), recoveries.getLast()));
        }
        row(out, "drained in s", seconds(result.drained().toNanos()));
        for (Checker checker : Checkers.all()) {
            List<Violation> found =
                    result.violations().stream()
                            .filter(violation -> violation.checker().equals(checker.name()))
                            .toList();
            row(out, checker.name(), found.isEmpty() ? "kept" : found.size() + " violations");
            found.stream().limit(10).forEach(violation -> out.println("    " + violation));
        }
        out.printf(
                "chaos: seed %d: %s%s%n",
                result.seed(),
                result.passed() ? "all kept" : result.violations().size() + " violations",
                result.passed() ? "" : "; history and ledger are in " + result.directory());
    }

    private static void row(PrintStream out, String name, Object value) {
        out.printf("  %-38s %s%n", name, value);
    }

    private static long count(Evidence evidence, Kind kind) {
        return evidence.events().stream().filter(event -> event.kind() == kind).count();
    }
}
