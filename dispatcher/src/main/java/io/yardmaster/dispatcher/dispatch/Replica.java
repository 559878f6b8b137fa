package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.dispatcher.api.RequestParser;
import io.yardmaster.dispatcher.events.EventLog;
import io.yardmaster.dispatcher.history.HistoryStore;
import io.yardmaster.dispatcher.metrics.DispatchMetrics;
import io.yardmaster.dispatcher.settings.Settings;
import io.yardmaster.nodes.Health;
import io.yardmaster.nodes.HealthChecker;
import io.yardmaster.nodes.HealthProbe;
import io.yardmaster.nodes.Node;
import io.yardmaster.nodes.NodeListener;
import io.yardmaster.nodes.NodeRegistry;
import io.yardmaster.nodes.Nodes;
import io.yardmaster.nodes.RegistryListener;
import io.yardmaster.nodes.StatsPoller;
import io.yardmaster.queue.Audit;
import io.yardmaster.queue.QueueDepth;
import io.yardmaster.queue.RequestIds;
import io.yardmaster.queue.Shards;
import io.yardmaster.queue.WorkQueue;
import io.yardmaster.ratelimit.BreakerListener;
import io.yardmaster.ratelimit.Breakers;
import io.yardmaster.ratelimit.NodeLimits;
import io.yardmaster.ratelimit.RedisTokens;
import io.yardmaster.redis.FunctionLibrary;
import io.yardmaster.redis.Redis;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One dispatcher replica: what it is made of, and the loops that keep it going. The object graph
/// on one page.
public final class Replica implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Replica.class);
    private static final String FIRST_SHARD = "{yard:0}";

    /// How often replicas tell each other what they have in flight: for 10 of them. More tell it
    /// less often, so that the calls grow with their number and not with its square.
    private static final Duration TELL = Duration.ofMillis(50);

    private static final int TELLING = 10;
    private static final Duration HEARD = Duration.ofSeconds(1);

    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration AGREE = Duration.ofSeconds(1);

    private final Settings settings;
    private final Parts parts;
    private final Policies policies;
    private final Backlog backlog;
    private final HeldLeases held;
    private final Settler settler;
    private final Gate gate;
    private final TakePlanner planner;
    private final Dispatch dispatch;
    private final List<ShardKeeper> keepers;
    private final HealthChecker checker;
    private final StatsPoller stats;
    private final Auditor auditor;
    private final NodeLimits limits;
    private final Throughput throughput;
    private final Flights flights;
    private final LongSupplier nanos;
    private final ThreadFactory threads;
    private final List<AutoCloseable> running = new ArrayList<>();
    private final AtomicInteger replicas = new AtomicInteger(1);
    private int tellTurn;
    private Map<String, Integer> told = Map.of();
    private volatile boolean ready;

    /// What other parts of the program share with the replica.
    public record Parts(
            Redis redis,
            Shards queue,
            Intake intake,
            NodeRegistry registry,
            Nodes nodes,
            Breakers breakers,
            RequestIds ids,
            RedisSafety safety,
            DispatchMetrics metrics) {}

    /// What differs between a live program and a test.
    ///
    /// @param random thread-safe and quick: it is asked for every request
    /// @param secret for ids and nonces, which must not be guessed
    /// @param threads for what waits for Redis and nodes on a request's way
    public record Surroundings(
            InstantSource clock,
            LongSupplier nanos,
            RandomGenerator random,
            RandomGenerator secret,
            ThreadFactory threads) {}

    /// How the replica reaches nodes, and reads what producers push.
    ///
    /// @param whereabouts places requests that name no region
    /// @param listeners hear what happens on the way, besides the metrics
    public record Reach(
            Forwarder forwarder,
            HealthProbe probe,
            StatsPoller.Pages pages,
            RequestParser parser,
            Whereabouts whereabouts,
            List<DispatchListener> listeners) {}

    /// The whole function library.
    public static FunctionLibrary library() {
        return FunctionLibrary.of(
                Stream.concat(
                                WorkQueue.LIBRARY.stream(),
                                Stream.of(
                                        RedisTokens.LUA,
                                        NodeRegistry.LIBRARY_PART,
                                        EventLog.LIBRARY_PART,
                                        HistoryStore.LIBRARY_PART))
                        .toArray(String[]::new));
    }

    /// Who else hears, besides the log, of what becomes of nodes, services and breakers, and what
    /// goes around an offer.
    public record Hearing(
            RegistryListener registry,
            NodeListener nodes,
            BreakerListener breakers,
            Intake.Around offers) {
        static final Hearing NOBODY =
                new Hearing(
                        RegistryListener.NONE,
                        NodeListener.NONE,
                        (_, _, _, _) -> {},
                        Intake.Around.NOTHING);
    }

    /// The shared parts for these settings.
    public static Parts parts(
            Settings settings, Redis redis, DispatchMetrics metrics, Surroundings around) {
        return parts(settings, redis, metrics, around, Hearing.NOBODY);
    }

    /// The shared parts for these settings.
    public static Parts parts(
            Settings settings,
            Redis redis,
            DispatchMetrics metrics,
            Surroundings around,
            Hearing hearing) {
        Shards queue =
                Shards.open(
                        redis,
                        settings.redis().shards(),
                        settings.server().replicaId(),
                        settings.dispatch().held(),
                        around.nanos());
        NodeRegistry registry = new NodeRegistry(redis, hearing.registry());
        Breakers breakers =
                new Breakers(
                        new Policies(settings).breaker(""),
                        around.nanos(),
                        around.random(),
                        logged(hearing.breakers()));
        return new Parts(
                redis,
                queue,
                new Intake(queue, around.nanos(), hearing.offers()),
                registry,
                new Nodes(
                        registry,
                        NodesTuning.of(settings),
                        around.nanos(),
                        around.random(),
                        logged(hearing.nodes(), breakers)),
                breakers,
                new RequestIds(around.clock(), around.secret()),
                RedisSafety.check(
                        redis,
                        settings.redis().copies().replicas(),
                        settings.redis().assumeFsync(),
                        around.nanos()),
                metrics);
    }

    public Replica(Settings settings, Parts parts, Reach reach, Surroundings around) {
        this.settings = settings;
        this.nanos = around.nanos();
        this.threads = around.threads();
        this.parts = parts;
        this.policies = new Policies(settings);
        this.backlog = new Backlog(parts.queue().all().size(), around.nanos());
        this.held = new HeldLeases(settings.dispatch().held(), around.clock(), around.nanos());
        this.settler =
                new Settler(parts.queue().all(), around.threads(), around.nanos(), held::size);
        this.limits =
                new NodeLimits(
                        Policies.limit(settings.rateLimit().node()),
                        1,
                        new RedisTokens(parts.redis(), FIRST_SHARD),
                        around.nanos());
        this.gate =
                new Gate(
                        parts.nodes(),
                        parts.breakers(),
                        limits,
                        reach.whereabouts(),
                        around.nanos());
        this.throughput = new Throughput(around.nanos());
        this.flights =
                new Flights(
                        settings.server().replicaId(),
                        held,
                        policies,
                        parts.redis(),
                        around,
                        parts.ids()::nonce);
        this.planner =
                new TakePlanner(
                        policies,
                        backlog,
                        held,
                        gate,
                        new TakePlanner.Bounds(
                                settings.dispatch().maxInFlight(),
                                settings.queues().batchSize(),
                                parts.queue().all().size(),
                                () -> parts.queue().map().shards()),
                        around.nanos());
        this.dispatch =
                new Dispatch(
                        parts.queue().all(),
                        new Dispatch.Stations(
                                backlog,
                                planner,
                                held,
                                gate,
                                reach.forwarder(),
                                new Outbound(around.clock(), new BegunTrace(around.random())),
                                policies,
                                new RetryPolicy(settings.retry(), around.clock(), around.random()),
                                settler,
                                DispatchListener.all(
                                        Stream.concat(
                                                        Stream.of(parts.metrics()),
                                                        reach.listeners().stream())
                                                .toList())),
                        around,
                        parts.ids());
        ShardKeeper.Around served =
                new ShardKeeper.Around(
                        backlog,
                        held,
                        parts.intake(),
                        parts.metrics(),
                        reach.parser(),
                        around.nanos(),
                        this::countReplicas);
        this.keepers =
                parts.queue().all().stream()
                        .map(shard -> new ShardKeeper(settings, parts.queue(), shard, served))
                        .toList();
        this.checker =
                new HealthChecker(
                        parts.nodes(),
                        reach.probe(),
                        settings.monitoring().healthCheckInterval(),
                        around.nanos(),
                        around.random());
        this.auditor =
                new Auditor(
                        parts.queue().all().size(),
                        listening ->
                                new Audit(
                                        parts.redis(),
                                        listening.shard(),
                                        settings.server().replicaId(),
                                        settings.dispatch().held(),
                                        Audit.Pace.gentle(
                                                settings.audit().interval(), around.nanos()),
                                        around.secret(),
                                        listening.listener()),
                        parts.queue()::configureAgain,
                        parts.metrics());
        this.stats =
                new StatsPoller(
                        parts.nodes(),
                        reach.pages(),
                        parts.registry()::report,
                        settings.monitoring().metricsInterval(),
                        around.nanos(),
                        around.random());
    }

    /// Announces itself and starts to dispatch.
    public void start() {
        parts.metrics().rateLimited("producer", parts.intake()::limited);
        parts.metrics().rateLimited("service", backlog::limited);
        parts.metrics().rateLimited("node", gate::limited);
        parts.metrics().unreadable("answer", parts.nodes()::unreadableLoad);
        parts.metrics().unreadable("exporter", stats::failures);
        parts.nodes().sampleDecisions(settings.explain().perSecond());
        parts.queue().configure(policies.queueConfig());
        parts.nodes().refresh();
        look();
        keepers.forEach(ShardKeeper::start);
        running.add(new Loop("tell in flight", TELL, this::tellInFlight).start());
        Loop look = new Loop("look at nodes", LOOK, this::look);
        running.add(look.start());
        running.add(parts.redis().subscribe(NodeRegistry.CHANNEL, _ -> look.wake()));
        running.add(auditor.start());
        running.add(flights.start());
        if (parts.queue().all().size() > 1) {
            running.add(new Loop("agree on shards", AGREE, parts.queue()::agree).start());
        }
        checker.start();
        stats.start();
        dispatch.start();
        if (settings.redis().copies().replicas() == 0) { // else the call lasts until they have it
            parts.intake().takeAlong(dispatch.lanes(), parts.ids()::nonce, threads);
        }
        ready = true;
    }

    /// Only the counts of this moment say how much a node has to do; each replica knows its own.
    /// Who has nothing in flight and nothing waiting neither tells nor listens, so an idle yard
    /// costs nothing; its last word is that it has none.
    private void tellInFlight() {
        int others = replicas.get() - 1;
        if (others == 0 || tellTurn++ % Math.ceilDiv(others, TELLING) != 0) {
            return;
        }
        Map<String, Integer> own = parts.nodes().inFlight();
        if (own.isEmpty() && told.isEmpty() && backlog.services().isEmpty()) {
            return;
        }
        parts.nodes()
                .othersInFlight(
                        parts.registry()
                                .exchangeInFlight(settings.server().replicaId(), own, HEARD));
        told = own;
        backlog.ring(); // what the others have finished may be free for us
    }

    /// The shards that answer may know different numbers for a moment.
    private void countReplicas() {
        int counted = Math.max(1, keepers.stream().mapToInt(ShardKeeper::replicas).max().orElse(1));
        if (replicas.getAndSet(counted) != counted) {
            log.info("{} replicas are alive", counted);
        }
        parts.nodes().setLiveReplicas(counted);
        limits.setLiveReplicas(counted);
    }

    /// The safety net below all messages: what nodes and services there are.
    private void look() {
        List<QueueDepth> depths =
                QueueDepth.sum(keepers.stream().map(ShardKeeper::depths).toList());
        parts.metrics().depths(depths);
        throughput.looked(depths);
        parts.nodes().refresh();
        if (policies.update(parts.nodes().services())) {
            parts.queue().configure(policies.queueConfig());
            parts.nodes()
                    .services()
                    .keySet()
                    .forEach(service ->
                            parts.breakers().configure(service, policies.breaker(service)));
            planner.reshare();
        }
        parts.metrics()
                .nodes(
                        parts.nodes().view(),
                        parts.nodes().services().keySet(),
                        parts.breakers().list(),
                        nanos.getAsLong());
    }

    /// Whether it takes part: Redis answers and it isn't ending.
    public boolean ready() {
        return ready;
    }

    /// How many replicas are alive, this one included.
    public int alive() {
        return replicas.get();
    }

    public HeldLeases held() {
        return held;
    }

    public Auditor auditor() {
        return auditor;
    }

    /// Answers what a waiting request waits for.
    public Explainer explainer() {
        return new Explainer(
                new Explainer.Evidence(parts.nodes(), gate, backlog, planner, policies, throughput),
                flights,
                settings.server().replicaId());
    }

    /// Stops taking, waits for what is in flight, and gives back what was not sent.
    ///
    /// @return whether everything ended in time
    public boolean drain(Duration longest) throws InterruptedException {
        ready = false;
        log.info("ending: {} requests are in flight", held.size());
        return dispatch.drain(longest);
    }

    @Override
    public void close() {
        ready = false;
        dispatch.close();
        checker.close();
        stats.close();
        keepers.forEach(ShardKeeper::stop);
        for (AutoCloseable each : running.reversed()) {
            try {
                each.close();
            } catch (Exception e) {
                log.warn("closing {}: {}", each, e.toString());
            }
        }
        keepers.forEach(ShardKeeper::close);
        settler.close();
        parts.intake().close();
        parts.queue().leave();
    }

    private static BreakerListener logged(BreakerListener also) {
        return (node, service, from, to) -> {
            log.warn("breaker of {} for {}: {} -> {}", node, service, from.name(), to.name());
            also.changed(node, service, from, to);
        };
    }

    private static NodeListener logged(NodeListener also, Breakers breakers) {
        return new NodeListener() {
            @Override
            public void registered(Node node) {
                log.info("node {} at {} serves {}", node.id(), node.url(), node.services());
                also.registered(node);
            }

            @Override
            public void removed(Node node) {
                log.info("node {} was removed", node.id());
                breakers.forgetNode(node.id());
                also.removed(node);
            }

            @Override
            public void healthChanged(Node node, Health from, Health to) {
                log.info("node {}: {} -> {}", node.id(), from, to);
                also.healthChanged(node, from, to);
            }
        };
    }
}
