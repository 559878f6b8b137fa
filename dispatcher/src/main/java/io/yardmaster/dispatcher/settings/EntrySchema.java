package io.yardmaster.dispatcher.settings;

import static io.yardmaster.dispatcher.settings.Schema.DAY;
import static io.yardmaster.dispatcher.settings.Schema.MS;
import static io.yardmaster.dispatcher.settings.Schema.STRATEGIES;
import static io.yardmaster.dispatcher.settings.Schema.decimal;
import static io.yardmaster.dispatcher.settings.Schema.time;
import static io.yardmaster.dispatcher.settings.Schema.whole;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// The part of the [Schema] that operators may repeat: keys, nodes and services, and the groups of
/// rows that stand both for all services and for one.
final class EntrySchema {
    private static final Kind NAME =
            new Kind.Text(
                    Pattern.compile("[A-Za-z0-9._:-]{1,128}"), "1 to 128 of A-Z a-z 0-9 . _ : -");
    private static final Kind FREE =
            new Kind.Text(Pattern.compile("\\P{Cntrl}{1,256}"), "1 to 256 characters");
    private static final Kind NODE_URL =
            new Kind.Text(
                    Pattern.compile("https?://[^\\s/@]{1,255}(/\\S{0,1000})?"),
                    "an http:// or https:// address without credentials");

    private EntrySchema() {}

