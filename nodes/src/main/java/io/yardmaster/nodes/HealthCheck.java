package io.yardmaster.nodes;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// How a node's health is asked for.
///
/// @param path what an HTTP check gets, from the node's root
/// @param interval time between two checks, 100 ms to 1 h; null: as configured for all nodes
public record HealthCheck(Type type, String path, @Nullable Duration interval) {
    /// `HTTP`: any 2xx is healthy. `TCP`: an accepted connection is. `MQTT`: nothing is asked, the
    /// node's last will speaks.
    public enum Type {
        HTTP,
        TCP,
        MQTT
    }

    public static final String DEFAULT_PATH = "/health";

    /// What a node gets that says nothing of its health: it must work without a health page.
    public static final HealthCheck DEFAULT = new HealthCheck(Type.TCP, DEFAULT_PATH, null);

    private static final Duration SHORTEST = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofHours(1);
    private static final int LONGEST_PATH = 1024;

    public HealthCheck {
        Faults faults = new Faults();
        faults.expect(
                path.startsWith("/")
                        && path.length() <= LONGEST_PATH
                        && path.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '#'),
                "path",
                path,
                "begins with /, printable ASCII without # and spaces, at most 1024 characters");
        if (interval != null) {
            faults.expect(
                    interval.compareTo(SHORTEST) >= 0 && interval.compareTo(LONGEST) <= 0,
                    "intervalMs",
                    interval.toMillis(),
                    "100 to 3600000");
        }
        faults.throwIfAny();
    }
}
