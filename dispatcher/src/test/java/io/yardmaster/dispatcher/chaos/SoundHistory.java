package io.yardmaster.dispatcher.chaos;

import io.yardmaster.dispatcher.chaos.Evidence.Asked;
import io.yardmaster.dispatcher.chaos.Evidence.Attempt;
import io.yardmaster.dispatcher.chaos.Evidence.Counts;
import io.yardmaster.dispatcher.chaos.Evidence.Ending;
import io.yardmaster.dispatcher.chaos.Evidence.Episode;
import io.yardmaster.dispatcher.chaos.Evidence.Event;
import io.yardmaster.dispatcher.chaos.Evidence.Kind;
import io.yardmaster.dispatcher.chaos.Evidence.Send;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Evidence in which everything is as it should be, and which tests then spoil in one place. All
/// its parts can be changed.
final class SoundHistory {
    static final long SECOND = 1_000_000_000L;

    final Map<String, Asked> asked = new HashMap<>();
    final List<Event> events = new ArrayList<>();
    final List<Send> sends = new ArrayList<>();
    final Map<String, Ending> endings = new HashMap<>();
    final List<Counts> counts = new ArrayList<>();
    final List<Episode> episodes = new ArrayList<>();
    final List<String> orderly = new ArrayList<>();

    SoundHistory() {
        accepted("plain", 3, "succeeded", "succeeded");
        accepted("retried", 3, "succeeded", "status", "timeout", "succeeded");
        accepted("taken-over", 1, "succeeded", "lease-lost", "succeeded");
        accepted("put-off", 0, "succeeded", "retry-after", "succeeded");
        accepted("given-up", 0, "dead", "status");
        accepted("cancelled", 3, "cancelled", "status");
        events.add(new Event(30 * SECOND, "reader", Kind.CANCELLED, "cancelled", ""));
        for (int i = 0; i < 20; i++) {
            accepted("in-order-" + i, 0, "succeeded", "succeeded");
            orderly.add("in-order-" + i);
        }
        add("open", Kind.UNKNOWN, 3, "succeeded", "succeeded");
        invoked("refused", 0, Kind.FAIL);
        endings.put("refused", Ending.missing("refused"));
        invoked("never-arrived", 0, Kind.UNKNOWN);
        endings.put("never-arrived", Ending.missing("never-arrived"));
        Ending plain = ending("plain");
        events.add(
                new Event(
                        40 * SECOND,
                        "reader",
                        Kind.SEEN,
                        "plain",
                        "succeeded " + plain.settledAt()));
        counts.add(new Counts("normal", 27, 0, 0, 0, 25, 1, 1, 0));
        episodes.add(new Episode("redis-kill", 5 * SECOND, 7 * SECOND, SECOND));
    }

    private void accepted(String id, int maxRetries, String state, String... causes) {
        add(id, Kind.OK, maxRetries, state, causes);
    }

    private void add(String id, Kind heard, int maxRetries, String state, String... causes) {
        invoked(id, maxRetries, heard);
        List<Attempt> history = new ArrayList<>();
        for (int i = 0; i < causes.length; i++) {
            history.add(new Attempt(i + 1, causes[i]));
            send(id, i + 1);
        }
        end(id, state, history);
    }

    void invoked(String id, int maxRetries, Kind heard) {
        asked.put(id, new Asked(id, "rest", "normal", maxRetries));
        events.add(new Event(now(), "rest0", Kind.INVOKE, id, ""));
        events.add(new Event(now(), "rest0", heard, id, ""));
    }

    void send(String id, int attempt) {
        sends.add(new Send(now(), "n0", id, attempt, "normal", "n0", true));
    }

    void end(String id, String state, List<Attempt> history) {
        endings.put(
                id,
                new Ending(
                        id,
                        state,
                        "normal",
                        history.size(),
                        "",
                        "2026-01-01T00:00:00Z",
                        List.copyOf(history)));
    }

    /// 10 ms after whatever was last.
    private long now() {
        return (events.size() + sends.size() + 1) * SECOND / 100;
    }

    Ending ending(String id) {
        return endings.getOrDefault(id, Ending.missing(id));
    }

    Evidence evidence() {
        return new Evidence(asked, events, sends, endings, counts, episodes, orderly, 5);
    }
}
