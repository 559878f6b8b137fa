package io.yardmaster.dispatcher.live;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.yardmaster.dispatcher.dispatch.Loop;
import io.yardmaster.dispatcher.dispatch.RedisSafety;
import io.yardmaster.dispatcher.events.BreakerHints;
import io.yardmaster.dispatcher.events.Event;
import io.yardmaster.dispatcher.events.EventFeed;
import io.yardmaster.dispatcher.events.EventLog;
import io.yardmaster.dispatcher.events.Herald;
import io.yardmaster.dispatcher.events.News;
import io.yardmaster.dispatcher.history.FleetView;
import io.yardmaster.dispatcher.history.Flow;
import io.yardmaster.dispatcher.history.Flows;
import io.yardmaster.dispatcher.history.History;
import io.yardmaster.dispatcher.history.HistoryStore;
import io.yardmaster.dispatcher.history.LastMinute;
import io.yardmaster.dispatcher.history.Recorder;
import io.yardmaster.dispatcher.history.RedisClock;
import io.yardmaster.dispatcher.history.Waits;
import io.yardmaster.dispatcher.overview.Lookout;
import io.yardmaster.dispatcher.settings.Settings;
import io.yardmaster.nodes.NodeView;
import io.yardmaster.nodes.Nodes;
import io.yardmaster.queue.QueueDepth;
import io.yardmaster.queue.Shards;
import io.yardmaster.ratelimit.Breakers;
import io.yardmaster.redis.Redis;
import io.yardmaster.redis.RedisFailure;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Overview, events and history of one replica: what they are made of.
public final class Live implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Live.class);
    private static final Duration SECOND = Duration.ofSeconds(1);

    /// Steps of 10 s in a minute.
    private static final int MINUTE = 6;

    private final Yard yard;
    private final Sources sources;
    private final Around around;
    private final RedisClock clock;
    private final Flows flows = new Flows();
    private final EventFeed feed;
    private final Lookout lookout;
    private final History history;
    private final Recorder recorder;
    private final Loop moreDead;

    /// What of the replica is shown.
    public record Yard(
            Settings settings,
            Redis redis,
            Shards queue,
            Nodes nodes,
            Breakers breakers,
            RedisSafety safety) {}

    /// What is made before the replica, because its parts tell it what happens.
    public record Sources(EventLog events, Herald herald, News news, Waits waits) {}

    /// @param version of the program
    /// @param replicas how many are alive
    /// @param repaired what the audit's last passes mended, by kind
    public record Around(
            String version,
            InstantSource clock,
            LongSupplier nanos,
            IntSupplier replicas,
            Supplier<Map<String, Long>> repaired) {}

    public Live(Yard yard, Sources sources, Around around) {
        this.yard = yard;
        this.sources = sources;
        this.around = around;
        this.clock = new RedisClock(around.clock());
        this.feed = new EventFeed(sources.events());
        feed.join(new BreakerHints(yard.breakers(), yard.settings().server().replicaId()));
        HistoryStore store = new HistoryStore(yard.redis(), yard.settings().server().replicaId());
        this.history = new History(store, clock);
        this.recorder =
                new Recorder(
                        store,
                        clock,
                        flows,
                        sources.waits(),
                        new Recorder.Around(yard.queue()::depth, this::fleet, this::looked));
        LastMinute waits = new LastMinute(store, clock, sources.waits(), around.nanos());
        this.lookout =
                new Lookout(
                        yard.settings(),
                        yard.redis(),
                        yard.queue(),
                        yard.nodes(),
                        yard.breakers(),
                        yard.safety(),
                        flows,
                        new Lookout.Around(
                                around.nanos(),
                                clock::millis,
                                around.replicas(),
                                around.repaired(),
                                waits::get));
        this.moreDead = new Loop("more dead", SECOND, sources.news()::tellMore);
    }

    public Live start() {
        try {
            clock.set(yard.redis());
        } catch (RedisFailure e) {
            log.debug("asking Redis for its time", e); // the recorder will hear it
        }
        sources.herald().start();
        feed.start();
        recorder.start();
        moreDead.start();
        sources.herald().tell(new Event.ReplicaStarted(replica(), around.version()));
        return this;
    }

    private String replica() {
        return yard.settings().server().replicaId();
    }

    /// A replica fell silent.
    public void replicaGone(String replica) {
        sources.herald().tell(new Event.ReplicaEnded(replica, false));
    }

    private FleetView fleet() {
        return new FleetView(
                yard.nodes().view(),
                yard.nodes().inFlightOfAll(),
                yard.nodes().allSlots(),
                yard.settings().monitoring().reportExpiry());
    }

    /// Each look at the queues finds what is full; the writer tells the figures.
    private void looked(long step, List<QueueDepth> depths, boolean writer) {
        long most = yard.settings().queues().maxSize();
        for (QueueDepth depth : depths) {
            if (depth.depth() + depth.scheduled() >= most) {
                sources.news().full(depth.queue(), most);
            }
        }
        if (writer && step % MINUTE == 0) {
            sources.herald().tell(figures(depths));
        }
    }

    private Event figures(List<QueueDepth> depths) {
        Flow minute =
                flows.lastMinute(clock.millis()).values().stream().reduce(Flow.NONE, Flow::plus);
        List<NodeView> views = yard.nodes().view();
        return new Event.Figures(
                JsonNodeFactory.instance
                        .objectNode()
                        .put("waiting", depths.stream().mapToLong(QueueDepth::depth).sum())
                        .put("inFlight", depths.stream().mapToLong(QueueDepth::inFlight).sum())
                        .put("scheduled", depths.stream().mapToLong(QueueDepth::scheduled).sum())
                        .put("dead", depths.stream().mapToLong(QueueDepth::dead).sum())
                        .put(
                                "oldestMs",
                                depths.stream().mapToLong(QueueDepth::oldestMs).max().orElse(0))
                        .put("enqueuedPerMinute", Math.round(minute.enqueued()))
                        .put("succeededPerMinute", Math.round(minute.succeeded()))
                        .put("failedPerMinute", Math.round(minute.failed()))
                        .put("retriedPerMinute", Math.round(minute.retried()))
                        .put("nodesUp", views.stream().filter(Lookout::up).count())
                        .put("nodes", views.size())
                        .put("replicas", around.replicas().getAsInt()));
    }

    public Lookout lookout() {
        return lookout;
    }

    public History history() {
        return history;
    }

    public EventLog events() {
        return sources.events();
    }

    /// Where others hear events: [EventFeed#join].
    public EventFeed feed() {
        return feed;
    }

    /// Where events are told.
    public Herald herald() {
        return sources.herald();
    }

    public News news() {
        return sources.news();
    }

    /// A monotonic clock.
    public LongSupplier nanos() {
        return around.nanos();
    }

    @Override
    public void close() {
        moreDead.close();
        recorder.close();
        feed.close();
        sources.herald().tell(new Event.ReplicaEnded(replica(), true));
        sources.herald().close();
    }
}
