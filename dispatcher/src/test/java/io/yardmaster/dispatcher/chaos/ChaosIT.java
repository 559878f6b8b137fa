package io.yardmaster.dispatcher.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The short form of the fault suite: the most telling faults, once each, in an order that is drawn
/// from a seed. `scripts/chaos` is the long form, with all faults.
///
/// A failure is repeated with `-Dchaos.seed=N`, which it prints: the same faults come in the same
/// order at the same targets.
class ChaosIT {
    private static final List<String> TELLING =
            List.of(
                    "replica-kill",
                    "replica-pause",
                    "redis-kill",
                    "redis-disk-full",
                    "redis-clock",
                    "partition-from-redis",
                    "link-replies-eaten",
                    "node-redirects");

    @Test
    void nothing_is_lost_or_sent_without_a_cause_whatever_fails()
            throws IOException, InterruptedException {
        long seed = Long.getLong("chaos.seed", System.nanoTime() % 1_000_000);
        List<Fault> faults = TELLING.stream().map(Faults::named).toList();
        Schedule schedule = Schedule.draw(seed, faults, false, faults.size());
        ChaosRun.Result result = new ChaosRun(schedule, Duration.ofMinutes(10), System.out).run();
        ChaosRun.print(result, System.out);
        assertEquals(
                List.of(),
                result.violations(),
                () -> "seed " + seed + ", history and ledger in " + result.directory());
        assertEquals(faults.size(), result.evidence().episodes().size());
        assertTrue(result.evidence().sends().size() > 1_000, "there was hardly any traffic");
    }
}
