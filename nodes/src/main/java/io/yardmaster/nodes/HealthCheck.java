package io.yardmaster.nodes;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// How a node's health is asked for. What is null is as configured for all nodes.
///
/// @param path what an HTTP check gets, below the path of the node's URL
/// @param interval time between two checks, 100 ms to 1 h
/// @param timeout for one check, 10 ms to 1 min and no longer than the interval; null: half the
///   interval, at most 5 s
/// @param rise passed checks in a row that make the node healthy, 1 to 100
/// @param fall failed checks in a row that make it unhealthy, 1 to 100
public record HealthCheck(
        Type type,
        String path,
        @Nullable Duration interval,
        @Nullable Duration timeout,
        @Nullable Integer rise,
        @Nullable Integer fall) {
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
    private static final Duration SHORTEST_TIMEOUT = Duration.ofMillis(10);
    private static final Duration LONGEST_TIMEOUT = Duration.ofMinutes(1);
    private static final Duration LONGEST_USUAL_TIMEOUT = Duration.ofSeconds(5);
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
        if (timeout != null) {
            faults.expect(
                    timeout.compareTo(SHORTEST_TIMEOUT) >= 0
                            && timeout.compareTo(LONGEST_TIMEOUT) <= 0
                            && (interval == null || timeout.compareTo(interval) <= 0),
                    "timeoutMs",
                    timeout.toMillis(),
                    "10 to 60000, and at most intervalMs");
        }
        inARow(faults, "rise", rise);
        inARow(faults, "fall", fall);
        faults.throwIfAny();
    }

    /// A check that leaves the rest to the configuration.
    public HealthCheck(Type type, String path, @Nullable Duration interval) {
        this(type, path, interval, null, null, null);
    }

    private static void inARow(Faults faults, String name, @Nullable Integer count) {
        if (count != null) {
            faults.expect(count >= 1 && count <= 100, name, count, "1 to 100");
        }
    }

    Duration intervalOr(Duration usual) {
        return interval == null ? usual : interval;
    }

    /// How long one check may take: never longer than the interval, or checks would pile up.
    Duration timeoutAt(Duration usualInterval) {
        Duration every = intervalOr(usualInterval);
        if (timeout != null) {
            return shorter(timeout, every);
        }
        return shorter(every.dividedBy(2), LONGEST_USUAL_TIMEOUT);
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    int riseOr(int usual) {
        return rise == null ? usual : rise;
    }

    int fallOr(int usual) {
        return fall == null ? usual : fall;
    }
}
