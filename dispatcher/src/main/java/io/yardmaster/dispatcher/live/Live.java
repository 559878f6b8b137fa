package io.yardmaster.dispatcher.live;

import io.yardmaster.dispatcher.dispatch.RedisSafety;
import io.yardmaster.dispatcher.events.EventFeed;
import io.yardmaster.dispatcher.events.EventLog;
import io.yardmaster.dispatcher.events.Herald;
import io.yardmaster.dispatcher.history.Flows;
import io.yardmaster.dispatcher.history.RedisClock;
import io.yardmaster.dispatcher.overview.Lookout;
import io.yardmaster.dispatcher.settings.Settings;
import io.yardmaster.nodes.Nodes;
import io.yardmaster.queue.Shards;
import io.yardmaster.ratelimit.Breakers;
import io.yardmaster.redis.Redis;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// Overview, events and history of one replica: what they are made of.
public final class Live implements AutoCloseable {
    private final EventLog events;
    private final EventFeed feed;
    private final Herald herald;
    private final Lookout lookout;
    private final LongSupplier nanos;

    /// What of the replica is shown.
    public record Yard(
            Settings settings,
            Redis redis,
            Shards queue,
            Nodes nodes,
            Breakers breakers,
            RedisSafety safety) {}

    /// @param replicas how many are alive
    /// @param repaired what the audit's last passes mended, by kind
    public record Around(
            InstantSource clock,
            LongSupplier nanos,
            IntSupplier replicas,
            Supplier<Map<String, Long>> repaired) {}

    /// @param log where the herald tells what it is told
    public Live(Yard yard, EventLog log, Herald herald, Around around) {
        this.events = log;
        this.herald = herald;
        this.nanos = around.nanos();
        this.feed = new EventFeed(log);
        RedisClock clock = new RedisClock(around.clock());
        Flows flows = new Flows();
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
                                Optional::empty));
    }

    public Live start() {
        herald.start();
        feed.start();
        return this;
    }

    public Lookout lookout() {
        return lookout;
    }

    public EventLog events() {
        return events;
    }

    public EventFeed feed() {
        return feed;
    }

    public Herald herald() {
        return herald;
    }

    /// A monotonic clock.
    public LongSupplier nanos() {
        return nanos;
    }

    @Override
    public void close() {
        feed.close();
        herald.close();
    }
}
