package io.yardmaster.nodes;

import java.net.URI;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A machine that serves requests, as it was registered.
///
/// @param id 1 to 128 of `A-Za-z0-9._:-`
/// @param url http or https with a host; the path of a request is appended to its path
/// @param services what it serves; `default` when empty
/// @param weight the operator's bias, above 0 and at most 1000
/// @param maxConnections most requests in flight there from all replicas, 1 to 100,000
/// @param backup serves only while no other node can
/// @param draining gets no new requests, keeps those it has
/// @param stats where its figures are fetched; null when it reports them itself, or never
public record Node(
        String id,
        URI url,
        Set<String> services,
        double weight,
        @Nullable String region,
        @Nullable Location location,
        Map<String, String> labels,
        boolean backup,
        int maxConnections,
        HealthCheck health,
        boolean draining,
        @Nullable Stats stats) {

    public static final int DEFAULT_MAX_CONNECTIONS = 100;
    static final Pattern ID = Pattern.compile("[A-Za-z0-9._:-]{1,128}");
    static final Pattern SERVICE = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final Pattern LABEL = Pattern.compile("[A-Za-z0-9._/-]{1,64}");
    private static final Pattern LABEL_VALUE = Pattern.compile("[\\x20-\\x7e]{0,256}");
    private static final int MOST_SERVICES = 100;
    private static final int MOST_LABELS = 64;

    public Node {
        services =
                services.isEmpty()
                        ? Set.of("default")
                        : Collections.unmodifiableSet(new TreeSet<>(services));
        labels = Collections.unmodifiableMap(new TreeMap<>(labels));
        Faults faults = new Faults();
        faults.expectMatch(ID, "id", id);
        checkUrl(faults, url);
        faults.expect(services.size() <= MOST_SERVICES, "services", services.size(), "at most 100");
        services.forEach(service -> faults.expectMatch(SERVICE, "services", service));
        checkWeight(faults, "weight", weight);
        if (region != null) {
            faults.expectMatch(SERVICE, "region", region);
        }
        faults.expect(labels.size() <= MOST_LABELS, "labels", labels.size(), "at most 64");
        checkLabels(faults, labels);
        faults.expect(
                maxConnections >= 1 && maxConnections <= 100_000,
                "maxConnections",
                maxConnections,
                "1 to 100000");
        faults.throwIfAny();
    }

    static void checkWeight(Faults faults, String field, double weight) {
        faults.expect(weight > 0 && weight <= 1000, field, weight, "above 0 and at most 1000");
    }

    static void checkLabels(Faults faults, Map<String, String> labels) {
        labels.forEach((name, value) -> {
            faults.expectMatch(LABEL, "labels", name);
            faults.expectMatch(LABEL_VALUE, "labels." + name, value);
        });
    }

    /// A node whose figures are not fetched.
    public Node(
            String id,
            URI url,
            Set<String> services,
            double weight,
            @Nullable String region,
            @Nullable Location location,
            Map<String, String> labels,
            boolean backup,
            int maxConnections,
            HealthCheck health,
            boolean draining) {
        this(
                id,
                url,
                services,
                weight,
                region,
                location,
                labels,
                backup,
                maxConnections,
                health,
                draining,
                null);
    }

    private static void checkUrl(Faults faults, URI url) {
        String scheme = url.getScheme();
        faults.expect(
                ("http".equalsIgnoreCase(scheme) || "https".equalsIgnoreCase(scheme))
                        && url.getHost() != null
                        && url.getPort() <= 65_535
                        && url.getPort() != 0
                        && url.getRawUserInfo() == null
                        && url.getRawQuery() == null
                        && url.getRawFragment() == null,
                "url",
                url,
                "http or https with a host, without user, query and fragment");
    }

    /// A node that says no more than where it is.
    public static Node at(String id, URI url) {
        return new Node(
                id,
                url,
                Set.of(),
                1,
                null,
                null,
                Map.of(),
                false,
                DEFAULT_MAX_CONNECTIONS,
                HealthCheck.DEFAULT,
                false);
    }

    public Node withDraining(boolean newDraining) {
        return new Node(
                id,
                url,
                services,
                weight,
                region,
                location,
                labels,
                backup,
                maxConnections,
                health,
                newDraining,
                stats);
    }

    /// True when the node carries every one of these labels with that value.
    boolean carries(Map<String, String> wanted) {
        return wanted.isEmpty() || labels.entrySet().containsAll(wanted.entrySet());
    }
}
