package io.yardmaster.dispatcher.events;

import io.yardmaster.ratelimit.Breakers;
import java.time.Duration;

/// Tells this replica's breakers which of the other replicas' opened: theirs then need less
/// evidence of their own. See [Breakers#hint].
///
/// @param replica this one
public record BreakerHints(Breakers breakers, String replica) implements EventListener {

    @Override
    public void happened(Told event) {
        long openForMs = event.data().path(Event.BreakerChanged.OPEN_FOR_MS).asLong();
        if (openForMs > 0 && !event.source().equals(replica)) {
            breakers.hint(
                    event.data().path("service").asText(),
                    event.data().path("node").asText(),
                    Duration.ofMillis(openForMs));
        }
    }
}
