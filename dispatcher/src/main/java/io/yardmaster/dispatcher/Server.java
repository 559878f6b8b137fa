package io.yardmaster.dispatcher;

import ch.qos.logback.classic.LoggerContext;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import io.yardmaster.dispatcher.api.About;
import io.yardmaster.dispatcher.api.Callbacks;
import io.yardmaster.dispatcher.api.Destinations;
import io.yardmaster.dispatcher.api.RequestParser;
import io.yardmaster.dispatcher.api.ServerLimits;
import io.yardmaster.dispatcher.api.Streams;
import io.yardmaster.dispatcher.dispatch.DispatchListener;
import io.yardmaster.dispatcher.dispatch.Loop;
import io.yardmaster.dispatcher.dispatch.Replica;
import io.yardmaster.dispatcher.dispatch.Tracing;
import io.yardmaster.dispatcher.dispatch.Whereabouts;
import io.yardmaster.dispatcher.doctor.Doctor;
import io.yardmaster.dispatcher.doctor.Installation;
import io.yardmaster.dispatcher.doctor.Roster;
import io.yardmaster.dispatcher.events.EventLog;
import io.yardmaster.dispatcher.events.Herald;
import io.yardmaster.dispatcher.events.News;
import io.yardmaster.dispatcher.history.Waits;
import io.yardmaster.dispatcher.live.Live;
import io.yardmaster.dispatcher.metrics.DispatchMetrics;
import io.yardmaster.dispatcher.net.AllowedNetworks;
import io.yardmaster.dispatcher.net.HttpForwarder;
import io.yardmaster.dispatcher.net.NodePages;
import io.yardmaster.dispatcher.net.NodeProbe;
import io.yardmaster.dispatcher.settings.Effective;
import io.yardmaster.dispatcher.settings.Settings;
import io.yardmaster.dispatcher.trace.Traces;
import io.yardmaster.queue.RequestIds;
import io.yardmaster.redis.EmbeddedRedis;
import io.yardmaster.redis.EventLoops;
import io.yardmaster.redis.Redis;
import io.yardmaster.redis.RedisConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A running replica with everything around it: Redis, HTTP server, dispatching. Ends on SIGTERM:
/// takes nothing more, lets what is in flight finish, then closes in the reverse order of starting.
final class Server implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Server.class);

    /// Kubernetes and systemd kill after 30 s by default; what isn't done by then comes back by its
    /// lease.
    private static final Duration GRACE = Duration.ofSeconds(25);

    private static final Duration LOOK_AT_REDIS = Duration.ofSeconds(1);
    private static final Duration HTTP_GRACE = Duration.ofSeconds(2);
    private static final Duration LONGEST_CLOSE = Duration.ofSeconds(30);
    private static final String VERSION = "0.1.0";
    private static final int FAILED = 1;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile @Nullable Replica running;
    private volatile @Nullable Streams streams;

    private Server() {}

    /// Serves until the process is told to end; the exit code.
    ///
    /// @param effective the settings as they are shown
    /// @param whereabouts places requests by their clients' addresses
    static int run(Settings settings, Effective effective, Whereabouts whereabouts)
            throws InterruptedException {
        Server opening = new Server();
        opening.endOnSignal();
        try (Server server = opening) {
            server.start(settings, effective, whereabouts);
            server.ended.await();
            return 0;
        } catch (RuntimeException e) {
            if (settings.log().json()) {
                log.error("the start failed: {}", reason(e, settings));
            } else {
                System.err.println("yardmaster serve: " + reason(e, settings));
            }
            log.debug("start", e);
            return FAILED;
        } finally {
            stopLogging();
            opening.closed.countDown();
        }
    }

    /// Writes what is still buffered; nothing is logged after it.
    private static void stopLogging() {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext logging) {
            logging.stop();
        }
    }

    private static String reason(Throwable failure, Settings settings) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof BindException) {
                return "yardmaster.port: "
                        + settings.server().port()
                        + " on "
                        + settings.server().host()
                        + " is taken (expected: a free port)";
            }
        }
        Throwable root = failure;
        while (root.getCause() != null && root.getMessage() == null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage());
    }

    /// Asked for before anything is started: of a port that is taken, native sockets say a number,
    /// and Micronaut prints where.
    private static void requireFreePort(Settings settings) {
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(
                    new InetSocketAddress(settings.server().host(), settings.server().port()), 1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void start(Settings settings, Effective effective, Whereabouts whereabouts)
            throws InterruptedException {
        requireFreePort(settings);
        Optional<EmbeddedRedis> embedded = embeddedRedis(settings);
        String uri =
                embedded.map(EmbeddedRedis::uri)
                        .orElseGet(() -> String.join(",", settings.redis().uris()));
        EventLoops loops = open(EventLoops.open("io", loops()));
        Redis redis =
                open(
                        RedisStart.connect(
                                new RedisConfig(
                                        uri,
                                        settings.redis().timeout(),
                                        settings.redis().tls(),
                                        settings.redis().copies()),
                                Replica.library(),
                                loops,
                                settings.redis().startWait(),
                                ended));
        PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        DispatchMetrics metrics = new DispatchMetrics(meters);
        redis.onCall(metrics::redisCalled);

        // The one place where time and chance come from.
        Replica.Surroundings around =
                new Replica.Surroundings(
                        InstantSource.system(),
                        System::nanoTime,
                        () -> ThreadLocalRandom.current().nextLong(),
                        new SecureRandom(),
                        loops.threads());
        EventLog events = new EventLog(redis, settings.server().replicaId());
        Herald herald =
                open(new Herald(events, new RequestIds(around.clock(), around.secret())::nonce));
        News news = new News(herald, around.nanos());
        Waits waits = new Waits();
        Tracing tracing = tracing(settings);
        Replica.Parts parts =
                Replica.parts(
                        settings,
                        redis,
                        metrics,
                        around,
                        new Replica.Hearing(news, news, news, tracing.offers()));
        metrics.replica(
                VERSION, settings.queues().maxSize(), () -> parts.safety().trouble().isEmpty());
        AllowedNetworks networks = AllowedNetworks.of(settings.nodesAllowed());
        HttpForwarder forwarder = open(new HttpForwarder(forwarding(settings), networks, loops));
        RequestParser parser =
                new RequestParser(
                        settings.server().maxBody(),
                        parts.ids(),
                        around.clock(),
                        networks::refusal);
        Replica replica =
                open(
                        new Replica(
                                settings,
                                parts,
                                new Replica.Reach(
                                        tracing.forwarder().apply(forwarder),
                                        new NodeProbe(forwarder),
                                        new NodePages(forwarder),
                                        parser,
                                        whereabouts,
                                        listeners(tracing, new Callbacks(forwarder), news, waits)),
                                around));
        Live live =
                open(
                        new Live(
                                new Live.Yard(
                                        settings,
                                        redis,
                                        parts.queue(),
                                        parts.nodes(),
                                        parts.breakers(),
                                        parts.safety()),
                                new Live.Sources(events, herald, news, waits),
                                new Live.Around(
                                        VERSION,
                                        around.clock(),
                                        around.nanos(),
                                        replica::alive,
                                        replica.auditor()::repaired)));
        embedded.ifPresent(server -> open(RedisStart.keepAlive(server, redis)));
        open(new Loop("look at Redis' settings", LOOK_AT_REDIS, parts.safety()::look).start());
        Roster roster = roster(settings, redis, around.clock(), replica, live);
        EmbeddedServer http =
                http(
                        settings,
                        parts,
                        replica,
                        live,
                        parser,
                        networks,
                        meters,
                        around.clock(),
                        List.of(effective, roster));
        opened.add(roster::leave);
        open(new Loop("roster", Roster.INTERVAL, roster::tell).start());
        new KnownFromFile(parts.registry(), networks).register(settings.known());
        replica.start();
        live.start();
        running = replica;
        log.info(
                "serving on {} with Redis {}, durability {}",
                http.getURL(),
                redis.config().redacted(),
                parts.safety().durability().text());
    }

    /// An event loop for every second core: with one for each they compete with Redis for them and
    /// see fewer answers a round.
    private static int loops() {
        return Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    }

    /// What it takes is loaded only when it is wanted.
    private Tracing tracing(Settings settings) {
        return settings.tracing().enabled()
                ? open(new Traces(settings.tracing(), settings.server().replicaId(), VERSION))
                        .tracing()
                : Tracing.NONE;
    }

    private static List<DispatchListener> listeners(Tracing tracing, DispatchListener... others) {
        List<DispatchListener> all = new ArrayList<>(tracing.listeners());
        all.addAll(List.of(others));
        return all;
    }

    private static Roster roster(
            Settings settings, Redis redis, InstantSource clock, Replica replica, Live live) {
        return new Roster(
                redis,
                settings.server().replicaId(),
                VERSION,
                Replica.library().digest(),
                clock,
                replica.held()::size,
                live::replicaGone);
    }

    private static Doctor doctor(Settings settings, Replica.Parts parts, InstantSource clock) {
        return new Doctor(
                new Installation(
                        settings,
                        parts.redis(),
                        parts.queue()::depth,
                        parts.nodes(),
                        parts.safety()::durability,
                        VERSION,
                        Replica.library().digest(),
                        new Installation.Host(
                                clock, System::nanoTime, Path.of("/"), Server::space)));
    }

    private static Installation.Disk.Space space(Path directory) throws IOException {
        FileStore store = Files.getFileStore(directory);
        return new Installation.Disk.Space(store.getUsableSpace(), store.getTotalSpace());
    }

    /// `connection-timeout` is said under one strategy and meant for all: a connection is a node's,
    /// whoever chose the node.
    static HttpForwarder.Config forwarding(Settings settings) {
        HttpForwarder.Config config =
                HttpForwarder.Config.defaults().withMaxBody(settings.outcome().maxBody());
        return settings.strategy()
                                .values()
                                .getOrDefault("least_connections", Map.of())
                                .get("connection-timeout")
                        instanceof Duration idle
                ? config.withIdleTimeout(idle)
                : config;
    }

    private Optional<EmbeddedRedis> embeddedRedis(Settings settings) {
        if (!settings.redis().embedded()) {
            return Optional.empty();
        }
        return Optional.of(open(EmbeddedRedis.start(settings.server().dataDir(), "always")));
    }

    private EmbeddedServer http(
            Settings settings,
            Replica.Parts parts,
            Replica replica,
            Live live,
            RequestParser parser,
            AllowedNetworks networks,
            PrometheusMeterRegistry meters,
            InstantSource clock,
            List<Object> shown) {
        Map<String, Object> properties = new HashMap<>(ServerLimits.properties(settings));
        properties.put("micronaut.server.host", settings.server().host());
        properties.put(
                "micronaut.server.port",
                settings.server().port() == 0 ? -1 : settings.server().port());
        properties.put("micronaut.application.name", "yardmaster");
        // Calls at hand are answered before the port's connections are closed.
        properties.put("micronaut.lifecycle.graceful-shutdown.enabled", true);
        properties.put("micronaut.lifecycle.graceful-shutdown.grace-period", HTTP_GRACE);
        ApplicationContext context =
                ApplicationContext.builder()
                        .deduceEnvironment(false)
                        .deduceCloudEnvironment(false)
                        .enableDefaultPropertySources(false)
                        .environmentPropertySource(false)
                        .banner(false)
                        .properties(properties)
                        .singletons(
                                settings,
                                parts.redis(),
                                parts.queue(),
                                parts.intake(),
                                parts.registry(),
                                parts.nodes(),
                                parts.breakers(),
                                parts.ids(),
                                parts.safety(),
                                parser,
                                (Destinations) networks::refusal,
                                replica,
                                replica.explainer(),
                                live,
                                live.lookout(),
                                replica.auditor(),
                                new About(
                                        parts.redis().config().redacted(), VERSION, replica::ready),
                                doctor(settings, parts, clock),
                                meters,
                                clock)
                        .singletons(shown.toArray())
                        .build();
        opened.add(context);
        context.start();
        streams = context.getBean(Streams.class);
        return context.getBean(EmbeddedServer.class).start();
    }

    /// SIGTERM and Ctrl-C. The JVM ends when its hooks have, so the hook waits for the orderly end;
    /// a signal during the start lets the start finish first.
    private void endOnSignal() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::endInOrder, "shutdown"));
    }

    private void endInOrder() {
        if (closed.getCount() == 0) {
            return; // the start failed, and its exit code is to stay
        }
        try {
            Streams open = streams;
            if (open != null) {
                open.close(); // their clients go on at another replica
            }
            Replica replica = running;
            if (replica != null && !replica.drain(GRACE)) {
                log.warn(
                        "not everything in flight ended within {}: it comes back by its lease",
                        GRACE);
            }
            ended.countDown();
            if (closed.await(LONGEST_CLOSE.toSeconds(), TimeUnit.SECONDS)) {
                // Having been asked to end is no failure, but by itself a JVM then exits with 143.
                Runtime.getRuntime().halt(0);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private <T extends AutoCloseable> T open(T resource) {
        opened.add(resource);
        return resource;
    }

    @Override
    public void close() {
        for (AutoCloseable resource : opened.reversed()) {
            try {
                resource.close();
            } catch (IOException | RuntimeException e) {
                log.warn("closing {}: {}", resource.getClass().getSimpleName(), e.toString());
            } catch (Exception e) {
                throw new IllegalStateException(
                        "closing " + resource.getClass().getSimpleName(), e);
            }
        }
    }
}