    static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        keys(rows);
        knownNodes(rows);
        knownServices(rows);
        return rows;
    }

    private static void keys(List<Row> rows) {
        String k = "yardmaster.security.keys[].";
        rows.add(Row.of(k + "name", NAME, "", "Names the key in logs and limits."));
        rows.add(
                Row.of(
                        k + "role",
                        new Kind.Choice(List.of("producer", "node", "operator", "reader")),
                        "",
                        "What the key may do."));
        rows.add(
                Row.of(
                                k + "sha256",
                                new Kind.Text(
                                        Pattern.compile("[0-9a-fA-F]{64}"),
                                        "64 hexadecimal digits: printf %s KEY | sha256sum"),
                                "",
                                "The key's SHA-256.")
                        .hidden());
        rows.add(
                Row.of(
                        k + "services",
                        new Kind.Names(
                                Pattern.compile("[A-Za-z0-9._:-]{1,128}"), "names of services"),
                        "",
                        "Only these services; not set: all."));
        rows.add(Row.of(k + "node", NAME, "", "Only this node; not set: all."));
    }

    static void priority(List<Row> rows, String prefix, List<String> defaults) {
        rows.add(
                Row.of(
                        prefix + ".weight",
                        new Kind.Decimal(0, 1_000, true, false),
                        defaults.get(0),
                        "Share of the nodes' time."));
        rows.add(
                Row.of(
                        prefix + ".timeout",
                        time(MS, DAY),
                        defaults.get(1),
                        "For one attempt at a node."));
        rows.add(
                Row.of(
                        prefix + ".max-retries",
                        whole(0, 100),
                        defaults.get(2),
                        "Attempts after the first."));
        rows.add(
                Row.of(
                        prefix + ".reserve",
                        decimal(0, 0.5),
                        defaults.get(3),
                        "Share of the slots that is never lent to other priorities."));
    }

    static void limit(List<Row> rows, String prefix, List<String> defaults) {
        rows.add(
                Row.of(
                        prefix + ".rate",
                        new Kind.Decimal(0, 10_000_000, false, true),
                        defaults.get(0),
                        "Requests per window; 0 or off: no limit."));
        rows.add(
                Row.of(
                        prefix + ".window",
                        time(MS, DAY),
                        defaults.get(1),
                        "The time that `rate` is counted in."));
        rows.add(
                Row.of(
                        prefix + ".burst-multiplier",
                        decimal(1, 1_000),
                        defaults.get(2),
                        "Burst after a pause, in windows."));
    }

    static void breaker(List<Row> rows, String prefix, List<String> defaults) {
        rows.add(
                Row.of(
                        prefix + ".error-threshold",
                        new Kind.Decimal(0, 1, true, false),
                        defaults.get(0),
                        "Share of node faults that opens the breaker."));
        rows.add(
                Row.of(
                        prefix + ".min-requests",
                        whole(1, 100_000),
                        defaults.get(1),
                        "Fewer in the window never open it."));
        rows.add(
                Row.of(
                        prefix + ".window",
                        time(Duration.ofMillis(100), Duration.ofHours(1)),
                        defaults.get(2),
                        "Sliding window of the error rate."));
        rows.add(
                Row.of(
                        prefix + ".reset-timeout",
                        time(Duration.ofMillis(10), DAY),
                        defaults.get(3),
                        "Open for this long at first; grows and is jittered."));
        rows.add(
                Row.of(
                        prefix + ".half-open-requests",
                        whole(1, 1_000),
                        defaults.get(4),
                        "Trials that must succeed to close it."));
        rows.add(
                Row.of(
                        prefix + ".consecutive-failures",
                        new Kind.Whole(1, 100_000, true),
                        defaults.get(5),
                        "Opens after this many faults in a row, whatever the rate."));
    }

    private static void knownNodes(List<Row> rows) {
        String n = "yardmaster.nodes[].";
        rows.add(Row.of(n + "id", NAME, "", "The node's name."));
        rows.add(Row.of(n + "url", NODE_URL, "", "Where it serves."));
        rows.add(
                Row.of(
                        n + "services",
                        new Kind.Names(
                                Pattern.compile("[A-Za-z0-9._:-]{1,128}"), "names of services"),
                        "",
                        "Services it serves; not set: `default`."));
        rows.add(
                Row.of(
                        n + "weight",
                        new Kind.Decimal(0, 1_000, true, false),
                        "",
                        "Its share where a strategy asks for weights; not set: 1."));
        rows.add(Row.of(n + "region", FREE, "", "Where it stands, by name."));
        rows.add(
                Row.of(
                        n + "location.lat",
                        new Kind.Text(
                                Pattern.compile("-?(90(\\.0+)?|[0-8]?\\d(\\.\\d+)?)"),
                                "a number from -90 to 90"),
                        "",
                        "Latitude in degrees."));
        rows.add(
                Row.of(
                        n + "location.lon",
                        new Kind.Text(
                                Pattern.compile("-?(180(\\.0+)?|(1[0-7]\\d|\\d?\\d)(\\.\\d+)?)"),
                                "a number from -180 to 180"),
                        "",
                        "Longitude in degrees."));
        rows.add(Row.of(n + "labels.<label>", FREE, "", "What requests with labels ask for."));
        rows.add(Row.of(n + "backup", new Kind.Truth(), "", "Serves only while no other can."));
        rows.add(
                Row.of(
                        n + "max-connections",
                        whole(1, 1_000_000),
                        "",
                        "Most requests at it at once."));
        rows.add(
                Row.of(
                        n + "health.type",
                        new Kind.Choice(List.of("http", "tcp", "mqtt")),
                        "",
                        "How it is checked."));
        rows.add(
                Row.of(
                        n + "health.path",
                        new Kind.Text(
                                Pattern.compile("/[\\x21-\\x7e]{0,999}"),
                                "a path beginning with /"),
                        "",
                        "What is asked for; not set: /health."));
        rows.add(
                Row.of(
                        n + "health.interval-ms",
                        whole(100, 3_600_000),
                        "",
                        "Checked this often, in milliseconds."));
        rows.add(
                Row.of(
                        n + "health.timeout-ms",
                        whole(10, 60_000),
                        "",
                        "Longest time for one check, in milliseconds, at most the interval; not set: half of it, at most 5 s."));
        rows.add(
                Row.of(
                        n + "health.rise",
                        whole(1, 100),
                        "",
                        "As `monitoring.health-rise`, for this node."));
        rows.add(
                Row.of(
                        n + "health.fall",
                        whole(1, 100),
                        "",
                        "As `monitoring.health-fall`, for this node."));
        rows.add(
                Row.of(
                        n + "stats.type",
                        new Kind.Choice(List.of("node-exporter")),
                        "",
                        "Figures are fetched from a page."));
        rows.add(Row.of(n + "stats.url", NODE_URL, "", "The page."));
        rows.add(
                Row.of(
                        n + "stats.interval-ms",
                        whole(1_000, 3_600_000),
                        "",
                        "Fetched this often, in milliseconds; not set: as `monitoring.metrics-interval`."));
    }

    private static void knownServices(List<Row> rows) {
        String s = "yardmaster.services.<service>";
        rows.add(
                Row.of(
                        s + ".strategy",
                        new Kind.Choice(STRATEGIES),
                        "",
                        "How a node is chosen for this service."));
        rows.add(
                Row.of(
                        s + ".sticky",
                        new Kind.Choice(List.of("none", "cookie", "ip", "key")),
                        "",
                        "What keeps a caller at one node while it can serve: a cookie that answers of the raw form set, its address, or the request's affinityKey. By address and key `consistent-hash` chooses; requests without them go by the strategy."));
        rows.add(
                Row.of(
                        s + ".labels.<label>",
                        FREE,
                        "",
                        "What every request of the service asks of a node, besides its own labels."));
        rows.add(
                Row.of(
                        s + ".weights.<node>",
                        new Kind.Decimal(0, 1_000, true, false),
                        "",
                        "The node's weight in this service, instead of its own."));
        rows.add(
                Row.of(
                        s + ".backups",
                        new Kind.Names(Pattern.compile("[A-Za-z0-9._:-]{1,128}"), "names of nodes"),
                        "",
                        "Nodes that serve it only while no other can."));
        List<String> none = List.of("", "", "", "", "", "");
        limit(rows, s + ".rate-limit", none);
        breaker(rows, s + ".circuit-breaker", none);
        priority(rows, s + ".priorities.<priority>", none);
    }
}
