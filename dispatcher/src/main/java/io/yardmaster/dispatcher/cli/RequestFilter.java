package io.yardmaster.dispatcher.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// Which requests: the filters of `GET /v1/requests` as options.
final class RequestFilter {
    static final List<String> STATES =
            List.of(
                    "queued",
                    "scheduled",
                    "in-flight",
                    "succeeded",
                    "dead",
                    "cancelled",
                    "expired");

    @Option(
            names = "--state",
            paramLabel = "STATE",
            split = ",",
            converter = StateName.class,
            description =
                    "queued, scheduled, in-flight, succeeded, dead, cancelled or expired; several"
                            + " with commas.")
    List<String> states = new ArrayList<>();

    @Option(names = "--service", paramLabel = "NAME", description = "Only this service.")
    @Nullable String service;

    @Option(
            names = "--priority",
            paramLabel = "PRIORITY",
            converter = QueueTarget.PriorityName.class,
            description = "Only this priority.")
    @Nullable String priority;

    @Option(names = "--node", paramLabel = "NODE", description = "Only those at or last at a node.")
    @Nullable String node;

    @Option(names = "--id", paramLabel = "START", description = "Only ids that start so.")
    @Nullable String id;

    @Option(names = "--reason", paramLabel = "TEXT", description = "Only with this reason.")
    @Nullable String reason;

    @Option(
            names = "--min-age",
            paramLabel = "TIME",
            converter = Durations.class,
            description = "Only older ones (5m, 2h).")
    @Nullable Duration minAge;

    @Option(
            names = "--max-age",
            paramLabel = "TIME",
            converter = Durations.class,
            description = "Only younger ones.")
    @Nullable Duration maxAge;

    boolean isEmpty() {
        return states.isEmpty()
                && service == null
                && priority == null
                && node == null
                && id == null
                && reason == null
                && minAge == null
                && maxAge == null;
    }

    /// As a query.
    ///
    /// @param limit most rows, or null
    /// @param cursor where to go on, or null
    String query(@Nullable String limit, @Nullable String cursor) {
        return Call.query(
                "state",
                states.isEmpty() ? null : String.join(",", states),
                "service",
                service,
                "priority",
                priority,
                "node",
                node,
                "id",
                id,
                "minAgeMs",
                millis(minAge),
                "maxAgeMs",
                millis(maxAge),
                "reason",
                reason,
                "limit",
                limit,
                "cursor",
                cursor);
    }

    /// As the `filter` of a bulk action.
    ///
    /// @param usual the states that are meant when none is named
    JsonObject json(List<String> usual) {
        return new JsonObject()
                .text("state", String.join(",", states.isEmpty() ? usual : states))
                .text("service", service)
                .text("priority", priority)
                .text("node", node)
                .text("id", id)
                .number("minAgeMs", minAge == null ? null : minAge.toMillis())
                .number("maxAgeMs", maxAge == null ? null : maxAge.toMillis())
                .text("reason", reason);
    }

    private static @Nullable String millis(@Nullable Duration duration) {
        return duration == null ? null : Long.toString(duration.toMillis());
    }

    /// Reads one state.
    static final class StateName implements ITypeConverter<String> {
        @Override
        public String convert(String value) {
            if (!STATES.contains(value)) {
                throw new TypeConversionException(
                        "'" + value + "' (expected: " + String.join(", ", STATES) + ")");
            }
            return value;
        }
    }
}
