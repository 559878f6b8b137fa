package io.yardmaster.dispatcher.chaos;

import io.yardmaster.dispatcher.chaos.Evidence.Ending;
import io.yardmaster.dispatcher.chaos.Evidence.Event;
import io.yardmaster.dispatcher.chaos.Evidence.Kind;
import io.yardmaster.dispatcher.chaos.Evidence.Send;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Counts and groups what a run left behind.
final class Tally {
    private Tally() {}

    /// Second sends by their cause, and the attempts that were deferred or lost.
    static Map<String, Long> duplicateCauses(Evidence evidence) {
        Map<String, Long> causes = new TreeMap<>();
        byId(evidence)
                .forEach((id, sends) -> {
                    int last = sends.stream().mapToInt(Send::attempt).max().orElse(0);
                    sends.stream()
                            .filter(send -> send.attempt() < last)
                            .forEach(send ->
                                    causes.merge(
                                            ending(evidence, id).cause(send.attempt()),
                                            1L,
                                            Long::sum));
                });
        return causes;
    }

    /// Whose answer was lost, and which turned out to be in.
    static long recovered(Evidence evidence) {
        Set<String> open = ids(evidence, Kind.UNKNOWN);
        open.removeAll(ids(evidence, Kind.OK));
        return open.stream().filter(id -> !ending(evidence, id).isMissing()).count();
    }

    static Set<String> ids(Evidence evidence, Kind kind) {
        Set<String> ids = new HashSet<>();
        for (Event event : evidence.events()) {
            if (event.kind() == kind) {
                ids.add(event.id());
            }
        }
        return ids;
    }

    /// The ledger of each request, in the order of time.
    static Map<String, List<Send>> byId(Evidence evidence) {
        Map<String, List<Send>> byId = new TreeMap<>();
        for (Send send : evidence.sends()) {
            byId.computeIfAbsent(send.id(), _ -> new ArrayList<>()).add(send);
        }
        byId.values().forEach(sends -> sends.sort(Comparator.comparingLong(Send::nanos)));
        return byId;
    }

    static Ending ending(Evidence evidence, String id) {
        return evidence.endings().getOrDefault(id, Ending.missing(id));
    }
}
