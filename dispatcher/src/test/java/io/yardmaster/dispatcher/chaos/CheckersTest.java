package io.yardmaster.dispatcher.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.dispatcher.chaos.Checker.Violation;
import io.yardmaster.dispatcher.chaos.Evidence.Asked;
import io.yardmaster.dispatcher.chaos.Evidence.Attempt;
import io.yardmaster.dispatcher.chaos.Evidence.Counts;
import io.yardmaster.dispatcher.chaos.Evidence.Ending;
import io.yardmaster.dispatcher.chaos.Evidence.Episode;
import io.yardmaster.dispatcher.chaos.Evidence.Event;
import io.yardmaster.dispatcher.chaos.Evidence.Kind;
import io.yardmaster.dispatcher.chaos.Evidence.Send;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A checker that finds nothing proves nothing: each is shown a history that is sound but for one
/// thing, and has to name it.
class CheckersTest {
    private static final long SECOND = SoundHistory.SECOND;

    /// @param checkers that must speak up, and no others
    /// @param id whose violation it is, empty for none
    record Planted(String what, Set<String> checkers, String id, Consumer<SoundHistory> spoil) {
        @Override
        public String toString() {
            return what;
        }
    }

    private static Planted planted(
            String what, String checker, String id, Consumer<SoundHistory> spoil) {
        return new Planted(what, Set.of(checker), id, spoil);
    }

    static Stream<Planted> violations() {
        return Stream.of(losses(), intruders(), sends(), late(), figures()).flatMap(each -> each);
    }

    private static Stream<Planted> losses() {
        return Stream.of(
                planted(
                        "an accepted request is gone",
                        "lost",
                        "never-arrived",
                        history -> history.events.add(event(Kind.OK, "never-arrived", ""))),
                planted(
                        "success without a send",
                        "lost",
                        "plain",
                        history -> history.sends.removeIf(send -> send.id().equals("plain"))),
                planted(
                        "an accepted request is not found for a while",
                        "lost",
                        "plain",
                        history -> history.events.add(event(Kind.UNSEEN, "plain", ""))),
                planted(
                        "a request has not ended",
                        "stuck",
                        "plain-in-flight",
                        history -> {
                            history.invoked("plain-in-flight", 3, Kind.UNKNOWN);
                            history.end("plain-in-flight", "in-flight", List.of());
                            history.counts.set(0, new Counts("normal", 28, 0, 1, 0, 25, 1, 1, 0));
                        }));
    }

    private static Stream<Planted> intruders() {
        return Stream.of(
                planted(
                        "a refused request was sent",
                        "unexpected",
                        "refused",
                        history -> history.sends.add(send("refused", 1, SECOND))),
                planted(
                        "a request that nobody made was sent",
                        "unexpected",
                        "ghost",
                        history -> history.sends.add(send("ghost", 1, SECOND))),
                planted(
                        "a refused request is there",
                        "unexpected",
                        "turned-away",
                        history -> {
                            history.invoked("turned-away", 0, Kind.FAIL);
                            history.end("turned-away", "expired", List.of());
                            history.counts.set(0, new Counts("normal", 28, 0, 0, 0, 25, 1, 1, 1));
                        }),
                planted(
                        "a redirect was followed",
                        "unexpected",
                        "plain",
                        history ->
                                replace(
                                        history,
                                        "plain",
                                        send ->
                                                new Send(
                                                        send.nanos(),
                                                        "n1",
                                                        send.id(),
                                                        1,
                                                        "normal",
                                                        "n0",
                                                        true))),
                planted(
                        "a body was changed",
                        "unexpected",
                        "plain",
                        history ->
                                replace(
                                        history,
                                        "plain",
                                        send ->
                                                new Send(
                                                        send.nanos(),
                                                        "n0",
                                                        send.id(),
                                                        1,
                                                        "normal",
                                                        "n0",
                                                        false))));
    }

    private static Stream<Planted> sends() {
        return Stream.of(
                planted(
                        "a second send without a cause",
                        "duplicates",
                        "retried",
                        history ->
                                history.end(
                                        "retried",
                                        "succeeded",
                                        List.of(
                                                new Attempt(1, "status"),
                                                new Attempt(2, ""),
                                                new Attempt(3, "succeeded")))),
                planted(
                        "a send after a success",
                        "duplicates",
                        "retried",
                        history ->
                                history.end(
                                        "retried",
                                        "succeeded",
                                        List.of(
                                                new Attempt(1, "status"),
                                                new Attempt(2, "succeeded"),
                                                new Attempt(3, "succeeded")))),
                new Planted(
                        "an attempt sent twice",
                        Set.of("sends"),
                        "plain",
                        history -> history.sends.add(send("plain", 1, SECOND))),
                planted(
                        "more attempts than allowed",
                        "sends",
                        "retried",
                        history ->
                                history.asked.put(
                                        "retried", new Asked("retried", "rest", "normal", 1))),
                new Planted(
                        "more sends than attempts on record",
                        Set.of("sends", "duplicates"),
                        "plain",
                        history -> history.sends.add(send("plain", 2, SECOND))),
                planted(
                        "an attempt that nothing explains",
                        "explained",
                        "retried",
                        history ->
                                history.endings.put(
                                        "retried",
                                        new Ending(
                                                "retried",
                                                "succeeded",
                                                "normal",
                                                4,
                                                "",
                                                "2026-01-01T00:00:00Z",
                                                history.ending("retried").history()))),
                planted(
                        "an attempt that ended twice",
                        "explained",
                        "given-up",
                        history ->
                                history.endings.put(
                                        "given-up",
                                        new Ending(
                                                "given-up",
                                                "dead",
                                                "normal",
                                                1,
                                                "",
                                                "",
                                                List.of(
                                                        new Attempt(1, "lease-lost"),
                                                        new Attempt(1, "status"))))));
    }

