package io.yardmaster.dispatcher.settings;

import io.yardmaster.redis.RedisConfig;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Fills the records of [Settings] from checked values: which key ends up where, on one page.
final class Assembly {
    private static final String Y = "yardmaster.";

    private Assembly() {}

    static Settings of(Values v, String fallbackName) {
        return new Settings(
                new Settings.Server(
                        v.text(Y + "host"),
                        v.whole(Y + "port"),
                        v.optional(Y + "replica-id").map(Object::toString).orElse(fallbackName),
                        v.path(Y + "data-dir"),
                        v.whole(Y + "max-body")),
                new Settings.RedisServer(
                        v.list(Y + "redis.uri"),
                        v.text(Y + "redis.read-from"),
                        v.time(Y + "redis.timeout"),
                        v.whole(Y + "shards"),
                        v.time(Y + "redis.start-wait"),
                        new RedisConfig.Tls(
                                v.optionalPath(Y + "redis.tls.ca"),
                                v.optionalPath(Y + "redis.tls.cert"),
                                v.optionalPath(Y + "redis.tls.key")),
                        new RedisConfig.Copies(
                                v.whole(Y + "redis.wait-replicas"),
                                v.time(Y + "redis.wait-timeout")),
                        v.text(Y + "redis.assume-durability").equals("fsync")),
                new Settings.Queues(
                        v.whole(Y + "queues.max-size"),
                        v.whole(Y + "queues.batch-size"),
                        v.text(Y + "queues.order").equals("strict"),
                        v.decimal(Y + "queues.max-memory"),
                        priorities(v)),
                new Settings.Dispatching(v.whole(Y + "max-in-flight"), v.time(Y + "lease")),
                new Settings.Retries(
                        v.time(Y + "retry.base"),
                        v.time(Y + "retry.max"),
                        v.text(Y + "retry.jitter").equals("full")),
                new Settings.Outcomes(v.time(Y + "outcome.ttl"), v.whole(Y + "outcome.max-body")),
                new Settings.Dead(v.whole(Y + "dead.max"), v.time(Y + "dead.ttl")),
                new Settings.RateLimits(
                        limit(v, "producer"), limit(v, "service"), limit(v, "node")),
                breaker(v, Y + "circuit-breaker."),
                new Settings.Strategies(v.text(Y + "strategy.default"), strategies(v)),
                new Settings.Resources(
                        v.decimal(Y + "resources.cpu-threshold"),
                        v.decimal(Y + "resources.memory-threshold"),
                        v.decimal(Y + "resources.io-threshold"),
                        v.whole(Y + "resources.max-connections"),
                        v.truth(Y + "resources.limit-concurrency")),
                v.list(Y + "nodes-allowed"),
                monitoring(v, Y + "monitoring."),
                new Settings.Explain(v.whole(Y + "explain.per-second")),
                new Settings.Auditing(v.time(Y + "audit.interval")),
                new Settings.Tracing(
                        v.truth(Y + "tracing.enabled"),
                        v.list(Y + "tracing.endpoint").getFirst(),
                        v.decimal(Y + "tracing.sample-ratio")),
                new Settings.Logging(v.text(Y + "log.format").equals("json")),
                new Settings.Geo(v.optionalPath(Y + "geo.database")),
                new Settings.Known(
                        v.entries(Y + "nodes").values().stream().map(Map::copyOf).toList(),
                        Map.copyOf(v.named(Y + "services"))),
                security(v),
                new Settings.Mqtt(v.list(Y + "mqtt.uri"), v.text(Y + "mqtt.prefix")));
    }

    private static Map<String, Settings.PriorityRule> priorities(Values v) {
        Map<String, Settings.PriorityRule> rules = new LinkedHashMap<>();
        for (String name : Schema.PRIORITIES) {
            String prefix = Y + "queues.priorities." + name + ".";
            rules.put(
                    name,
                    new Settings.PriorityRule(
                            v.decimal(prefix + "weight"),
                            v.time(prefix + "timeout"),
                            v.whole(prefix + "max-retries"),
                            v.decimal(prefix + "reserve")));
        }
        return java.util.Collections.unmodifiableMap(rules);
    }

    private static Settings.Limit limit(Values v, String scope) {
        String prefix = Y + "rate-limit." + scope + ".";
        return new Settings.Limit(
                v.decimal(prefix + "rate"),
                v.time(prefix + "window"),
                v.decimal(prefix + "burst-multiplier"));
    }

    private static Settings.Breaker breaker(Values v, String prefix) {
        return new Settings.Breaker(
                v.decimal(prefix + "error-threshold"),
                v.whole(prefix + "min-requests"),
                v.time(prefix + "window"),
                v.time(prefix + "reset-timeout"),
                v.whole(prefix + "half-open-requests"),
                v.whole(prefix + "consecutive-failures"));
    }

    private static Settings.Monitoring monitoring(Values v, String prefix) {
        return new Settings.Monitoring(
                v.time(prefix + "metrics-interval"),
                v.time(prefix + "health-check-interval"),
                v.whole(prefix + "health-rise"),
                v.whole(prefix + "health-fall"),
                v.time(prefix + "report-expiry"));
    }

    private static Map<String, Map<String, Object>> strategies(Values v) {
        Map<String, Map<String, Object>> all = new LinkedHashMap<>();
        for (String name : Schema.STRATEGIES) {
            all.put(name, Map.copyOf(v.under(Y + "strategy." + name.replace('_', '-') + ".")));
        }
        return java.util.Collections.unmodifiableMap(all);
    }

    private static Settings.Security security(Values v) {
        List<Settings.Key> keys =
                v.entries(Y + "security.keys").values().stream().map(Assembly::key).toList();
        boolean enabled =
                switch (v.text(Y + "security.enabled")) {
                    case "true" -> true;
                    case "false" -> false;
                    default -> !keys.isEmpty();
                };
        Optional<Path> privateKey = v.optionalPath(Y + "security.tls.private-key");
        return new Settings.Security(
                enabled,
                v.truth(Y + "security.insecure"),
                keys,
                v.optionalPath(Y + "security.tls.certificate")
                        .flatMap(chain -> privateKey.map(key -> new Settings.Tls(chain, key))));
    }

    private static Settings.Key key(Map<String, Object> entry) {
        List<String> services =
                entry.get("services") instanceof List<?> list
                        ? list.stream().map(String::valueOf).toList()
                        : List.of();
        return new Settings.Key(
                String.valueOf(entry.get("name")),
                String.valueOf(entry.get("role")),
                String.valueOf(entry.get("sha256")).toLowerCase(Locale.ROOT),
                services,
                Optional.ofNullable(entry.get("node")).map(Object::toString));
    }
}
