package io.yardmaster.nodes;

import io.yardmaster.redis.Redis;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The nodes and services that all replicas share, in Redis; `yardmaster/nodes.lua` documents the
/// keys. Every write is one atomic function, and raises the registry's version. Thread-safe; throws
/// [io.yardmaster.redis.RedisFailure] when Redis can't be asked.
public final class NodeRegistry implements NodeSource {
    /// The part of the function library that this class calls.
    public static final String LIBRARY_PART = "yardmaster/nodes.lua";

    /// Sharded channel that tells of changes; what it carries is a hint to refresh.
    public static final String CHANNEL = "{yard}:registry";

    public static final int MOST_NODES = 10_000;
    public static final int MOST_SERVICES = 1_000;

    private static final Logger log = LoggerFactory.getLogger(NodeRegistry.class);
    private static final String BASE = "{yard}";
    private static final byte[] NODES = Redis.bytes(BASE + ":nodes");
    private static final byte[] SERVICES = Redis.bytes(BASE + ":services");
    private static final int SWAP_ATTEMPTS = 20;
    private static final Pattern NODE_AND_COUNT = Pattern.compile("(\\S+) (\\d{1,7})");

    private static final long CREATED = 1;
    private static final long REPLACED = 2;
    private static final long SAME = 3;
    private static final long FULL = -1;

    private final Redis redis;
    private final RegistryListener listener;

    public NodeRegistry(Redis redis) {
        this(redis, RegistryListener.NONE);
    }

    public NodeRegistry(Redis redis, RegistryListener listener) {
        this.redis = redis;
        this.listener = listener;
    }

    /// Registers a node, or replaces its registration. A node that an operator drains stays
    /// draining when its agent registers it again; only [#resume] ends that.
    public Registration put(Node node) {
        Swapped swapped =
                swap(
                        "yard_registry_put_node",
                        NODES,
                        node.id(),
                        MOST_NODES,
                        former -> {
                            boolean drained = former != null && draining(node.id(), former);
                            return NodeJson.write(drained ? node.withDraining(true) : node);
                        });
        if (swapped.changed()) {
            listener.registered(node, swapped.answer() == Registration.REPLACED);
        }
        return swapped.answer();
    }

    private static boolean draining(String id, byte[] json) {
        return NodeJson.parseNode(id, json) instanceof Parsed.Valid<Node>(Node node)
                && node.draining();
    }

    /// Removes a node and its report. False when there was none.
    public boolean remove(String id) {
        boolean removed = code("yard_registry_remove_node", id) == REPLACED;
        if (removed) {
            listener.removed(id);
        }
        return removed;
    }

    /// No new requests for this node. False when there is none.
    public boolean drain(String id) {
        return setDraining(id, true);
    }

    /// Ends [#drain]. False when there is no such node.
    public boolean resume(String id) {
        return setDraining(id, false);
    }

    private boolean setDraining(String id, boolean draining) {
        for (int attempt = 0; attempt < SWAP_ATTEMPTS; attempt++) {
            byte[] former = redis.run(c -> c.hget(NODES, Redis.bytes(id)));
            if (former == null
                    || !(NodeJson.parseNode(id, former) instanceof Parsed.Valid<Node>(Node node))) {
                return false;
            }
            byte[] changed = NodeJson.write(node.withDraining(draining));
            long code = code("yard_registry_put_node", id, changed, MOST_NODES, former);
            if (code == REPLACED) {
                if (draining) {
                    listener.drained(id);
                } else {
                    listener.resumed(id);
                }
            }
            if (code == REPLACED || code == SAME) {
                return true;
            }
        }
        throw new IllegalStateException("changing node " + id + ": others change it all the time");
    }

    /// Stores a node's report with the time of its arrival. False when there is no such node.
    public boolean report(String id, Report report) {
        return code("yard_registry_report", id, NodeJson.write(report)) == REPLACED;
    }

    /// Tells the other replicas what this one has in flight, by node, and hears it of them.
    ///
    /// @param within how old another's word may be
    /// @return the sums of the others; nodes without requests are absent
    public Map<String, Integer> exchangeInFlight(
            String replica, Map<String, Integer> own, Duration within) {
        StringBuilder word = new StringBuilder();
        own.forEach((node, count) -> word.append(node).append(' ').append(count).append(' '));
        Map<String, Integer> sums = new HashMap<>();
        for (Object other :
                redis.call(
                        "yard_registry_in_flight",
                        BASE,
                        replica,
                        word.toString().trim(),
                        within.toMillis())) {
            addUp(Redis.text((byte[]) other), sums);
        }
        return sums;
    }

    /// What somebody else damaged is passed over: the next word comes soon.
    private static void addUp(String word, Map<String, Integer> sums) {
        Matcher matcher = NODE_AND_COUNT.matcher(word);
        while (matcher.find()) {
            sums.merge(matcher.group(1), Integer.parseInt(matcher.group(2)), Integer::sum);
        }
    }