    private static Stream<Planted> late() {
        return Stream.of(
                planted(
                        "a send after its successor",
                        "fence",
                        "retried",
                        history -> replaceAttempt(history, "retried", 1, 50 * SECOND)),
                planted(
                        "a send after it was cancelled",
                        "fence",
                        "cancelled",
                        history -> replaceAttempt(history, "cancelled", 1, 50 * SECOND)),
                planted(
                        "what was cancelled succeeded",
                        "settled",
                        "plain",
                        history -> history.events.add(event(Kind.CANCELLED, "plain", ""))),
                planted(
                        "what had succeeded is dead",
                        "settled",
                        "given-up",
                        history ->
                                history.events.add(
                                        event(
                                                Kind.SEEN,
                                                "given-up",
                                                "succeeded 2026-01-01T00:00:00Z"))),
                planted(
                        "what has ended ends again",
                        "settled",
                        "plain",
                        history ->
                                history.events.add(
                                        event(
                                                Kind.SEEN,
                                                "plain",
                                                "succeeded 2025-12-31T23:59:59Z"))),
                planted(
                        "the first is sent last",
                        "order",
                        "in-order-0",
                        history -> replaceAttempt(history, "in-order-0", 1, 50 * SECOND)),
                planted(
                        "it never recovers",
                        "recovery",
                        "",
                        history -> history.episodes.add(new Episode("redis-kill", 0, SECOND, -1))),
                planted(
                        "it recovers too late",
                        "recovery",
                        "",
                        history ->
                                history.episodes.add(
                                        new Episode("redis-kill", 0, SECOND, 91 * SECOND))));
    }

    private static Stream<Planted> figures() {
        return Stream.of(
                planted(
                        "the figures do not add up",
                        "conservation",
                        "",
                        history ->
                                history.counts.set(
                                        0, new Counts("normal", 27, 1, 0, 0, 25, 1, 1, 0))),
                planted(
                        "a request was counted twice",
                        "conservation",
                        "",
                        history ->
                                history.counts.set(
                                        0, new Counts("normal", 28, 0, 0, 0, 26, 1, 1, 0))));
    }

    private static Event event(Kind kind, String id, String detail) {
        return new Event(60 * SECOND, "reader", kind, id, detail);
    }

    private static Send send(String id, int attempt, long nanos) {
        return new Send(nanos, "n0", id, attempt, "normal", "n0", true);
    }

    private static void replace(
            SoundHistory history, String id, java.util.function.UnaryOperator<Send> by) {
        history.sends.replaceAll(send -> send.id().equals(id) ? by.apply(send) : send);
    }

    private static void replaceAttempt(SoundHistory history, String id, int attempt, long nanos) {
        replace(history, id, send -> send.attempt() == attempt ? send(id, attempt, nanos) : send);
    }

    @Test
    void a_sound_history_is_not_complained_about() {
        assertEquals(List.of(), Checkers.check(new SoundHistory().evidence()));
    }

    @Test
    void second_sends_are_counted_by_their_causes() {
        Evidence evidence = new SoundHistory().evidence();
        assertEquals(
                Map.of("status", 1L, "timeout", 1L, "lease-lost", 1L, "retry-after", 1L),
                Tally.duplicateCauses(evidence));
        assertEquals(1, Tally.recovered(evidence));
    }

    @ParameterizedTest
    @MethodSource("violations")
    void one_planted_violation_is_found(Planted planted) {
        SoundHistory history = new SoundHistory();
        planted.spoil().accept(history);
        List<Violation> found = Checkers.check(history.evidence());
        assertEquals(
                new TreeSet<>(planted.checkers()),
                found.stream()
                        .map(Violation::checker)
                        .collect(Collectors.toCollection(TreeSet::new)),
                found.toString());
        assertTrue(
                found.stream().allMatch(violation -> violation.id().equals(planted.id())),
                found.toString());
    }

    @Test
    void every_checker_has_a_planted_violation() {
        Set<String> planted =
                violations()
                        .flatMap(each -> each.checkers().stream())
                        .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(
                Checkers.all().stream()
                        .map(Checker::name)
                        .collect(Collectors.toCollection(TreeSet::new)),
                planted);
    }
}
