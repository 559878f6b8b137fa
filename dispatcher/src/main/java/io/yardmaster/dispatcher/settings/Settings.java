package io.yardmaster.dispatcher.settings;

import io.yardmaster.redis.RedisConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// Everything that an operator configured, typed and checked: one record per concern. Immutable.
///
/// `Settings.load` is the way to get one; the ranges of the values stand in [Schema] and nowhere
/// else.
public record Settings(
        Server server,
        RedisServer redis,
        Queues queues,
        Dispatching dispatch,
        Retries retry,
        Outcomes outcome,
        Dead dead,
        RateLimits rateLimit,
        Breaker circuitBreaker,
        Strategies strategy,
        Resources resources,
        List<String> nodesAllowed,
        Monitoring monitoring,
        Explain explain,
        Auditing audit,
        Tracing tracing,
        Logging log,
        Geo geo,
        Known known,
        Security security,
        Mqtt mqtt) {

    /// The short flags of `serve`; any other key is set with `--set key=value`.
    public static final Map<String, String> FLAGS = flags();

    /// Where this replica listens, and what it is called.
    ///
    /// @param port 0 takes any free port
    /// @param maxBody largest request body in bytes
    public record Server(String host, int port, String replicaId, Path dataDir, int maxBody) {}

    /// The Redis that holds the queues.
    ///
    /// @param uris empty: start an embedded Redis; several: the seeds of a cluster
    /// @param readFrom `master` or `replica-preferred`
    /// @param startWait how long a start waits for a Redis that is not there yet
    /// @param copies what an enqueue waits for
    /// @param assumeFsync what to believe of a Redis that does not show its settings
    public record RedisServer(
            List<String> uris,
            String readFrom,
            Duration timeout,
            int shards,
            Duration startWait,
            RedisConfig.Tls tls,
            RedisConfig.Copies copies,
            boolean assumeFsync) {
        public boolean embedded() {
            return uris.isEmpty();
        }
    }

    /// How much may wait, and who goes first.
    ///
    /// @param maxSize waiting requests per service and priority
    /// @param strict most urgent first, whatever the weights
    /// @param maxMemory share of Redis' maxmemory above which nothing is let in
    /// @param priorities by name, most urgent first; always all four
    public record Queues(
            int maxSize,
            int batchSize,
            boolean strict,
            double maxMemory,
            Map<String, PriorityRule> priorities) {}

    /// What one priority gets.
    ///
    /// @param timeout of one attempt at a node
    /// @param maxRetries attempts after the first
    /// @param reserve share of the slots (0 to 0.5) that is never lent
    public record PriorityRule(double weight, Duration timeout, int maxRetries, double reserve) {}

    /// @param interval from the end of one pass over a shard to the next
    public record Auditing(Duration interval) {}

    /// Spans for every request, sent to a collector.
    ///
    /// @param endpoint where OTLP over HTTP is taken, path included
    /// @param sampleRatio share of the traces that begin here, 0 to 1; others keep their caller's
    ///   choice
    public record Tracing(boolean enabled, String endpoint, double sampleRatio) {}

    /// @param json whether each line is one JSON object
    public record Logging(boolean json) {}

    /// @param perSecond how many choices of a node are recorded for `why`; 0 is off
    public record Explain(int perSecond) {}

    /// @param lease a killed replica's requests are back in dispatch within it
    public record Dispatching(int maxInFlight, Duration lease) {
        /// How long a lease lasts in Redis: a little less, because what comes back has still to be
        /// found and taken.
        public Duration held() {
            return lease.multipliedBy(19).dividedBy(20);
        }
    }

    /// Pauses between attempts; they double from `base` to `max`.
    ///
    /// @param fullJitter whether a pause is drawn between 0 and its length
    public record Retries(Duration base, Duration max, boolean fullJitter) {}

    /// How long outcomes can be asked for, and how much of them.
    ///
    /// @param maxBody bytes of a node's answer that are kept
    public record Outcomes(Duration ttl, int maxBody) {}

    /// How many dead requests are kept, and how long.
    ///
    /// @param max dead requests kept per service and priority
    public record Dead(int max, Duration ttl) {}

    public record RateLimits(Limit producer, Limit service, Limit node) {}

    /// One token bucket.
    ///
    /// @param rate requests per window, 0: no limit
    /// @param burstMultiplier burst in windows
    public record Limit(double rate, Duration window, double burstMultiplier) {
        public boolean off() {
            return rate == 0;
        }
    }

    /// When a breaker opens, and what closes it.
    ///
    /// @param consecutiveFailures 0: the rule is off
    public record Breaker(
            double errorThreshold,
            int minRequests,
            Duration window,
            Duration resetTimeout,
            int halfOpenRequests,
            int consecutiveFailures) {}

    /// How nodes are chosen.
    ///
    /// @param initial the strategy of services that name none, such as `least_connections`
    /// @param values by strategy (`least_connections`), then by key as in the table
    ///   (`max-connections`): Integer, Double or Duration
    public record Strategies(String initial, Map<String, Map<String, Object>> values) {}

    /// Shares from 0 to 1, and a number of connections.
    public record Resources(
            double cpu, double memory, double io, int maxConnections, boolean limitConcurrency) {}

    public record Monitoring(
            Duration metricsInterval,
            Duration healthCheckInterval,
            int healthRise,
            int healthFall,
            Duration reportExpiry) {}

    public record Geo(Optional<Path> database) {}

    /// Nodes and services of the file, as trees in the spelling of REST (`maxConnections`): String,
    /// Integer, Double, Boolean, list or map. A duration `window` is `windowMs`, a Long, as in
    /// REST.
    ///
    /// @param nodes as in `PUT /v1/nodes/{id}`, and `id`
    /// @param services by name, as in `PUT /v1/services/{name}`
    public record Known(
            List<Map<String, Object>> nodes, Map<String, Map<String, Object>> services) {}

    /// Who may do what.
    ///
    /// @param enabled whether REST asks for keys
    public record Security(boolean enabled, boolean insecure, List<Key> keys, Optional<Tls> tls) {}

    /// One API key, known by its hash.
    ///
    /// @param sha256 64 hexadecimal digits, lower case
    /// @param services empty: all
    /// @param node empty: all
    public record Key(
            String name,
            String role,
            String sha256,
            List<String> services,
            Optional<String> node) {}

    public record Tls(Path certificate, Path privateKey) {}

    /// The brokers.
    ///
    /// @param uris empty: no MQTT
    public record Mqtt(List<String> uris, String prefix) {}

    /// Either the settings, or every reason why there are none.
    public sealed interface Loaded {
        record Ok(Settings settings) implements Loaded {}

        /// Every mistake of this start.
        ///
        /// @param lines `key: value (expected: ...)`, at least one
        record Refused(List<String> lines) implements Loaded {}
    }

    /// Reads all sources; flags outrank the environment, which outranks `file`, which outranks
    /// `application.yml`.
    ///
    /// @param flags by setting key, or by a name of [#FLAGS]; `--config` itself is `file`
    public static Loaded load(
            Map<String, String> flags, Map<String, String> environment, Optional<Path> file) {
        Sources sources = sources(flags, environment, file);
        List<String> refusals = sources.refusals();
        Values values = Values.read(sources.given(), refusals);
        refusals.addAll(CrossChecks.of(values));
        if (!refusals.isEmpty()) {
            return new Loaded.Refused(List.copyOf(refusals));
        }
        String fallback = ReplicaName.fresh(environment, RandomGenerator.getDefault());
        return new Loaded.Ok(Assembly.of(values, fallback));
    }

    /// What these sources say, key to text, each as the highest of them has it: fit to be written
    /// to a file that [#load] reads. Passwords and hashes are in it.
    public static Map<String, String> texts(
            Map<String, String> flags, Map<String, String> environment, Optional<Path> file) {
        Map<String, String> texts = new LinkedHashMap<>();
        sources(flags, environment, file)
                .given()
                .forEach((key, given) -> texts.put(key, given.text()));
        return texts;
    }

    /// What is in force with these sources, fit to be shown.
    public static Effective effective(
            Map<String, String> flags, Map<String, String> environment, Optional<Path> file) {
        return Effective.of(sources(flags, environment, file).given(), file);
    }

    private static Sources sources(
            Map<String, String> flags, Map<String, String> environment, Optional<Path> file) {
        Sources sources = new Sources();
        sources.addResource("/application.yml");
        file.ifPresent(sources::addFile);
        sources.addVariables(environment);
        sources.addFlags(flags);
        return sources;
    }

    private static Map<String, String> flags() {
        Map<String, String> flags = new LinkedHashMap<>();
        flags.put("--redis", "yardmaster.redis.uri");
        flags.put("--port", "yardmaster.port");
        flags.put("--host", "yardmaster.host");
        flags.put("--data-dir", "yardmaster.data-dir");
        flags.put("--replica-id", "yardmaster.replica-id");
        return java.util.Collections.unmodifiableMap(flags);
    }
}