    /// Sets a service's settings, or replaces them.
    ///
    /// @throws InvalidFields when the name is not 1 to 64 of `A-Za-z0-9._-`
    public Registration putService(String name, ServiceSettings settings) {
        Faults faults = new Faults();
        faults.expectMatch(Node.SERVICE, "name", name);
        faults.throwIfAny();
        Swapped swapped =
                swap(
                        "yard_registry_put_service",
                        SERVICES,
                        name,
                        MOST_SERVICES,
                        former -> NodeJson.write(settings));
        if (swapped.changed()) {
            listener.serviceChanged(name, settings(swapped.former()), settings);
        }
        return swapped.answer();
    }

    /// Removes a service's settings; its nodes and queues stay. False when there were none.
    public boolean removeService(String name) {
        byte[] former = redis.run(c -> c.hget(SERVICES, Redis.bytes(name)));
        boolean removed = code("yard_registry_remove_service", name) == REPLACED;
        if (removed) {
            listener.serviceChanged(name, settings(former), null);
        }
        return removed;
    }

    public Optional<Node> get(String id) {
        byte[] json = redis.run(c -> c.hget(NODES, Redis.bytes(id)));
        return json == null ? Optional.empty() : Optional.ofNullable(node(id, json));
    }

    /// All nodes, by id.
    public List<Node> list() {
        return List.copyOf(new TreeMap<>(entries().nodes()).values());
    }

    /// All services that have settings, by name.
    public Map<String, ServiceSettings> services() {
        return new TreeMap<>(entries().services());
    }

    private Entries entries() {
        Entries entries = read(UNREAD).entries();
        return entries == null ? new Entries(Map.of(), Map.of()) : entries;
    }

    @Override
    public Snapshot read(long knownVersion) {
        List<Object> reply = redis.call("yard_registry_read", BASE, knownVersion);
        long version = (Long) reply.get(0);
        long now = (Long) reply.get(1);
        Map<String, TimedReport> reports = new HashMap<>();
        byFields(reply.get(2))
                .forEach((id, json) -> {
                    NodeJson.StampedReport stamped = NodeJson.parseStamped(json);
                    if (stamped != null) {
                        // a clock that was set back must not make a report younger than new
                        Duration age = Duration.ofMillis(Math.max(0, now - stamped.at()));
                        reports.put(id, new TimedReport(stamped.report(), age));
                    }
                });
        if (reply.size() < 5) {
            return new Snapshot(version, null, reports);
        }
        Map<String, Node> nodes = new HashMap<>();
        byFields(reply.get(3))
                .forEach((id, json) -> {
                    Node node = node(id, json);
                    if (node != null) {
                        nodes.put(id, node);
                    }
                });
        Map<String, ServiceSettings> services = new HashMap<>();
        byFields(reply.get(4))
                .forEach((name, json) -> {
                    switch (NodeJson.parseService(json)) {
                        case Parsed.Valid<ServiceSettings>(var settings) ->
                                services.put(name, settings);
                        case Parsed.Invalid<ServiceSettings>(var errors) ->
                                log.warn("service {} in Redis left out: {}", name, errors);
                    }
                });
        return new Snapshot(version, new Entries(nodes, services), reports);
    }

    /// Null for an entry that somebody else damaged: one bad entry must not hide the others.
    private static @Nullable Node node(String id, byte[] json) {
        return switch (NodeJson.parseNode(id, json)) {
            case Parsed.Valid<Node>(Node node) -> node;
            case Parsed.Invalid<Node>(var errors) -> {
                log.warn("node {} in Redis left out: {}", id, errors);
                yield null;
            }
        };
    }

    private static @Nullable ServiceSettings settings(byte @Nullable [] json) {
        return json != null
                        && NodeJson.parseService(json)
                                instanceof Parsed.Valid<ServiceSettings>(var settings)
                ? settings
                : null;
    }

    /// @param former what was there before
    @SuppressWarnings("ArrayRecordComponent") // passed on, never compared or changed
    private record Swapped(Registration answer, byte @Nullable [] former) {
        boolean changed() {
            return answer == Registration.CREATED || answer == Registration.REPLACED;
        }
    }

    private Swapped swap(String function, byte[] hash, String field, int most, Change change) {
        for (int attempt = 0; attempt < SWAP_ATTEMPTS; attempt++) {
            byte[] former = redis.run(c -> c.hget(hash, Redis.bytes(field)));
            byte[] json = change.apply(former);
            long code = code(function, field, json, most, former == null ? new byte[0] : former);
            if (code == CREATED) {
                return new Swapped(Registration.CREATED, former);
            } else if (code == REPLACED) {
                return new Swapped(Registration.REPLACED, former);
            } else if (code == SAME) {
                return new Swapped(Registration.UNCHANGED, former);
            } else if (code == FULL) {
                return new Swapped(Registration.FULL, former);
            }
        }
        throw new IllegalStateException("putting " + field + ": others change it all the time");
    }

    private interface Change {
        byte[] apply(byte @Nullable [] former);
    }

    private long code(String function, Object... arguments) {
        return (Long) redis.call(function, BASE, arguments).getFirst();
    }

    private static Map<String, byte[]> byFields(Object flat) {
        Map<String, byte[]> fields = new HashMap<>();
        String field = "";
        boolean isField = true;
        for (Object element : (List<?>) flat) {
            byte[] bytes = (byte[]) element;
            if (isField) {
                field = Redis.text(bytes);
            } else {
                fields.put(field, bytes);
            }
            isField = !isField;
        }
        return fields;
    }
}
