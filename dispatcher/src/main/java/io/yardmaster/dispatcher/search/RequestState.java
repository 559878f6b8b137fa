package io.yardmaster.dispatcher.search;

import io.yardmaster.queue.Found;
import io.yardmaster.queue.RequestHead;
import java.util.Locale;
import java.util.Optional;

/// The states of the contract, in the order that lists show them.
public enum RequestState {
    IN_FLIGHT,
    QUEUED,
    SCHEDULED,
    DEAD,
    SUCCEEDED,
    CANCELLED,
    EXPIRED;

    private final String text = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /// As the API says it, such as `in-flight`.
    public String text() {
        return text;
    }

    public static Optional<RequestState> of(String text) {
        for (RequestState state : values()) {
            if (state.text.equals(text)) {
                return Optional.of(state);
            }
        }
        return Optional.empty();
    }

    static RequestState of(RequestHead head) {
        if (head.expired()) {
            return EXPIRED;
        }
        return switch (head.state()) {
            case QUEUED -> QUEUED;
            case SCHEDULED -> SCHEDULED;
            case LEASED -> IN_FLIGHT;
            case DEAD -> DEAD;
        };
    }

    static RequestState of(Found.End end) {
        return switch (end) {
            case SUCCEEDED -> SUCCEEDED;
            case DEAD -> DEAD;
            case CANCELLED -> CANCELLED;
            case EXPIRED -> EXPIRED;
        };
    }
}
