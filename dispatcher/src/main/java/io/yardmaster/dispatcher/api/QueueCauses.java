package io.yardmaster.dispatcher.api;

import io.yardmaster.dispatcher.api.Why.Cause;
import io.yardmaster.dispatcher.api.Why.Reason;
import io.yardmaster.queue.Found;
import io.yardmaster.queue.Holdup;
import io.yardmaster.queue.QueueName;
import io.yardmaster.queue.StoredRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a request waits for as far as its queue decides: a pause, its time, its attempt under way.
/// What else does is asked of [Why]. Thread-safe.
final class QueueCauses {
    private final Why why;

    QueueCauses(Why why) {
        this.why = why;
    }

    /// The main cause first.
    ///
    /// @param flight where it is, when it is in flight and that is known
    List<Cause> of(Found.Live live, Holdup holdup, Optional<Why.Flight> flight) {
        if (live.expired()) {
            return List.of(over("its time to live is over"));
        }
        StoredRequest stored = live.stored();
        return switch (stored.state()) {
            case LEASED -> List.of(inFlight(live, holdup.now(), flight));
            case DEAD -> List.of(over("it was given up"));
            case QUEUED -> held(live, holdup);
            // Nobody delayed it: a replica had it and gave it back, because no node would take it.
            case SCHEDULED -> stored.released() ? held(live, holdup) : later(live, holdup);
        };
    }

    static Cause over(String because) {
        return new Cause(Reason.SETTLED, "It waits for nothing: " + because + ".", Map.of());
    }

    private List<Cause> held(Found.Live live, Holdup holdup) {
        List<Cause> causes = new ArrayList<>();
        paused(live, holdup).ifPresent(causes::add);
        causes.addAll(why.waiting(live, holdup));
        return causes;
    }

    /// Until its time has come, only what will still be there then is worth telling.
    private List<Cause> later(Found.Live live, Holdup holdup) {
        List<Cause> causes = new ArrayList<>();
        causes.add(live.stored().history().isEmpty() ? delayed(live, holdup) : retry(live, holdup));
        held(live, holdup).stream().filter(each -> each.reason().lasting()).forEach(causes::add);
        return causes;
    }

    private static Optional<Cause> paused(Found.Live live, Holdup holdup) {
        QueueName name = live.stored().request().queue();
        return holdup.pausedAt()
                .map(since -> {
                    long forMs = Math.max(0, Duration.between(since, holdup.now()).toMillis());
                    Map<String, Object> details = new LinkedHashMap<>();
                    details.put("pausedAtMs", since.toEpochMilli());
                    details.put("pausedForMs", forMs);
                    return new Cause(
                            Reason.PAUSED,
                            "Its queue %s/%s was paused by an operator at %s, %s ago, and must be resumed."
                                    .formatted(
                                            name.service(),
                                            name.priority().text(),
                                            since,
                                            Spoken.length(Duration.ofMillis(forMs))),
                            details);
                });
    }

    private Cause inFlight(Found.Live live, Instant now, Optional<Why.Flight> flight) {
        int attempt = live.stored().attempts();
        int most = why.attempts(live.stored());
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("attempt", attempt);
        details.put("maxAttempts", most);
        details.put("leaseLeftMs", live.waits().toMillis());
        if (flight.isEmpty()) {
            return new Cause(
                    Reason.IN_FLIGHT,
                    "It is in flight, as attempt %d of %d, but no replica says at which node; its lease ends in %s, and unless it is prolonged the request comes back then."
                            .formatted(attempt, most, Spoken.length(live.waits())),
                    details);
        }
        Why.Flight known = flight.get();
        Duration been = Duration.between(known.sentAt(), now);
        details.put("node", known.node());
        details.put("replica", known.replica());
        details.put("sentAtMs", known.sentAt().toEpochMilli());
        details.put("inFlightMs", Math.max(0, been.toMillis()));
        details.put("deadlineMs", known.deadline().toEpochMilli());
        return new Cause(
                Reason.IN_FLIGHT,
                "It is at node %s since %s, as attempt %d of %d, sent by replica %s %s ago; it is given up there at %s."
                        .formatted(
                                known.node(),
                                known.sentAt(),
                                attempt,
                                most,
                                known.replica(),
                                Spoken.length(been),
                                known.deadline()),
                details);
    }

    private static Cause delayed(Found.Live live, Holdup holdup) {
        return new Cause(
                Reason.DELAYED,
                "It was delayed by its producer and is due in " + Spoken.length(live.waits()) + ".",
                due(live, holdup));
    }

    private Cause retry(Found.Live live, Holdup holdup) {
        int failed = live.stored().attempts();
        int most = why.attempts(live.stored());
        Map<String, Object> details = due(live, holdup);
        details.put("attempt", failed + 1);
        details.put("maxAttempts", most);
        return new Cause(
                Reason.RETRY,
                "Its attempt %d failed; attempt %d of %d is due in %s."
                        .formatted(failed, failed + 1, most, Spoken.length(live.waits())),
                details);
    }

    private static Map<String, Object> due(Found.Live live, Holdup holdup) {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("dueInMs", live.waits().toMillis());
        details.put("dueAtMs", holdup.now().plus(live.waits()).toEpochMilli());
        return details;
    }
}
