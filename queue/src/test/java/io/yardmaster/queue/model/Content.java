package io.yardmaster.queue.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/// The whole content of Redis as text: what it ought to be by the model, and what stored values
/// mean.
///
/// A key that is worth nothing (a counter of zero, a full bucket) is left out on both sides. Left
/// out are also the clock, which the model follows, and the configuration.
final class Content {
    static final String EXPIRES = " (expires)";

    private Content() {}

    static SortedMap<String, String> of(Shard shard) {
        SortedMap<String, String> content = new TreeMap<>();
        shard.requests.forEach((id, r) -> content.put(key(":r:" + id), r.toString()));
        shard.outcomes.forEach((id, outcome) -> {
            // The outcome of a dead request lives as long as the request can be redriven.
            String expires = shard.requests.containsKey(id) ? "" : EXPIRES;
            content.put(key(":o:" + id), outcome + expires);
        });
        shard.lists.forEach((queue, list) -> put(content, ":q:" + queue, list));
        shard.dead.forEach((queue, dead) -> put(content, ":dead:" + queue, dead.keySet()));
        put(content, ":queues", shard.queues);
        put(content, ":in", shard.in);
        put(content, ":quarantine", shard.quarantine);
        put(content, ":leases", new TreeMap<>(shard.leases));
        put(content, ":later", new TreeMap<>(shard.later));
        put(content, ":replicas", shard.replicas);
        put(content, ":ingress", ingress(shard));
        shard.queues.forEach(queue -> put(content, ":n:" + queue, counters(shard, queue)));
        shard.takes.forEach((replica, take) ->
                content.put(
                        key(":take:" + replica),
                        take.nonce() + String.join("\n", take.members()) + EXPIRES));
        shard.tokensSpent.forEach((bucket, spent) -> {
            if (spent > 0) {
                int left = burst(bucket) - spent;
                content.put(key(":tb:" + bucket), left + " left" + EXPIRES);
            }
        });
        if (shard.generatedIds > 0) {
            content.put(key(":ids"), Long.toString(shard.generatedIds));
        }
        return content;
    }

    private static SortedMap<String, Long> counters(Shard shard, String queue) {
        SortedMap<String, Long> figures = new TreeMap<>();
        shard.counters.getOrDefault(queue, Map.of()).forEach((name, n) -> put(figures, name, n));
        put(figures, "inflight", shard.number(queue, Shard.State.LEASED));
        put(figures, "scheduled", shard.number(queue, Shard.State.SCHEDULED));
        if (!shard.damaged) {
            long worthless = shard.list(queue).size() - shard.number(queue, Shard.State.QUEUED);
            put(figures, "gone", worthless);
        }
        put(figures, "paused", shard.paused.contains(queue) ? 1 : 0);
        return figures;
    }

    private static SortedMap<String, Long> ingress(Shard shard) {
        SortedMap<String, Long> figures = new TreeMap<>();
        put(figures, "seq", shard.ingressSeq);
        put(figures, "quarantined", shard.ingressQuarantined);
        return figures;
    }

    private static void put(Map<String, Long> figures, String name, long n) {
        if (n != 0) {
            figures.put(name, n);
        }
    }

    private static void put(Map<String, String> content, String key, Object collection) {
        String text = collection.toString();
        if (text.length() > 2) {
            content.put(key(key), text);
        }
    }

    static String key(String rest) {
        return RealShard.BASE + rest;
    }

    private static int burst(String bucket) {
        return bucket.startsWith("producer:") ? Shard.PRODUCER_BURST : Fleet.SERVICE_BURST;
    }

    /// A stored value as text; empty when it is worth nothing.
    ///
    /// @param values elements; for sorted sets and hashes each is followed by its score or value
    static String meaning(String key, List<byte[]> values, boolean damaged) {
        String[] parts =
                key.substring(Math.min(key.length(), RealShard.BASE.length() + 1)).split(":", 2);
        String kind = parts[0];
        return switch (kind) {
            case "clock", "config", "audit", "auditor" -> "";
            case "r" -> Stored.request(values.getFirst());
            case "o" -> Stored.outcome(values.getFirst());
            case "n" -> {
                SortedMap<String, Long> figures = figures(values);
                if (damaged) {
                    figures.remove("gone");
                }
                yield figures.toString();
            }
            case "leases", "later", "replicas", "ingress" -> figures(values).toString();
            case "dead" -> figures(values).keySet().toString();
            case "queues" -> new TreeSet<>(texts(values)).toString();
            case "tb" -> bucket(parts[1], Stored.latin(values.getFirst()));
            case "q", "in", "quarantine" -> texts(values).toString();
            default -> String.join(", ", texts(values));
        };
    }

    private static List<String> texts(List<byte[]> values) {
        return values.stream().map(Stored::latin).toList();
    }

    private static SortedMap<String, Long> figures(List<byte[]> values) {
        SortedMap<String, Long> figures = new TreeMap<>();
        List<String> texts = new ArrayList<>(texts(values));
        for (int i = 0; i < texts.size(); i += 2) {
            String name = texts.get(i);
            long n = (long) Double.parseDouble(texts.get(i + 1));
            put(figures, name, name.equals("paused") ? 1 : n);
        }
        return figures;
    }

    private static String bucket(String name, String stored) {
        double tokens = Double.parseDouble(stored.substring(0, stored.indexOf(' ')));
        int left = (int) Math.floor(tokens + 1e-9);
        return left == burst(name) ? "" : left + " left";
    }
}
