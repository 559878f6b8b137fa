package io.yardmaster.dispatcher.chaos;

import io.yardmaster.dispatcher.chaos.Checker.Violation;
import io.yardmaster.dispatcher.chaos.Evidence.Asked;
import io.yardmaster.dispatcher.chaos.Evidence.Counts;
import io.yardmaster.dispatcher.chaos.Evidence.Ending;
import io.yardmaster.dispatcher.chaos.Evidence.Episode;
import io.yardmaster.dispatcher.chaos.Evidence.Event;
import io.yardmaster.dispatcher.chaos.Evidence.Kind;
import io.yardmaster.dispatcher.chaos.Evidence.Send;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/// The rules of the delivery contract (`docs/reliability.md`), one checker each.
final class Checkers {
    /// Why a request may be sent once more. Anything else on record, or nothing, is a violation.
    private static final Set<String> CAUSES =
            Set.of("status", "retry-after", "timeout", "broken-connection", "lease-lost");

    /// What lies between a node's reading of a request and its line in the ledger, on a busy
    /// machine.
    private static final Duration LEDGER_MARGIN = Duration.ofMillis(500);

    /// Far above what is measured (0.1 s to 2 s, and the start of a JVM where one was killed),
    /// because the machine may be busy with other things.
    static final Duration LONGEST_RECOVERY = Duration.ofSeconds(90);

    private Checkers() {}

    static List<Checker> all() {
        return List.of(
                rule("lost", Checkers::lost),
                rule("unexpected", Checkers::unexpected),
                rule("duplicates", Checkers::duplicates),
                rule("sends", Checkers::sends),
                rule("explained", Checkers::explained),
                rule("stuck", Checkers::stuck),
                rule("conservation", Checkers::conservation),
                rule("order", Checkers::order),
                rule("fence", Checkers::fence),
                rule("settled", Checkers::settled),
                rule("recovery", Checkers::recovery));
    }

    static List<Violation> check(Evidence evidence) {
        return all().stream().flatMap(checker -> checker.check(evidence).stream()).toList();
    }

    /// What a rule finds: id and text.
    private record Finding(String id, String what) {}

