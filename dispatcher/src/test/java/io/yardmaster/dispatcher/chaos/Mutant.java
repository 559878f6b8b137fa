package io.yardmaster.dispatcher.chaos;

import io.yardmaster.dispatcher.chaos.Scenarios.Scenario;
import java.util.List;

/// A defect of the Java side, and the scenario that finds it. Defects of the Lua functions are
/// planted in the queue's `MutantTest`.
///
/// @param everyday whether it is among the few that run in `scripts/test`
record Mutant(String what, boolean everyday, Scenario scenario, Defect defect) {
    static List<Mutant> all() {
        return List.of(
                new Mutant(
                        "it sends although its lease is over",
                        false,
                        Scenarios::replica_without_lease,
                        new Defect(
                                "dispatcher",
                                "boolean maySend(Held held) {",
                                "boolean maySend(Held held) { if (held != null) { return true; }")),
                new Mutant(
                        "a settlement that fails is not repeated",
                        false,
                        Scenarios::redis_away_at_the_end,
                        new Defect(
                                "dispatcher",
                                "while (nanos.getAsLong() - giveUpAt < 0) {",
                                "while (nanos.getAsLong() - giveUpAt < 0 && pause.isZero()) {")),
                new Mutant(
                        "redirects are followed",
                        true,
                        Scenarios::redirecting_node,
                        new Defect(
                                "dispatcher",
                                "settings.setFollowRedirects(false);",
                                "settings.setFollowRedirects(true);")),
                new Mutant(
                        "callers wait for a Redis that stands still",
                        false,
                        Scenarios::redis_stands_still,
                        new Defect(
                                "redis",
                                "if (pulse.silent()) {",
                                "if (pulse.silent() && what.isEmpty()) {")),
                new Mutant(
                        "attempts are spent although there is no node",
                        false,
                        Scenarios::nobody_to_send_to,
                        new Defect(
                                "dispatcher",
                                "return new Settlement.Release(retryAfter);",
                                "return new Settlement.Retry(retryAfter, \"{}\");")),
                new Mutant(
                        "a connection that broke is taken for one that never was",
                        true,
                        Scenarios::node_that_hangs_up,
                        new Defect(
                                "dispatcher",
                                "endSent(new Answer.Broken(why));",
                                "endSent(new Answer.Unreachable(why));")),
                new Mutant(
                        "a take whose answer was lost is not asked for again",
                        true,
                        Scenarios::lost_answer_of_a_take,
                        new Defect(
                                "dispatcher", "unanswered = ask.again();", "unanswered = null;")),
                new Mutant(
                        "a take that went along and had no answer is not asked for again",
                        true,
                        Scenarios::lost_answer_of_a_take_that_goes_along,
                        new Defect(
                                "dispatcher",
                                "if (!mayHaveRun || !orders.offer(ask.again())) {",
                                "if (mayHaveRun || !orders.offer(ask.again())) {")),
                new Mutant(
                        "leases are not renewed",
                        false,
                        Scenarios::long_running_request,
                        new Defect(
                                "dispatcher",
                                "call.apply(part.stream().map(Held::lease).toList());",
                                "List.of();")),
                new Mutant(
                        "accepted is said before Redis has it",
                        false,
                        Scenarios::enqueue_into_the_void,
                        new Defect(
                                "dispatcher",
                                "mayHaveRun = true;",
                                "mayHaveRun = true; if (offers != null) {"
                                        + " return offers.stream().<Optional<Admission>>map(offer ->"
                                        + " Optional.of(new Admission.Queued(offer.request().id())))"
                                        + ".toList(); }")),
                new Mutant(
                        "it ends without waiting for what is in flight",
                        false,
                        Scenarios::orderly_end,
                        new Defect(
                                "dispatcher",
                                "GRACE = Duration.ofSeconds(25);",
                                "GRACE = Duration.ZERO;")),
                new Mutant(
                        "one retry too many",
                        false,
                        Scenarios::failing_node,
                        new Defect(
                                "dispatcher",
                                "if (counted > maxRetries) {",
                                "if (counted > maxRetries + 1) {")));
    }

    @Override
    public String toString() {
        return what;
    }
}
