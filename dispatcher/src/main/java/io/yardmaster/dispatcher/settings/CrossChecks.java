package io.yardmaster.dispatcher.settings;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// What must hold between settings that are each possible. A check is left out where one of its
/// settings was refused already, so that one mistake gives one line.
final class CrossChecks {
    private static final String Y = "yardmaster.";

    private final Values values;
    private final List<String> refusals = new ArrayList<>();

    private CrossChecks(Values values) {
        this.values = values;
    }

    static List<String> of(Values values) {
        CrossChecks checks = new CrossChecks(values);
        checks.reserves();
        checks.ordered(Y + "retry.base", Y + "retry.max");
        checks.oneForEachShard(Y + "queues.max-size");
        checks.oneForEachShard(Y + "dead.max");
        checks.resourceWeights();
        checks.responseWindow();
        checks.entries(Y + "nodes", "id", List.of("id", "url"));
        checks.entries(Y + "security.keys", "name", List.of("name", "role", "sha256"));
        checks.keysBeyondLoopback();
        checks.pair(
                Y + "security.tls.certificate",
                Y + "security.tls.private-key",
                "yardmaster.security.tls");
        checks.pair(Y + "redis.tls.cert", Y + "redis.tls.key", "yardmaster.redis.tls");
        return checks.refusals;
    }

    private void reserves() {
        String[] keys =
                Schema.PRIORITIES.stream()
                        .map(p -> Y + "queues.priorities." + p + ".reserve")
                        .toArray(String[]::new);
        if (values.sound(keys)) {
            double sum = 0;
            for (String key : keys) {
                sum += values.decimal(key);
            }
            if (sum >= 1) {
                refuse(Y + "queues.priorities.*.reserve", "sum " + sum, "a sum below 1");
            }
        }
    }

    private void ordered(String lower, String upper) {
        if (values.sound(lower, upper) && values.time(lower).compareTo(values.time(upper)) > 0) {
            refuse(
                    lower,
                    Kind.Time.plain(values.time(lower)),
                    "at most " + upper + ", which is " + Kind.Time.plain(values.time(upper)));
        }
    }

    /// Each shard gets its part of these, and a part is 1 at least.
    private void oneForEachShard(String key) {
        String shards = Y + "shards";
        if (values.sound(key, shards) && values.whole(key) < values.whole(shards)) {
            refuse(
                    key,
                    Integer.toString(values.whole(key)),
                    "at least " + shards + ", which is " + values.whole(shards));
        }
    }

    private void resourceWeights() {
        String prefix = Y + "strategy.resource-based.";
        String[] keys = {prefix + "cpu-weight", prefix + "memory-weight", prefix + "io-weight"};
        if (values.sound(keys)
                && values.decimal(keys[0]) + values.decimal(keys[1]) + values.decimal(keys[2])
                        == 0) {
            refuse(prefix + "*-weight", "all 0", "at least one above 0");
        }
    }

    private void responseWindow() {
        String least = Y + "strategy.weighted-response.min-responses";
        String size = Y + "strategy.weighted-response.window-size";
        if (values.sound(least, size) && values.whole(least) > values.whole(size)) {
            refuse(
                    least,
                    Integer.toString(values.whole(least)),
                    "at most " + size + ", which is " + values.whole(size));
        }
    }

    private void entries(String list, String name, List<String> required) {
        Set<Object> seen = new HashSet<>();
        for (Map.Entry<Integer, Map<String, Object>> entry : values.entries(list).entrySet()) {
            String prefix = list + "[" + entry.getKey() + "]";
            for (String field : required) {
                if (!entry.getValue().containsKey(field) && values.sound(prefix + "." + field)) {
                    refuse(
                            prefix + "." + field,
                            "none",
                            "a value, as every entry of " + list + " needs");
                }
            }
            Object own = entry.getValue().get(name);
            if (own != null && !seen.add(own)) {
                refuse(prefix + "." + name, own.toString(), "one that no other entry has");
            }
        }
    }

    private void keysBeyondLoopback() {
        String host = values.text(Y + "host");
        boolean sound = values.sound(Y + "host", Y + "security.enabled", Y + "security.insecure");
        if (!sound || loopback(host) || values.truth(Y + "security.insecure")) {
            return;
        }
        String way =
                " because "
                        + Y
                        + "host is "
                        + host
                        + "; or "
                        + Y
                        + "security.insecure=true in a network that you trust";
        if (values.text(Y + "security.enabled").equals("false")) {
            refuse(Y + "security.enabled", "false", "true or auto" + way);
        }
        if (values.entries(Y + "security.keys").isEmpty() && !values.refused(Y + "security.keys")) {
            refuse(Y + "security.keys", "none", "at least one key {name, role, sha256}" + way);
        }
    }

    private void pair(String chain, String key, String section) {
        if (values.given(chain) != values.given(key)) {
            refuse(
                    values.given(chain) ? key : chain,
                    "none",
                    "a file, as the other half of " + section + " is given");
        }
    }

    /// Only literals and `localhost` count; no name service is asked.
    static boolean loopback(String host) {
        String bare =
                host.startsWith("[") && host.endsWith("]")
                        ? host.substring(1, host.length() - 1)
                        : host;
        if (bare.toLowerCase(Locale.ROOT).equals("localhost")) {
            return true;
        }
        boolean literal = bare.contains(":") || bare.matches("\\d{1,3}(\\.\\d{1,3}){3}");
        try {
            return literal && InetAddress.ofLiteral(bare).isLoopbackAddress();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private void refuse(String key, String value, String expected) {
        refusals.add(Words.line(key, value, expected));
    }
}
