package io.yardmaster.dispatcher.cli;

import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// One queue, or the four of a service.
///
/// @param service the service's name
/// @param priorities one priority, or all four, most urgent first
record QueueTarget(String service, List<String> priorities) {
    static final List<String> PRIORITIES = List.of("critical", "high", "normal", "low");

    /// As people write it: `SERVICE` or `SERVICE/PRIORITY`.
    String name() {
        return priorities.size() == 1 ? service + "/" + priorities.getFirst() : service;
    }

    static String path(String service, String priority) {
        return "/v1/queues/" + Call.encode(service) + "/" + Call.encode(priority);
    }

    /// Reads `SERVICE` and `SERVICE/PRIORITY`.
    static final class Converter implements ITypeConverter<QueueTarget> {
        @Override
        public QueueTarget convert(String value) {
            int slash = value.lastIndexOf('/');
            if (slash < 0 && !value.isEmpty()) {
                return new QueueTarget(value, PRIORITIES);
            }
            String service = slash < 0 ? "" : value.substring(0, slash);
            String priority = value.substring(slash + 1);
            if (service.isEmpty() || !PRIORITIES.contains(priority)) {
                throw new TypeConversionException(
                        "'"
                                + value
                                + "' (expected: SERVICE or SERVICE/PRIORITY, the priority one of "
                                + String.join(", ", PRIORITIES)
                                + ")");
            }
            return new QueueTarget(service, List.of(priority));
        }
    }

    /// Reads one of the four priorities.
    static final class PriorityName implements ITypeConverter<String> {
        @Override
        public String convert(String value) {
            if (!PRIORITIES.contains(value)) {
                throw new TypeConversionException(
                        "'" + value + "' (expected: " + String.join(", ", PRIORITIES) + ")");
            }
            return value;
        }
    }
}
