package io.yardmaster.dispatcher.settings;

import io.yardmaster.nodes.Strategies;
import io.yardmaster.queue.ShardMap;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Every setting, once: checking, variables, `application.yml` and the reference page follow from
/// it.
public final class Schema {
    static final List<String> PRIORITIES = List.of("critical", "high", "normal", "low");

    static final List<String> STRATEGIES = List.copyOf(Strategies.NAMES);

    static final Duration MS = Duration.ofMillis(1);
    static final Duration DAY = Duration.ofDays(1);
    private static final Duration YEAR = Duration.ofDays(365);
    private static final List<Row> ROWS = rows();

    private static final Map<String, Row> SINGLE =
            ROWS.stream()
                    .filter(Row::single)
                    .collect(Collectors.toUnmodifiableMap(Row::key, row -> row));

    private Schema() {}

    static List<Row> all() {
        return ROWS;
    }

    /// The row of a key without holes, in our own spelling: found at once, where other keys are
    /// matched.
    static Optional<Row> single(String key) {
        return Optional.ofNullable(SINGLE.get(key));
    }

    private static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        server(rows);
        queues(rows);
        protection(rows);
        choice(rows);
        surroundings(rows);
        rows.addAll(EntrySchema.rows());
        return List.copyOf(rows);
    }

    private static void server(List<Row> rows) {
        rows.add(
                Row.of(
                        "yardmaster.host",
                        new Kind.Text(
                                Pattern.compile("[A-Za-z0-9.:_\\[\\]-]{1,255}"),
                                "an address or host name"),
                        "127.0.0.1",
                        "Address that REST and the dashboard listen on; anything but loopback needs keys."));
        rows.add(
                Row.of(
                        "yardmaster.port",
                        whole(0, 65_535),
                        "8080",
                        "Port of REST and the dashboard; 0 takes any free one."));
        rows.add(
                Row.of(
                        "yardmaster.replica-id",
                        new Kind.Text(
                                Pattern.compile("[A-Za-z0-9._:-]{1,64}"),
                                "1 to 64 of A-Z a-z 0-9 . _ : -"),
                        "",
                        "This replica's name, different for each; not set: host name and a random suffix."));
        rows.add(
                Row.of(
                        "yardmaster.data-dir",
                        new Kind.File(false),
                        "./data",
                        "Where the embedded Redis keeps its data."));
        rows.add(
                Row.of(
                                "yardmaster.redis.uri",
                                new Kind.Addresses(
                                        List.of(
                                                "redis",
                                                "rediss",
                                                "redis-sentinel",
                                                "rediss-sentinel"),
                                        "embedded, redis://host:port, rediss://host:port, redis-sentinel://a,b#master, or several comma-separated redis:// for a cluster"),
                                "embedded",
                                "The Redis that holds the queues; `embedded` starts one.")
                        .hidden());
        rows.add(
                Row.of(
                        "yardmaster.redis.read-from",
                        new Kind.Choice(List.of("master", "replica-preferred")),
                        "master",
                        "Where inspection reads; `replica-preferred` takes load off the master."));
        rows.add(
                Row.of(
                        "yardmaster.redis.timeout",
                        time(Duration.ofMillis(10), Duration.ofMinutes(1)),
                        "1s",
                        "After this a Redis call counts as unknown, to be repeated."));
        redisLink(rows);
        rows.add(
                Row.of(
                        "yardmaster.shards",
                        whole(1, ShardMap.MOST),
                        "1",
                        "Parts that the queues are split into, each on one master of a Redis Cluster; may grow."));
        rows.add(
                Row.of(
                        "yardmaster.max-in-flight",
                        whole(1, 100_000),
                        "1000",
                        "Most requests at nodes at once, per replica."));
        rows.add(
                Row.of(
                        "yardmaster.max-body",
                        new Kind.Size(0, 512 << 20),
                        "1MiB",
                        "Largest request body; above it producers get 413."));
        rows.add(
                Row.of(
                        "yardmaster.lease",
                        time(Duration.ofMillis(500), Duration.ofMinutes(10)),
                        "5s",
                        "A killed replica's requests are back in dispatch within it."));
    }

    private static void redisLink(List<Row> rows) {
        rows.add(
                Row.of(
                        "yardmaster.redis.start-wait",
                        time(Duration.ZERO, Duration.ofHours(1)),
                        "30s",
                        "How long a start waits for a Redis that is not there yet."));
        rows.add(
                Row.of(
                        "yardmaster.redis.tls.ca",
                        new Kind.File(true),
                        "",
                        "PEM authorities that sign the certificates of a rediss:// Redis; not set: the JDK's."));
        rows.add(
                Row.of(
                        "yardmaster.redis.tls.cert",
                        new Kind.File(true),
                        "",
                        "PEM certificate that Redis asks its clients for."));
        rows.add(
                Row.of(
                        "yardmaster.redis.tls.key",
                        new Kind.File(true),
                        "",
                        "PEM private key of it (PKCS #8, no password)."));
        rows.add(
                Row.of(
                        "yardmaster.redis.wait-replicas",
                        whole(0, 10),
                        "0",
                        "Replicas of Redis that must have a request before its enqueue is answered (WAIT); above 0 the durability is `replicated`."));
        rows.add(
                Row.of(
                        "yardmaster.redis.wait-timeout",
                        time(Duration.ofMillis(10), Duration.ofMinutes(1)),
                        "1s",
                        "How long an enqueue waits for them; then it is answered 503, and may be repeated with its id."));
        rows.add(
                Row.of(
                        "yardmaster.redis.assume-durability",
                        new Kind.Choice(List.of("none", "fsync")),
                        "none",
                        "What to believe of a Redis that does not show its settings (CONFIG GET): `fsync` says that it writes every answer to disk first."));
    }

    private static void queues(List<Row> rows) {
        rows.add(
                Row.of(
                        "yardmaster.queues.max-size",
                        whole(1, 100_000_000),
                        "10000",
                        "Most waiting requests per service and priority; above it producers get 503."));
        rows.add(
                Row.of(
                        "yardmaster.queues.batch-size",
                        whole(1, 10_000),
                        "100",
                        "Most requests in one take."));
        rows.add(
                Row.of(
                        "yardmaster.queues.order",
                        new Kind.Choice(List.of("weighted", "strict")),
                        "weighted",
                        "`weighted` shares the nodes' time by weight, `strict` always takes the most urgent."));
        rows.add(
                Row.of(
                        "yardmaster.queues.max-memory",
                        new Kind.Decimal(0, 1, true, false),
                        "0.85",
                        "Share of Redis' maxmemory above which enqueues get 503, so that what is in can go on."));
        List<List<String>> defaults =
                List.of(
                        List.of("1.0", "5s", "3", "0.10"),
                        List.of("0.8", "10s", "2", "0.05"),
                        List.of("0.5", "30s", "1", "0"),
                        List.of("0.2", "60s", "0", "0"));
        for (int i = 0; i < PRIORITIES.size(); i++) {
            EntrySchema.priority(
                    rows, "yardmaster.queues.priorities." + PRIORITIES.get(i), defaults.get(i));
        }
        rows.add(
                Row.of(
                        "yardmaster.retry.base",
                        time(MS, Duration.ofHours(1)),
                        "1s",
                        "Pause before the first retry; doubles with each."));
        rows.add(
                Row.of(
                        "yardmaster.retry.max",
                        time(MS, DAY),
                        "5m",
                        "Longest pause between retries."));
        rows.add(
                Row.of(
                        "yardmaster.retry.jitter",
                        new Kind.Choice(List.of("full", "none")),
                        "full",
                        "`full` draws the pause between 0 and its length, so that retries do not arrive together."));
        rows.add(
                Row.of(
                        "yardmaster.outcome.ttl",
                        time(Duration.ofSeconds(1), YEAR),
                        "1h",
                        "How long an outcome can be asked for."));
        rows.add(
                Row.of(
                        "yardmaster.outcome.max-body",
                        new Kind.Size(0, 64 << 20),
                        "64KiB",
                        "How much of a node's answer an outcome keeps."));
        rows.add(
                Row.of(
                        "yardmaster.dead.max",
                        whole(1, 10_000_000),
                        "10000",
                        "Dead requests kept per service and priority; the oldest go first."));
        rows.add(
                Row.of(
                        "yardmaster.dead.ttl",
                        time(Duration.ofSeconds(1), YEAR),
                        "30d",
                        "How long a dead request is kept."));
    }

    private static void protection(List<Row> rows) {
        EntrySchema.limit(rows, "yardmaster.rate-limit.producer", List.of("1000", "1s", "2"));
        EntrySchema.limit(rows, "yardmaster.rate-limit.service", List.of("0", "1s", "2"));
        EntrySchema.limit(rows, "yardmaster.rate-limit.node", List.of("0", "1s", "2"));
        EntrySchema.breaker(
                rows, "yardmaster.circuit-breaker", List.of("0.5", "10", "10s", "30s", "3", "off"));
        rows.add(
                Row.of(
                        "yardmaster.resources.cpu-threshold",
                        decimal(0, 1),
                        "0.8",
                        "A node with more CPU used by others than us serves only when no other can."));
        rows.add(
                Row.of(
                        "yardmaster.resources.memory-threshold",
                        decimal(0, 1),
                        "0.8",
                        "The same for memory."));
        rows.add(
                Row.of(
                        "yardmaster.resources.io-threshold",
                        decimal(0, 1),
                        "0.7",
                        "The same for IO."));
        rows.add(
                Row.of(
                        "yardmaster.resources.max-connections",
                        whole(1, 1_000_000),
                        "5000",
                        "The same for connections."));
        rows.add(
                Row.of(
                        "yardmaster.resources.limit-concurrency",
                        new Kind.Truth(),
                        "true",
                        "A node gets no more requests than it serves side by side, as learnt from its responses; the others wait in the queue, where the urgent ones go first."));
        rows.add(
                Row.of(
                        "yardmaster.nodes-allowed",
                        new Kind.Ranges(),
                        "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,127.0.0.0/8,::1/128,fc00::/7",
                        "Addresses that nodes and callbacks may have; link-local, metadata and multicast never."));
    }

    private static void choice(List<Row> rows) {
        String s = "yardmaster.strategy.";
        rows.add(
                Row.of(
                        s + "default",
                        new Kind.Choice(STRATEGIES),
                        "adaptive",
                        "How a node is chosen for services that do not say."));
        rows.add(
                Row.of(
                        s + "weighted-response.window-size",
                        whole(1, 10_000),
                        "100",
                        "Answers of a node that its mean is taken over."));
        rows.add(
                Row.of(
                        s + "weighted-response.min-responses",
                        whole(1, 10_000),
                        "10",
                        "Before this many of them a node counts as the mean of its peers; at most `window-size`."));
        rows.add(
                Row.of(
                        s + "resource-based.cpu-weight",
                        decimal(0, 1),
                        "0.4",
                        "Power of free CPU in the headroom; only the proportion of the three counts."));
        rows.add(
                Row.of(
                        s + "resource-based.memory-weight",
                        decimal(0, 1),
                        "0.3",
                        "The same of free memory."));
        rows.add(
                Row.of(
                        s + "resource-based.io-weight",
                        decimal(0, 1),
                        "0.3",
                        "The same of free IO."));
        rows.add(
                Row.of(
                        s + "round-robin.weight-decay",
                        new Kind.Decimal(0, 1, true, false),
                        "0.95",
                        "Factor on a node's turns for each fault, down to a tenth; for `weighted-round-robin` too."));
        rows.add(
                Row.of(
                        s + "round-robin.reset-interval",
                        time(Duration.ofSeconds(1), YEAR),
                        "1h",
                        "A node that has had no fault for this long has all its turns again."));
        rows.add(
                Row.of(
                        s + "least-connections.max-connections",
                        whole(1, 100_000),
                        "1000",
                        "A node with as many requests in flight, from all replicas, is full."));
        rows.add(
                Row.of(
                        s + "least-connections.connection-timeout",
                        time(MS, Duration.ofHours(1)),
                        "30s",
                        "An idle connection to a node is closed after this, whatever the strategy."));
        rows.add(
                Row.of(
                        s + "consistent-hash.bound",
                        decimal(1, 100),
                        "1.25",
                        "A node without an idle core, with 4 or more in flight, takes at most this multiple of the mean load; the rest goes to the node with the next best score. For services that are sticky by address or key too."));
        rows.add(
                Row.of(
                        s + "consistent-hash.virtual-nodes",
                        whole(1, 1_000),
                        "100",
                        "Points of a node of weight 1: weights count in steps of its reciprocal. Costs nothing."));
    }

    private static void surroundings(List<Row> rows) {
        Duration second = Duration.ofMillis(100);
        rows.add(
                Row.of(
                        "yardmaster.monitoring.metrics-interval",
                        time(second, DAY),
                        "10s",
                        "Pages of node exporters are fetched this often, unless a node names its own interval."));
        rows.add(
                Row.of(
                        "yardmaster.monitoring.health-check-interval",
                        time(second, DAY),
                        "30s",
                        "Nodes are checked this often."));
        rows.add(
                Row.of(
                        "yardmaster.monitoring.health-rise",
                        whole(1, 100),
                        "2",
                        "Good checks in a row that make a node healthy."));
        rows.add(
                Row.of(
                        "yardmaster.monitoring.health-fall",
                        whole(1, 100),
                        "3",
                        "Bad checks in a row that make it unhealthy."));
        rows.add(
                Row.of(
                        "yardmaster.monitoring.report-expiry",
                        time(second, DAY),
                        "30s",
                        "An older report of a node is not believed."));
        rows.add(
                Row.of(
                        "yardmaster.explain.per-second",
                        whole(0, 1_000),
                        "10",
                        "Choices of a node that are recorded for `why`, per replica; 0: none. About 1 KiB each,"
                                + " kept with the outcome."));
        rows.add(
                Row.of(
                        "yardmaster.audit.interval",
                        time(second, Duration.ofHours(1)),
                        "20s",
                        "From the end of one pass of the audit over a shard to the next: what other hands damage in"
                                + " Redis is found and mended."));
        telling(rows);
        rows.add(
                Row.of(
                        "yardmaster.geo.database",
                        new Kind.File(true),
                        "",
                        "A MaxMind .mmdb that places a request by clientIp when it names no region."));
        rows.add(
                Row.of(
                                "yardmaster.mqtt.uri",
                                new Kind.Addresses(
                                        List.of("tcp", "ssl", "mqtt", "mqtts"),
                                        "broker addresses such as tcp://host:1883, comma-separated"),
                                "",
                                "MQTT brokers; not set: no MQTT.")
                        .hidden());
        rows.add(
                Row.of(
                        "yardmaster.mqtt.prefix",
                        new Kind.Text(
                                Pattern.compile(
                                        "[^+#\\s\\p{Cntrl}/]{1,64}(/[^+#\\s\\p{Cntrl}/]{1,64}){0,7}"),
                                "a topic without + # and blanks"),
                        "yardmaster",
                        "First part of all topics."));
        rows.add(
                Row.of(
                        "yardmaster.security.enabled",
                        new Kind.Choice(List.of("auto", "true", "false")),
                        "auto",
                        "Whether API keys are asked for; `auto`: as soon as there are keys."));
        rows.add(
                Row.of(
                        "yardmaster.security.insecure",
                        new Kind.Truth(),
                        "false",
                        "Allows listening beyond loopback without keys."));
        rows.add(
                Row.of(
                        "yardmaster.security.tls.certificate",
                        new Kind.File(true),
                        "",
                        "PEM certificate chain; with it REST speaks HTTPS."));
        rows.add(
                Row.of(
                        "yardmaster.security.tls.private-key",
                        new Kind.File(true),
                        "",
                        "PEM private key of the certificate."));
    }

    private static void telling(List<Row> rows) {
        rows.add(
                Row.of(
                        "yardmaster.tracing.enabled",
                        new Kind.Truth(),
                        "false",
                        "Sends spans of every request to a collector, by OpenTelemetry's messaging conventions."
                                + " W3C trace contexts are passed on either way."));
        rows.add(
                Row.of(
                        "yardmaster.tracing.endpoint",
                        new Kind.Addresses(
                                List.of("http", "https"),
                                "an http or https URL such as http://collector:4318/v1/traces"),
                        "http://127.0.0.1:4318/v1/traces",
                        "The collector's address for traces (OTLP over HTTP, protobuf)."));
        rows.add(
                Row.of(
                        "yardmaster.tracing.sample-ratio",
                        decimal(0, 1),
                        "1",
                        "Share of the traces begun here that are recorded; a request that comes with a trace keeps"
                                + " its caller's choice."));
        rows.add(
                Row.of(
                        "yardmaster.log.format",
                        new Kind.Choice(List.of("text", "json")),
                        "text",
                        "`json` writes one object a line: ts, level, logger, message, request (its id) and more."));
    }

    static Kind whole(int min, int max) {
        return new Kind.Whole(min, max, false);
    }

    static Kind decimal(double min, double max) {
        return new Kind.Decimal(min, max, false, false);
    }

    static Kind time(Duration min, Duration max) {
        return new Kind.Time(min, max);
    }
}
