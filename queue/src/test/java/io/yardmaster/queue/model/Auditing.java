package io.yardmaster.queue.model;

import io.yardmaster.queue.Audit;
import io.yardmaster.queue.AuditReport;
import io.yardmaster.queue.Repair;
import io.yardmaster.queue.model.Shard.Outcome;
import io.yardmaster.queue.model.Shard.Request;
import io.yardmaster.queue.model.Shard.State;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/// Passes of the audit: in a sound shard they mend nothing; after damage that an entry is lost they
/// bring it back, and never a request that has ended.
final class Auditing {
    private static final long LEASE = 5000;

    private final Draw draw;
    private final Shard shard;
    private Optional<Kept> kept = Optional.empty();

    /// A waiting request as it once stood in Redis.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Kept(
            String id, String queue, String ticket, String fingerprint, byte[] record) {}

    Auditing(Draw draw) {
        this.draw = draw;
        this.shard = draw.shard;
    }

    private static List<Object> audit(RealShard real) {
        try {
            return real.audit().pass().map(Auditing::text).orElseThrow();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static List<Object> text(AuditReport report) {
        return report.repairs().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .<Object>map(entry -> entry.getKey().text() + "=" + entry.getValue())
                .toList();
    }

    /// A pass; what is left of former accidents goes, and nothing else.
    Step pass() {
        return step("audit", _ -> {}, real -> audit(real), _ -> expectedOfAccidents());
    }

    /// Of the strays that accidents left, and takes them out of the model.
    private List<Object> expectedOfAccidents() {
        int leases = shard.leases.size();
        int later = shard.later.size();
        shard.leases.keySet().removeIf(member -> !isHeld(member));
        shard.later.keySet().removeIf(ticket -> shard.behind(ticket, State.SCHEDULED).isEmpty());
        List<Object> repairs = new java.util.ArrayList<>();
        if (leases > shard.leases.size()) {
            repairs.add(Repair.LEASE_STRAY.text() + "=" + (leases - shard.leases.size()));
        }
        if (later > shard.later.size()) {
            repairs.add(Repair.LATER_STRAY.text() + "=" + (later - shard.later.size()));
        }
        return repairs;
    }

    private boolean isHeld(String member) {
        return shard.behind(member.substring(0, member.indexOf('|')), State.LEASED)
                .filter(r -> r.member().equals(member))
                .isPresent();
    }

    private Step step(
            String what,
            Consumer<RealShard> damage,
            Function<RealShard, List<Object>> audited,
            Step.Meaning meaning) {
        return new Step(
                what,
                real -> {
                    damage.accept(real);
                    List<Object> answer = audited.apply(real);
                    return new RealShard.Answer(
                            shard.damaged ? withoutCounts(answer) : answer, real.look().clock());
                },
                meaning,
                Step.Repeated.NEVER,
                0);
    }

    /// Accidents lay tickets that nobody counts, so that depths are put right at any time.
    private static List<Object> withoutCounts(List<Object> answer) {
        return answer.stream().filter(each -> !each.toString().startsWith("count=")).toList();
    }

    private Optional<Request> any(State state) {
        return draw.anyOf(shard.requests.values().stream().filter(r -> r.state == state).toList());
    }

    private List<Object> and(Repair repair, List<Object> others) {
        return java.util.stream.Stream.concat(
                        java.util.stream.Stream.of(repair), others.stream().map(Auditing::kindOf))
                .sorted()
                .<Object>map(kind ->
                        kind == repair
                                ? repair.text() + "=1"
                                : others.stream()
                                        .filter(each -> kindOf(each) == kind)
                                        .findFirst()
                                        .orElseThrow())
                .toList();
    }

    private static Repair kindOf(Object repaired) {
        String text = repaired.toString();
        for (Repair each : Repair.values()) {
            if (each.text().equals(text.substring(0, text.indexOf('=')))) {
                return each;
            }
        }
        throw new AssertionError(text);
    }

    Step leaseVanishes() {
        Optional<Request> found =
                any(State.LEASED).filter(r -> shard.leases.containsKey(r.member()));
        if (found.isEmpty()) {
            return pass();
        }
        Request r = found.get();
        return vanishes(":leases", r.member(), Repair.LEASE_MISSING, shard.leases, LEASE);
    }

    Step dueVanishes() {
        Optional<Request> found =
                any(State.SCHEDULED).filter(r -> shard.later.containsKey(r.ticket()));
        if (found.isEmpty()) {
            return pass();
        }
        return vanishes(":later", found.get().ticket(), Repair.LATER_MISSING, shard.later, 0);
    }

    /// The entry comes back with a time from now on, which is read back.
    private Step vanishes(
            String key, String entry, Repair repair, Map<String, Long> index, long from) {
        long[] score = new long[1];
        return step(
                "accident: gone is " + entry,
                real -> real.remove(key, entry),
                real -> {
                    List<Object> answer = audit(real);
                    score[0] = real.score(key, entry);
                    return answer;
                },
                _ -> {
                    List<Object> others = expectedOfAccidents();
                    long late = score[0] - from - shard.now;
                    // Another time than one from now on differs from what is in Redis.
                    index.put(entry, shard.now + from + Math.clamp(late, 0, Step.CLOCK_STEP));
                    return and(repair, others);
                });
    }

    Step ticketVanishes() {
        Optional<Request> found = any(State.QUEUED);
        if (found.isEmpty()) {
            return pass();
        }
        Request r = found.get();
        String ticket = r.ticket();
        return step(
                "accident: gone is the ticket " + ticket,
                real -> {
                    real.pull(":q:" + r.queue, ticket);
                    letAMillisecondPass();
                },
                Auditing::audit,
                _ -> {
                    List<Object> others = expectedOfAccidents();
                    shard.list(r.queue).removeIf(ticket::equals);
                    shard.list(r.queue).addFirst(ticket);
                    r.history.add(
                            "{\"attempt\":" + r.attempts + ",\"at\":T,\"cause\":\"ticket-lost\"}");
                    return and(Repair.TICKET_MISSING, others);
                });
    }

    /// What was enqueued in the millisecond in which a pass begins is left to the next pass.
    private static void letAMillisecondPass() {
        try {
            Thread.sleep(2);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    Step outcomeVanishes() {
        Optional<Request> found = any(State.DEAD);
        if (found.isEmpty()) {
            return pass();
        }
        Request r = found.get();
        return step(
                "accident: gone is the outcome of " + r.id,
                real -> real.delete(":o:" + r.id),
                Auditing::audit,
                _ -> {
                    List<Object> others = expectedOfAccidents();
                    shard.outcomes.put(
                            r.id,
                            shard.ownOutcome(
                                    r,
                                    'D',
                                    "outcome-lost",
                                    "its outcome was deleted by other hands"));
                    return and(Repair.OUTCOME_MISSING, others);
                });
    }

    /// What has ended comes back from a backup, as it was while it waited.
    Step endedComesBack() {
        if (kept.isPresent()) {
            Kept old = kept.get();
            Outcome outcome = shard.outcomes.get(old.id());
            boolean ended = outcome != null && outcome.fingerprint().equals(old.fingerprint());
            if (ended && !shard.requests.containsKey(old.id())) {
                kept = Optional.empty();
                return step(
                        "accident: back is " + old.id(),
                        real -> {
                            real.set(":r:" + old.id(), old.record());
                            real.push(":q:" + old.queue(), old.ticket());
                        },
                        Auditing::audit,
                        _ -> {
                            List<Object> others = expectedOfAccidents();
                            shard.list(old.queue()).add(old.ticket());
                            return and(Repair.ENDED_AND_LIVE, others);
                        });
            }
        }
        Optional<Request> found = kept.isPresent() ? Optional.empty() : any(State.QUEUED);
        if (found.isEmpty()) {
            kept = draw.random.nextInt(20) == 0 ? Optional.empty() : kept;
            return pass();
        }
        Request r = found.get();
        Kept copy = new Kept(r.id, r.queue, r.ticket(), Shard.fingerprint(r.content), new byte[0]);
        return step(
                "backup of " + r.id,
                real ->
                        kept =
                                Optional.of(
                                        new Kept(
                                                copy.id(),
                                                copy.queue(),
                                                copy.ticket(),
                                                copy.fingerprint(),
                                                real.get(":r:" + r.id))),
                _ -> List.of(),
                _ -> List.of());
    }

    static Audit of(io.yardmaster.redis.Redis redis) {
        return new Audit(
                redis,
                0,
                "auditor",
                java.time.Duration.ofMillis(LEASE),
                new Audit.Pace(java.time.Duration.ofSeconds(20), () -> 0, _ -> {}),
                new java.util.SplittableRandom(1),
                () -> {
                    throw new AssertionError("the configuration was there");
                });
    }
}
