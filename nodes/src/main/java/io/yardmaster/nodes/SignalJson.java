package io.yardmaster.nodes;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The part of [NodeJson] that says how a node's state comes in: health, stats, reports.
final class SignalJson {
    private static final URI NOWHERE = URI.create("http://absent.invalid");

    private SignalJson() {}

    static HealthCheck health(Fields fields) {
        HealthCheck.Type type =
                NodeJson.oneOf(fields, "type", HealthCheck.Type.values(), HealthCheck.Type.HTTP);
        return new HealthCheck(
                type,
                Objects.requireNonNullElse(fields.text("path"), HealthCheck.DEFAULT_PATH),
                millis(fields, "intervalMs"),
                millis(fields, "timeoutMs"),
                fields.integer("rise"),
                fields.integer("fall"));
    }

    static Stats stats(Fields fields) {
        fields.require("type", "node-exporter");
        fields.require("url", "http or https with a host");
        String type = fields.text("type");
        if (type != null
                && Arrays.stream(Stats.Type.values())
                        .noneMatch(known -> known.text().equals(type))) {
            fields.refuse("type", type, "node-exporter");
        }
        return new Stats(
                Stats.Type.NODE_EXPORTER,
                url(fields, "http or https with a host, without user and fragment"),
                millis(fields, "intervalMs"));
    }

    /// The field `url`; when it is no URL that is noted, and it is read as nowhere.
    static URI url(Fields fields, String expected) {
        String text = fields.text("url");
        if (text == null) {
            return NOWHERE;
        }
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            fields.refuse("url", text, expected);
            return NOWHERE;
        }
    }

    private static @Nullable Duration millis(Fields fields, String name) {
        Long value = fields.whole(name);
        return value == null ? null : Duration.ofMillis(value);
    }

    static Report report(Fields fields) {
        fields.require("cpu", "0 to 1");
        Integer cores = fields.integer("cores");
        if (cores != null && cores < 1) {
            fields.refuse("cores", cores.toString(), "1 to 4096");
        }
        Integer connections = fields.integer("connections");
        if (connections != null && connections < 0) {
            fields.refuse("connections", connections.toString(), "0 to 10000000");
        }
        return new Report(
                fields.number("cpu", 0),
                fields.number("memory", 0),
                fields.number("io", 0),
                cores == null ? 0 : Math.max(0, cores),
                connections == null ? Report.UNKNOWN : Math.max(Report.UNKNOWN, connections),
                fields.number("pressure"),
                fields.number("temperature"));
    }

    static void put(ObjectNode node, HealthCheck check) {
        ObjectNode health = node.putObject("health");
        health.put("type", NodeJson.lower(check.type())).put("path", check.path());
        putMillis(health, "intervalMs", check.interval());
        putMillis(health, "timeoutMs", check.timeout());
        NodeJson.putNumber(health, "rise", check.rise());
        NodeJson.putNumber(health, "fall", check.fall());
    }

    static void put(ObjectNode node, @Nullable Stats stats) {
        if (stats != null) {
            ObjectNode json = node.putObject("stats");
            json.put("type", stats.type().text()).put("url", stats.url().toString());
            putMillis(json, "intervalMs", stats.interval());
        }
    }

    private static void putMillis(ObjectNode json, String name, @Nullable Duration value) {
        if (value != null) {
            json.put(name, value.toMillis());
        }
    }

    static void put(ObjectNode json, Report report) {
        json.put("cpu", report.cpu()).put("memory", report.memory()).put("io", report.io());
        if (report.cores() > 0) {
            json.put("cores", report.cores());
        }
        if (report.connections() != Report.UNKNOWN) {
            json.put("connections", report.connections());
        }
        NodeJson.putNumber(json, "pressure", report.pressure());
        NodeJson.putNumber(json, "temperature", report.temperature());
    }
}
