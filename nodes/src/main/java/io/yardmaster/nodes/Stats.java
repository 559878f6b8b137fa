package io.yardmaster.nodes;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Where a node's figures can be fetched, for a node that does not report by itself.
///
/// @param url http or https with a host; a query is kept, so that an exporter can be asked for less
/// @param interval time between two readings, 1 s to 1 h; null: as configured for all nodes
public record Stats(Type type, URI url, @Nullable Duration interval) {
    /// `NODE_EXPORTER`: the page of a Prometheus node exporter.
    public enum Type {
        NODE_EXPORTER("node-exporter");

        private final String text;

        Type(String text) {
            this.text = text;
        }

        /// As it is called in JSON.
        String text() {
            return text;
        }
    }

    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofHours(1);

    public Stats {
        Faults faults = new Faults();
        String scheme = url.getScheme();
        faults.expect(
                ("http".equalsIgnoreCase(scheme) || "https".equalsIgnoreCase(scheme))
                        && url.getHost() != null
                        && url.getPort() <= 65_535
                        && url.getPort() != 0
                        && url.getRawUserInfo() == null
                        && url.getRawFragment() == null,
                "url",
                url,
                "http or https with a host, without user and fragment");
        if (interval != null) {
            faults.expect(
                    interval.compareTo(SHORTEST) >= 0 && interval.compareTo(LONGEST) <= 0,
                    "intervalMs",
                    interval.toMillis(),
                    "1000 to 3600000");
        }
        faults.throwIfAny();
    }
}
