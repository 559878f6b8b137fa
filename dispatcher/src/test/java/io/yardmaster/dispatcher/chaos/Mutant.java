package io.yardmaster.dispatcher.chaos;

import io.yardmaster.dispatcher.chaos.Scenarios.Scenario;
import java.util.List;

/// A defect of the Java side, and the scenario that finds it. Defects of the Lua functions are
/// planted in the queue's `MutantTest`.
///
/// @param everyday whether it is among the few that run in `scripts/test`
record Mutant(String what, boolean everyday, Scenario scenario, Defect defect) {
    private static final String DISPATCHER = "dispatcher/src/main/java/io/yardmaster/dispatcher/";
    private static final String DISPATCH = DISPATCHER + "dispatch/";

    static List<Mutant> all() {
        return List.of(
                new Mutant(
                        "it sends although its lease is over",
                        true,
                        Scenarios::replica_without_lease,
                        new Defect(
                                DISPATCH + "HeldLeases.java",
                                "return !held.calledOff && held.until - nanos.getAsLong() > 0;",
                                "return true;")),
                new Mutant(
                        "a settlement that fails is not repeated",
                        false,
                        Scenarios::redis_away_at_the_end,
                        new Defect(
                                DISPATCH + "Settler.java",
                                "if (nanos.getAsLong() - giveUpAt > 0) {",
                                "if (true) {")),
                new Mutant(
                        "redirects are followed",
                        true,
                        Scenarios::redirecting_node,
                        new Defect(
                                DISPATCHER + "net/HttpForwarder.java",
                                "settings.setFollowRedirects(false);",
                                "settings.setFollowRedirects(true);")),
                new Mutant(
                        "commands wait for a Redis that is gone, and are replayed",
                        false,
                        Scenarios::redis_gone,
                        new Defect(
                                "redis/src/main/java/io/yardmaster/redis/Redis.java",
                                "DisconnectedBehavior.REJECT_COMMANDS",
                                "DisconnectedBehavior.DEFAULT")),
                new Mutant(
                        "attempts are spent although there is no node",
                        false,
                        Scenarios::nobody_to_send_to,
                        new Defect(
                                DISPATCH + "Dispatch.java",
                                "return new Settlement.Release(retryAfter);",
                                "return new Settlement.Retry(retryAfter, \"{}\");")),
                new Mutant(
                        "an ambiguous answer is taken for an unreachable node",
                        true,
                        Scenarios::node_that_hangs_up,
                        new Defect(
                                DISPATCH + "Dispatch.java",
                                "if (!(sent.answer() instanceof Answer.Unreachable)) {",
                                "if (!(sent.answer() instanceof Answer.Unreachable"
                                        + " || sent.answer() instanceof Answer.Broken)) {")),
                new Mutant(
                        "a take whose answer was lost is not asked for again",
                        false,
                        Scenarios::lost_answer_of_a_take,
                        new Defect(
                                DISPATCH + "Dispatch.java",
                                "} catch (RedisFailure.NotExecuted e) {",
                                "} catch (RedisFailure e) {")),
                new Mutant(
                        "leases are not renewed",
                        false,
                        Scenarios::long_running_request,
                        new Defect(
                                DISPATCH + "HeldLeases.java",
                                "queue.renew(part.stream().map(Held::lease).toList());",
                                "List.of();")),
                new Mutant(
                        "accepted is said before Redis has it",
                        false,
                        Scenarios::enqueue_into_the_void,
                        new Defect(
                                DISPATCH + "Intake.java",
                                "throw e;",
                                "return offers.stream().<Admission>map(offer ->"
                                        + " new Admission.Queued(offer.request().id())).toList();")),
                new Mutant(
                        "it ends without waiting for what is in flight",
                        false,
                        Scenarios::orderly_end,
                        new Defect(
                                DISPATCHER + "Server.java",
                                "GRACE = Duration.ofSeconds(25);",
                                "GRACE = Duration.ZERO;")),
                new Mutant(
                        "one retry too many",
                        false,
                        Scenarios::failing_node,
                        new Defect(
                                DISPATCH + "RetryPolicy.java",
                                "if (counted > maxRetries) {",
                                "if (counted > maxRetries + 1) {")));
    }

    @Override
    public String toString() {
        return what;
    }
}
