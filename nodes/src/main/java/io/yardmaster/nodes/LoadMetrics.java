package io.yardmaster.nodes;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.util.Base64;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The load that a node names in an answer: ORCA's `OrcaLoadReport` (github.com/cncf/xds,
/// `xds/data/orca/v3`), in the forms that Envoy reads.
///
/// - `endpoint-load-metrics: TEXT cpu_utilization=0.3, mem_utilization=0.8, named_metrics.io=0.1`;
///   `:` stands for `=` too, and before there were prefixes `TEXT` was left out
/// - `endpoint-load-metrics: JSON {"cpu_utilization":0.3,"named_metrics":{"io":0.1}}`, also with
///   the names in camel case; formerly in `endpoint-load-metrics-json`
/// - `endpoint-load-metrics: BIN <base64 of the message>`, also in `endpoint-load-metrics-bin`
///
/// `cpu_utilization` counts, else `application_utilization`; above 1 is 1, as ORCA allows more. Of
/// the named metrics and the map `utilization` it takes `io`, `cores`, `connections` and
/// `in_flight` when they make sense; to ORCA they are opaque, so another meaning is no fault. All
/// other metrics are passed over.
///
/// @param cpu 0 to 1
/// @param memory 0 to 1; null when the node does not say
/// @param io 0 to 1; null when the node does not say
/// @param cores 1 to 4096; 0 when the node does not say
/// @param connections as in [Report]
record LoadMetrics(
        double cpu, @Nullable Double memory, @Nullable Double io, int cores, int connections) {
    /// What came of reading.
    sealed interface Read {
        record Load(LoadMetrics metrics) implements Read {}

        /// A sound report that names no load.
        record Silent() implements Read {}

        record Refused(String why) implements Read {}
    }

    private static final String HEADER = "endpoint-load-metrics";
    private static final String JSON_HEADER = "endpoint-load-metrics-json";
    private static final String BINARY_HEADER = "endpoint-load-metrics-bin";
    private static final int LONGEST = 4 * 1024;
    private static final Pattern NAME = Pattern.compile("[\\x21-\\x7e]+");
    private static final Pattern NUMBER =
            Pattern.compile("[+-]?(\\d{1,40}(\\.\\d{0,40})?|\\.\\d{1,40})([eE][+-]?\\d{1,4})?");

    private static final JsonFactory JSON =
            JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(4).build())
                    .build();

    /// True when a field of this name carries load metrics; any case.
    static boolean isHeader(String name) {
        int length = name.length();
        return (length == HEADER.length() && name.equalsIgnoreCase(HEADER))
                || (length == JSON_HEADER.length() && name.equalsIgnoreCase(JSON_HEADER))
                || (length == BINARY_HEADER.length() && name.equalsIgnoreCase(BINARY_HEADER));
    }

    /// Reads one field. Never throws, whatever the value.
    static Read read(String name, String value) {
        if (value.length() > LONGEST) {
            return new Read.Refused(value.length() + " characters (expected: at most 4096)");
        }
        try {
            Map<String, Double> metrics =
                    switch (name.toLowerCase(Locale.ROOT)) {
                        case BINARY_HEADER -> binary(value);
                        case JSON_HEADER -> json(value);
                        default -> prefixed(value);
                    };
            return of(metrics);
        } catch (Unreadable e) {
            return new Read.Refused(String.valueOf(e.getMessage()));
        }
    }

    /// Why a value is none; never leaves this class and [OrcaMessage].
    static final class Unreadable extends Exception {
        private static final long serialVersionUID = 1L;

        Unreadable(String message) {
            super(message, null, false, false);
        }
    }

    private static Map<String, Double> prefixed(String value) throws Unreadable {
        if (value.startsWith("TEXT ")) {
            return text(value.substring(5));
        }
        if (value.startsWith("JSON ")) {
            return json(value.substring(5));
        }
        return value.startsWith("BIN ") ? binary(value.substring(4)) : text(value);
    }

    private static Map<String, Double> text(String value) throws Unreadable {
        Map<String, Double> metrics = new HashMap<>();
        for (String pair : value.split(",", -1)) {
            if (pair.isBlank() && value.indexOf(',') >= 0) {
                continue; // RFC 9110: a list may have empty elements
            }
            int end = separator(pair);
            if (end < 0) {
                throw new Unreadable(shown(pair) + " (expected: name=number)");
            }
            String name = pair.substring(0, end).strip();
            String number = pair.substring(end + 1).strip();
            if (!NAME.matcher(name).matches() || !NUMBER.matcher(number).matches()) {
                throw new Unreadable(shown(pair) + " (expected: name=number)");
            }
            put(metrics, name, Double.parseDouble(number));
        }
        return metrics;
    }

    private static int separator(String pair) {
        for (int i = 0; i < pair.length(); i++) {
            if (pair.charAt(i) == '=' || pair.charAt(i) == ':') {
                return i;
            }
        }
        return -1;
    }

    private static Map<String, Double> json(String value) throws Unreadable {
        Map<String, Double> metrics = new HashMap<>();
        try (JsonParser parser = JSON.createParser(value)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new Unreadable(shown(value) + " (expected: a JSON object)");
            }
            object(parser, "", metrics);
            if (parser.nextToken() != null) {
                throw new Unreadable(shown(value) + " (expected: one JSON object)");
            }
        } catch (IOException e) {
            throw new Unreadable(shown(value) + " (expected: a JSON object)");
        }
        return metrics;
    }

    /// Reads to the end of an object; depth is bounded by the parser.
    private static void object(JsonParser parser, String under, Map<String, Double> metrics)
            throws IOException, Unreadable {
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = under + snake(String.valueOf(parser.currentName()));
            switch (parser.nextToken()) {
                case START_OBJECT -> object(parser, name + ".", metrics);
                case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
                    String number = parser.getText();
                    if (!NUMBER.matcher(number).matches()) {
                        throw new Unreadable(name + ": " + shown(number) + " (expected: a number)");
                    }
                    put(metrics, name, Double.parseDouble(number));
                }
                case VALUE_NULL -> {}
                default -> throw new Unreadable(name + " (expected: a number)");
            }
        }
    }

    /// The JSON form of protobuf writes `cpuUtilization`.
    private static String snake(String name) {
        return switch (name) {
            case "cpuUtilization" -> "cpu_utilization";
            case "memUtilization" -> "mem_utilization";
            case "applicationUtilization" -> "application_utilization";
            case "namedMetrics" -> "named_metrics";
            default -> name;
        };
    }

    private static Map<String, Double> binary(String value) throws Unreadable {
        byte[] message;
        try {
            message = Base64.getDecoder().decode(value.strip());
        } catch (IllegalArgumentException e) {
            throw new Unreadable(shown(value) + " (expected: base64)");
        }
        Map<String, Double> metrics = new HashMap<>();
        for (Map.Entry<String, Double> metric : OrcaMessage.read(message)) {
            metrics.put(metric.getKey(), finite(metric.getKey(), metric.getValue()));
        }
        return metrics;
    }

    private static void put(Map<String, Double> metrics, String name, double value)
            throws Unreadable {
        if (metrics.put(name, finite(name, value)) != null) {
            throw new Unreadable(shown(name) + " twice (expected: once)");
        }
    }

    private static double finite(String name, double value) throws Unreadable {
        if (!Double.isFinite(value)) {
            throw new Unreadable(shown(name) + ": " + value + " (expected: a finite number)");
        }
        return value;
    }

    private static Read of(Map<String, Double> metrics) throws Unreadable {
        Double cpu = metrics.get("cpu_utilization");
        if (cpu == null) {
            cpu = metrics.get("application_utilization");
        }
        if (cpu == null) {
            return new Read.Silent();
        }
        if (cpu < 0) {
            throw new Unreadable("cpu_utilization: " + cpu + " (expected: 0 and more)");
        }
        Double memory = metrics.get("mem_utilization");
        if (memory != null && (memory < 0 || memory > 1)) {
            throw new Unreadable("mem_utilization: " + memory + " (expected: 0 to 1)");
        }
        int connections = (int) named(metrics, "connections", 0, 10_000_000, Report.UNKNOWN);
        if (connections == Report.UNKNOWN) {
            connections = (int) named(metrics, "in_flight", 0, 10_000_000, Report.UNKNOWN);
        }
        double io = named(metrics, "io", 0, 1, -1);
        return new Read.Load(
                new LoadMetrics(
                        Math.min(1, cpu),
                        memory,
                        io < 0 ? null : io,
                        (int) named(metrics, "cores", 1, 4096, 0),
                        connections));
    }

    private static double named(
            Map<String, Double> metrics, String name, double least, double most, double otherwise) {
        Double value = metrics.get("named_metrics." + name);
        if (value == null) {
            value = metrics.get("utilization." + name);
        }
        return value == null || value < least || value > most ? otherwise : value;
    }

    private static String shown(String text) {
        String start = text.length() > 60 ? text.substring(0, 60) + "…" : text;
        return start.chars().allMatch(c -> (c >= ' ' && c < 0x7f) || c == '…')
                ? start
                : "what is not printable";
    }

    /// A whole report: what the answer did not say is as the node last reported it by itself.
    ///
    /// @param own the node's own report, or null; only its cores when `fresh` is false
    Report over(@Nullable Report own, boolean fresh) {
        Report known = fresh ? own : null;
        return new Report(
                cpu,
                memory != null ? memory : known == null ? 0 : known.memory(),
                io != null ? io : known == null ? 0 : known.io(),
                cores > 0 ? cores : own == null ? 0 : own.cores(),
                connections,
                known == null ? null : known.pressure(),
                known == null ? null : known.temperature());
    }
}
