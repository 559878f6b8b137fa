package io.yardmaster.nodes;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.yardmaster.nodes.ServiceSettings.Breaker;
import io.yardmaster.nodes.ServiceSettings.Placement;
import io.yardmaster.nodes.ServiceSettings.PriorityOverride;
import io.yardmaster.nodes.ServiceSettings.RateLimit;
import io.yardmaster.nodes.ServiceSettings.Sticky;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The JSON of nodes, reports and services: of REST, of MQTT, and of the registry in Redis.
///
/// Reading is strict: unknown fields, doubled fields, wrong types and bad values are all refused,
/// and all named. Reading what was written gives an equal value.
public final class NodeJson {
    private static final int LARGEST = 64 * 1024;
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

    private static final JsonMapper MAPPER =
            JsonMapper.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build();

    static {
        MAPPER.getFactory()
                .setStreamReadConstraints(
                        StreamReadConstraints.builder().maxNestingDepth(20).build());
    }

    private NodeJson() {}

    /// Reads the JSON of `PUT /v1/nodes/{id}`; `draining` may be given too.
    public static Parsed<Node> parseNode(String id, byte[] json) {
        return parse(json, "node", fields -> node(id, fields));
    }

    /// Reads the JSON of `POST /v1/nodes/{id}/report`; only `cpu` is required.
    public static Parsed<Report> parseReport(byte[] json) {
        return parse(json, "report", SignalJson::report);
    }

    /// Reads the JSON of `PUT /v1/services/{name}`.
    public static Parsed<ServiceSettings> parseService(byte[] json) {
        return parse(json, "service", NodeJson::service);
    }

    /// The report of the registry, which carries the time of its arrival; null when damaged.
    static @Nullable StampedReport parseStamped(byte[] json) {
        Parsed<StampedReport> parsed =
                parse(
                        json,
                        "report",
                        fields -> {
                            Long at = fields.whole("at");
                            return at == null
                                    ? null
                                    : new StampedReport(SignalJson.report(fields), at);
                        });
        return parsed instanceof Parsed.Valid<StampedReport>(StampedReport stamped)
                ? stamped
                : null;
    }

    /// @param at when it arrived, in ms of Redis' clock
    record StampedReport(Report report, long at) {}

    private static <T> Parsed<T> parse(
            byte[] json, String what, Function<Fields, @Nullable T> reader) {
        if (json.length > LARGEST) {
            return invalid(what, json.length + " bytes", "at most 65536 bytes");
        }
        JsonNode tree;
        try {
            tree = MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            return invalid(what, e.getOriginalMessage(), "a JSON object");
        } catch (IOException e) {
            return invalid(what, String.valueOf(e.getMessage()), "a JSON object");
        }
        return Fields.read(tree, what, reader);
    }

    private static <T> Parsed<T> invalid(String field, String value, String expected) {
        Faults faults = new Faults();
        faults.add(field, value, expected);
        return new Parsed.Invalid<>(faults.errors());
    }

    private static Node node(String id, Fields fields) {
        fields.require("url", "http or https with a host");
        return new Node(
                id,
                SignalJson.url(fields, "http or https with a host, without user, query, fragment"),
                fields.texts("services"),
                fields.number("weight", 1),
                fields.text("region"),
                fields.object(
                        "location",
                        f -> {
                            f.require("lat", "-90 to 90");
                            f.require("lon", "-180 to 180");
                            return new Location(f.number("lat", 0), f.number("lon", 0));
                        }),
                fields.textsByName("labels"),
                fields.flag("backup"),
                fields.integer("maxConnections", Node.DEFAULT_MAX_CONNECTIONS),
                Objects.requireNonNullElse(
                        fields.object("health", SignalJson::health), HealthCheck.DEFAULT),
                fields.flag("draining"),
                fields.object("stats", SignalJson::stats));
    }

    private static ServiceSettings service(Fields fields) {
        String strategy = fields.text("strategy");
        return new ServiceSettings(
                strategy,
                fields.object("rateLimit", NodeJson::rateLimit),
                fields.object(
                        "breaker",
                        f ->
                                new Breaker(
                                        f.number("errorThreshold"),
                                        f.integer("minRequests"),
                                        f.whole("windowMs"),
                                        f.whole("resetTimeoutMs"),
                                        f.integer("halfOpenRequests"),
                                        f.integer("consecutiveFailures"))),
                fields.objects(
                        "priorities",
                        ServiceSettings.PRIORITIES,
                        f ->
                                new PriorityOverride(
                                        f.number("weight"),
                                        f.whole("timeoutMs"),
                                        f.integer("maxRetries"),
                                        f.number("reserve"))),
                oneOf(fields, "sticky", Sticky.values(), Sticky.NONE),
                new Placement(
                        fields.textsByName("labels"),
                        fields.numbersByName("weights"),
                        fields.texts("backups")));
    }

