package io.yardmaster.dispatcher.chaos;

import io.yardmaster.dispatcher.chaos.Checker.Violation;
import io.yardmaster.dispatcher.chaos.Evidence.Asked;
import io.yardmaster.dispatcher.chaos.Evidence.Kind;
import io.yardmaster.dispatcher.e2e.Await;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/// The master of Redis is killed, and later another is made master on purpose, under load and with
/// `wait-replicas`: what was accepted is still there.
///
/// `WAIT` vouches for enqueues alone. What a dispatcher wrote of attempts in the last moment before
/// a failover may be gone, so the checkers of attempts have no say here.
final class FailoverRun {
    private static final Set<String> PROMISED = Set.of("lost", "unexpected", "stuck");
    private static final Duration LONGEST_DRAIN = Duration.ofSeconds(90);

    private final PrintStream out;
    private int probes;

    FailoverRun(PrintStream out) {
        this.out = out;
    }

    List<Violation> run() throws IOException, InterruptedException {
        SentinelSite site = new SentinelSite();
        List<Violation> violations;
        try (site) {
            violations = run(site);
        }
        if (violations.isEmpty()) {
            Site.delete(site.directory());
        }
        return violations;
    }

    private List<Violation> run(SentinelSite site) throws IOException, InterruptedException {
        History history = site.history();
        try (Workload workload =
                new Workload(site.urls(), history, random -> doors(site, random), 1)) {
            Thread.sleep(3_000);
            SentinelSite.Server killed = site.master();
            long began = System.nanoTime();
            killed.kill();
            Await.until("there is another master", () -> site.master() != killed);
            killed.start(); // WAIT needs all replicas
            recovered(site, "kill -9 of the master", began);
            began = System.nanoTime();
            site.failOver();
            recovered(site, "planned failover", began);
            Thread.sleep(2_000);
            workload.stop();
        }
        return judge(site);
    }

    private static Map<String, Door> doors(SentinelSite site, RandomGenerator random) {
        Map<String, Door> doors = new HashMap<>();
        doors.put("rest", new Door.Single(site.urls(), random));
        doors.put("batch", new Door.Batch(site.urls(), random));
        return doors;
    }

    private void recovered(SentinelSite site, String what, long began) {
        for (ReplicaSlot slot : site.replicas()) {
            Asked asked = new Asked("probe-" + probes++, "probe", "high", 3);
            String body = new Door.Order(asked, asked.id(), 0, 0).json();
            Await.until(
                    slot.name() + " accepts again",
                    () -> {
                        site.history().invoke("probe", asked);
                        int status = Rest.send("POST", slot.url() + "/v1/requests", body).status();
                        site.history()
                                .add(
                                        "probe",
                                        status == 202 ? Kind.OK : Kind.UNKNOWN,
                                        asked.id(),
                                        "");
                        return status == 202;
                    },
                    slot::said);
        }
        out.printf(
                "chaos: %s: accepting again after %.1f s; accepted %d, unknown %d%n",
                what,
                ChaosRun.seconds(System.nanoTime() - began),
                site.history().count(Kind.OK),
                site.history().count(Kind.UNKNOWN));
    }

    private List<Violation> judge(SentinelSite site) throws IOException, InterruptedException {
        int port = site.master().port();
        Inquest inquest =
                new Inquest(
                        site.urls().getFirst(),
                        words -> {
                            try (Resp connection = new Resp("127.0.0.1", port, 3_000)) {
                                return connection.call(words);
                            }
                        });
        inquest.drain(LONGEST_DRAIN);
        History history = site.history();
        Evidence evidence =
                new Evidence(
                        history.asked(),
                        history.events(),
                        history.sends(),
                        inquest.endings(history.asked().keySet()),
                        inquest.counts(),
                        List.of(),
                        List.of(),
                        0);
        List<Violation> all = Checkers.check(evidence);
        out.printf(
                "chaos: failover: accepted %d, sends %d, of attempts lost with the old master: %d%n",
                Tally.ids(evidence, Kind.OK).size(), evidence.sends().size(), all.size());
        return all.stream().filter(found -> PROMISED.contains(found.checker())).toList();
    }
}