    private static Checker rule(String name, Function<Evidence, List<Finding>> rule) {
        return new Checker() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public List<Violation> check(Evidence evidence) {
                return rule.apply(evidence).stream()
                        .map(found -> new Violation(name, found.id(), found.what()))
                        .toList();
            }
        };
    }

    /// Jepsen's total-queue: what was acknowledged is there in the end. A request that succeeded
    /// was at a node.
    private static List<Finding> lost(Evidence evidence) {
        List<Finding> found = new ArrayList<>();
        Set<String> sent = new HashSet<>();
        evidence.sends().forEach(send -> sent.add(send.id()));
        for (String id : Tally.ids(evidence, Kind.OK)) {
            Ending ending = Tally.ending(evidence, id);
            if (ending.isMissing()) {
                found.add(new Finding(id, "it was accepted, and nothing is known of it"));
            }
        }
        evidence.endings()
                .forEach((id, ending) -> {
                    if (ending.state().equals("succeeded") && !sent.contains(id)) {
                        found.add(
                                new Finding(
                                        id,
                                        "it is said to have succeeded, and no node received it"));
                    }
                });
        for (Event event : evidence.events()) {
            if (event.kind() == Kind.UNSEEN) {
                found.add(new Finding(event.id(), "it was accepted, and then not found"));
            }
        }
        return found;
    }

    /// What nobody asked for, or what was refused, is nowhere; nothing reaches a node that was not
    /// meant, nor changed.
    private static List<Finding> unexpected(Evidence evidence) {
        List<Finding> found = new ArrayList<>();
        Set<String> possible = Tally.ids(evidence, Kind.OK);
        possible.addAll(Tally.ids(evidence, Kind.UNKNOWN));
        Set<String> open = Tally.ids(evidence, Kind.INVOKE);
        open.removeAll(Tally.ids(evidence, Kind.FAIL));
        possible.addAll(open); // without an answer anything may have happened
        evidence.endings()
                .forEach((id, ending) -> {
                    if (!ending.isMissing() && !possible.contains(id)) {
                        found.add(
                                new Finding(id, "it was refused, and is there: " + ending.state()));
                    }
                });
        for (Send send : evidence.sends()) {
            if (!possible.contains(send.id())) {
                found.add(new Finding(send.id(), "it was not accepted, and sent: " + send));
            }
            if (!send.addressee().equals(send.node())) {
                found.add(new Finding(send.id(), "it was meant for another node: " + send));
            }
            if (!send.intact()) {
                found.add(new Finding(send.id(), "its body was changed: " + send));
            }
        }
        return found;
    }

    /// Every send but a request's last has a cause on record why there was another.
    private static List<Finding> duplicates(Evidence evidence) {
        List<Finding> found = new ArrayList<>();
        Tally.byId(evidence)
                .forEach((id, sends) -> {
                    Ending ending = Tally.ending(evidence, id);
                    int last = sends.stream().mapToInt(Send::attempt).max().orElse(0);
                    sends.stream()
                            .map(Send::attempt)
                            .distinct()
                            .filter(attempt ->
                                    attempt < last && !CAUSES.contains(ending.cause(attempt)))
                            .forEach(attempt ->
                                    found.add(
                                            new Finding(
                                                    id,
                                                    "attempt %d was followed by another, and the cause on record is '%s': %s"
                                                            .formatted(
                                                                    attempt,
                                                                    ending.cause(attempt),
                                                                    ending))));
                });
        return found;
    }

    /// No more sends than attempts, no more attempts than allowed, no attempt twice.
    private static List<Finding> sends(Evidence evidence) {
        List<Finding> found = new ArrayList<>();
        Tally.byId(evidence)
                .forEach((id, sends) -> {
                    Ending ending = Tally.ending(evidence, id);
                    long different = sends.stream().map(Send::attempt).distinct().count();
                    if (different < sends.size()) {
                        found.add(new Finding(id, "an attempt was sent twice: " + sends));
                    }
                    if (!ending.isMissing() && sends.size() > ending.attempts()) {
                        found.add(
                                new Finding(
                                        id,
                                        "%d attempts on record, %d sends: %s"
                                                .formatted(
                                                        ending.attempts(), sends.size(), sends)));
                    }
                });
        evidence.endings()
                .forEach((id, ending) -> {
                    Asked asked = evidence.asked().get(id);
                    long deferred =
                            ending.history().stream()
                                    .filter(line -> line.cause().equals("retry-after"))
                                    .count();
                    if (asked != null && ending.attempts() - deferred > asked.maxRetries() + 1L) {
                        found.add(
                                new Finding(
                                        id,
                                        "%d attempts (%d put off), and %d retries are allowed"
                                                .formatted(
                                                        ending.attempts(),
                                                        deferred,
                                                        asked.maxRetries())));
                    }
                });
        return found;
    }

    /// Every attempt that was counted has exactly one line that says how it ended. One that was
    /// under way when its request was cancelled has none.
    private static List<Finding> explained(Evidence evidence) {
        List<Finding> found = new ArrayList<>();
        evidence.endings()
                .forEach((id, ending) -> {
                    int complete =
                            ending.state().equals("cancelled")
                                    ? ending.attempts() - 1
                                    : ending.attempts();
                    for (int attempt = 1; attempt <= complete; attempt++) {
                        int number = attempt;
                        long lines =
                                ending.history().stream()
                                        .filter(line -> line.number() == number)
                                        .count();
                        if (lines != 1 && ending.isSettled()) {
                            found.add(
                                    new Finding(
                                            id,
                                            "attempt %d has %d lines in its history: %s"
                                                    .formatted(attempt, lines, ending)));
                        }
                    }
                });
        return found;
    }

    private static List<Finding> stuck(Evidence evidence) {
        List<Finding> found = new ArrayList<>();
        evidence.endings()
                .forEach((id, ending) -> {
                    if (!ending.isMissing() && !ending.isSettled()) {
                        found.add(new Finding(id, "it has not ended: " + ending));
                    }
                });
        return found;
    }

    /// The queues' figures add up, and agree with a recount of the requests.
    private static List<Finding> conservation(Evidence evidence) {
        List<Finding> found = new ArrayList<>();
        Map<String, Map<String, Long>> recount = new TreeMap<>();
        evidence.endings().values().stream()
                .filter(ending -> !ending.isMissing())
                .forEach(ending -> {
                    Map<String, Long> of =
                            recount.computeIfAbsent(ending.priority(), _ -> new HashMap<>());
                    of.merge(ending.state(), 1L, Long::sum);
                    of.merge("enqueued", 1L, Long::sum);
                });
        for (Counts counts : evidence.counts()) {
            long where =
                    counts.depth()
                            + counts.inFlight()
                            + counts.scheduled()
                            + counts.succeeded()
                            + counts.failed()
                            + counts.cancelled()
                            + counts.expired();
            if (where != counts.enqueued()) {
                found.add(new Finding("", counts + " add up to " + where));
            }
            Map<String, Long> counted = recount.getOrDefault(counts.priority(), Map.of());
            Map<String, Long> said =
                    Map.of(
                            "enqueued", counts.enqueued(),
                            "succeeded", counts.succeeded(),
                            "dead", counts.failed(),
                            "cancelled", counts.cancelled(),
                            "expired", counts.expired());
            said.forEach((figure, value) -> {
                long actual = counted.getOrDefault(figure, 0L);
                if (actual != value) {
                    found.add(
                            new Finding(
                                    "",
                                    "%s: %s is %d, and a recount finds %d"
                                            .formatted(counts.priority(), figure, value, actual)));
                }
            });
        }
        return found;
    }

    /// First sends go by the order of enqueueing within a priority, but for what is in flight at
    /// once.
    private static List<Finding> order(Evidence evidence) {
        Map<String, Long> first = new HashMap<>();
        evidence.sends().forEach(send -> first.merge(send.id(), send.nanos(), Math::min));
        List<Finding> found = new ArrayList<>();
        for (int i = 0; i < evidence.orderly().size(); i++) {
            String id = evidence.orderly().get(i);
            Long sent = first.get(id);
            if (sent == null) {
                continue; // lost or stuck, which others say
            }
            long overtaken =
                    evidence.orderly().subList(i + 1, evidence.orderly().size()).stream()
                            .filter(later ->
                                    priority(evidence, later).equals(priority(evidence, id)))
                            .filter(later -> first.getOrDefault(later, Long.MAX_VALUE) < sent)
                            .count();
            if (overtaken > evidence.inversions()) {
                found.add(
                        new Finding(
                                id,
                                "%d later requests were sent before it (expected: at most %d)"
                                        .formatted(overtaken, evidence.inversions())));
            }
        }
        return found;
    }

    /// Once a later attempt was sent, an earlier one is not; nor anything of a cancelled request.
    private static List<Finding> fence(Evidence evidence) {
        List<Finding> found = new ArrayList<>();
        Map<String, Long> cancelled = new HashMap<>();
        for (Event event : evidence.events()) {
            if (event.kind() == Kind.CANCELLED) {
                cancelled.merge(event.id(), event.nanos(), Math::min);
            }
        }
        Tally.byId(evidence)
                .forEach((id, sends) -> {
                    long forbidden =
                            cancelled.getOrDefault(id, Long.MAX_VALUE - LEDGER_MARGIN.toNanos());
                    for (Send send : sends) {
                        for (Send other : sends) {
                            if (other.attempt() > send.attempt()
                                    && send.nanos() - other.nanos() > LEDGER_MARGIN.toNanos()) {
                                found.add(
                                        new Finding(
                                                id,
                                                "sent after its successor: "
                                                        + send
                                                        + ", "
                                                        + other));
                            }
                        }
                        if (send.nanos() > forbidden + LEDGER_MARGIN.toNanos()) {
                            found.add(new Finding(id, "sent after it was cancelled: " + send));
                        }
                    }
                });
        return found;
    }

    /// What has ended stays as it is.
    private static List<Finding> settled(Evidence evidence) {
        List<Finding> found = new ArrayList<>();
        for (Event event : evidence.events()) {
            Ending ending = Tally.ending(evidence, event.id());
            String now = ending.state() + " " + ending.settledAt();
            if (event.kind() == Kind.CANCELLED && !ending.state().equals("cancelled")) {
                found.add(new Finding(event.id(), "it was cancelled, and is " + now));
            }
            if (event.kind() == Kind.SEEN && !event.detail().equals(now)) {
                found.add(
                        new Finding(
                                event.id(), "it was " + event.detail() + ", and is now " + now));
            }
        }
        return found;
    }

    private static List<Finding> recovery(Evidence evidence) {
        List<Finding> found = new ArrayList<>();
        for (Episode episode : evidence.episodes()) {
            if (episode.recoveredNanos() < 0
                    || episode.recoveredNanos() > LONGEST_RECOVERY.toNanos()) {
                found.add(
                        new Finding(
                                "",
                                "after " + episode.fault() + " it did not recover: " + episode));
            }
        }
        return found;
    }

    private static String priority(Evidence evidence, String id) {
        Asked asked = evidence.asked().get(id);
        return asked == null ? "" : asked.priority();
    }
}