    private static RateLimit rateLimit(Fields fields) {
        fields.require("rate", "0 to 1000000000");
        Duration window = Duration.ofSeconds(1);
        String text = fields.text("window");
        Long millis = fields.whole("windowMs");
        if (text != null && millis != null) {
            fields.refuse("windowMs", millis.toString(), "absent, as window is given");
        } else if (text != null) {
            Matcher matcher = DURATION.matcher(text);
            if (matcher.matches()) {
                window = Duration.ofMillis(Long.parseLong(matcher.group(1)) * unit(matcher));
            } else {
                fields.refuse("window", text, "a duration such as 500ms, 1s or 5m");
            }
        } else if (millis != null) {
            window = Duration.ofMillis(millis);
        }
        return new RateLimit(fields.number("rate", 0), window, fields.number("burstMultiplier", 2));
    }

    private static long unit(Matcher duration) {
        return switch (duration.group(2)) {
            case "ms" -> 1;
            case "s" -> 1000;
            case "m" -> 60_000;
            case "h" -> 3_600_000;
            default -> 86_400_000;
        };
    }

    static <E extends Enum<E>> E oneOf(Fields fields, String name, E[] values, E otherwise) {
        String text = fields.text(name);
        if (text == null) {
            return otherwise;
        }
        for (E value : values) {
            if (lower(value).equals(text)) {
                return value;
            }
        }
        List<String> names = List.of(values).stream().map(NodeJson::lower).toList();
        fields.refuse(name, text, "one of " + String.join(", ", names));
        return otherwise;
    }

    static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    /// The node without its id; what [#parseNode] reads.
    public static byte[] write(Node node) {
        return bytes(tree(node));
    }

    public static byte[] write(Report report) {
        return bytes(tree(report));
    }

    public static byte[] write(ServiceSettings settings) {
        return bytes(tree(settings));
    }

    /// As [#write(Node)], for whoever puts it into a larger JSON.
    public static ObjectNode tree(Node node) {
        ObjectNode json = MAPPER.createObjectNode();
        json.put("url", node.url().toString());
        ArrayNode services = json.putArray("services");
        node.services().forEach(services::add);
        json.put("weight", node.weight());
        if (node.region() != null) {
            json.put("region", node.region());
        }
        Location location = node.location();
        if (location != null) {
            json.putObject("location").put("lat", location.lat()).put("lon", location.lon());
        }
        ObjectNode labels = json.putObject("labels");
        node.labels().forEach(labels::put);
        json.put("backup", node.backup());
        json.put("maxConnections", node.maxConnections());
        SignalJson.put(json, node.health());
        SignalJson.put(json, node.stats());
        return json.put("draining", node.draining());
    }

    public static ObjectNode tree(Report report) {
        ObjectNode json = MAPPER.createObjectNode();
        SignalJson.put(json, report);
        return json;
    }

    public static ObjectNode tree(ServiceSettings settings) {
        ObjectNode json = MAPPER.createObjectNode();
        if (settings.strategy() != null) {
            json.put("strategy", settings.strategy());
        }
        RateLimit limit = settings.rateLimit();
        if (limit != null) {
            json.putObject("rateLimit")
                    .put("rate", limit.rate())
                    .put("window", limit.window().toMillis() + "ms")
                    .put("burstMultiplier", limit.burstMultiplier());
        }
        Breaker breaker = settings.breaker();
        if (breaker != null) {
            ObjectNode part = json.putObject("breaker");
            putNumber(part, "errorThreshold", breaker.errorThreshold());
            putNumber(part, "minRequests", breaker.minRequests());
            putNumber(part, "windowMs", breaker.windowMs());
            putNumber(part, "resetTimeoutMs", breaker.resetTimeoutMs());
            putNumber(part, "halfOpenRequests", breaker.halfOpenRequests());
            putNumber(part, "consecutiveFailures", breaker.consecutiveFailures());
        }
        ObjectNode priorities = json.putObject("priorities");
        settings.priorities()
                .forEach((priority, override) -> {
                    ObjectNode part = priorities.putObject(priority);
                    putNumber(part, "weight", override.weight());
                    putNumber(part, "timeoutMs", override.timeoutMs());
                    putNumber(part, "maxRetries", override.maxRetries());
                    putNumber(part, "reserve", override.reserve());
                });
        json.put("sticky", lower(settings.sticky()));
        Placement placement = settings.placement();
        // Only what was set: replicas of an older version refuse fields that they do not know.
        if (!placement.labels().isEmpty()) {
            placement.labels().forEach(json.putObject("labels")::put);
        }
        if (!placement.weights().isEmpty()) {
            placement.weights().forEach(json.putObject("weights")::put);
        }
        if (!placement.backups().isEmpty()) {
            placement.backups().forEach(json.putArray("backups")::add);
        }
        return json;
    }

    static void putNumber(ObjectNode json, String name, @Nullable Number value) {
        switch (value) {
            case null -> {}
            case Double d -> json.put(name, d);
            default -> json.put(name, value.longValue());
        }
    }

    private static byte[] bytes(ObjectNode json) {
        try {
            return MAPPER.writeValueAsBytes(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain values can always be written", e);
        }
    }
}
