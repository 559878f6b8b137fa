package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.dispatcher.api.RequestParser;
import io.yardmaster.dispatcher.metrics.DispatchMetrics;
import io.yardmaster.dispatcher.settings.Settings;
import io.yardmaster.queue.QueueDepth;
import io.yardmaster.queue.Shards;
import io.yardmaster.queue.WorkQueue;
import io.yardmaster.redis.RedisFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All that goes on at one shard besides taking and settling, each in a loop of its own: a shard
/// that is away holds up no other.
final class ShardKeeper implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ShardKeeper.class);
    private static final int MOST_MOVES = 200;

    /// Short enough for the contract's 100 ms from the ingress list into a queue.
    private static final Duration TEND = Duration.ofMillis(50);

    /// Short against the time after which unsent work comes back.
    private static final Duration RENEW = Duration.ofMillis(100);

    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration TRIM = Duration.ofSeconds(30);

    private final Settings settings;
    private final Shards shards;
    private final WorkQueue shard;
    private final Around around;
    private final IngressDoor ingress;
    private final List<Loop> loops = new ArrayList<>();
    private final List<AutoCloseable> subscriptions = new ArrayList<>();
    private boolean memoryFull;
    private volatile int replicas;
    private volatile List<QueueDepth> depths = List.of();

    /// What of the replica it serves.
    ///
    /// @param nanos the monotonic clock of the backlog
    /// @param tended run after each sign of life
    record Around(
            Backlog backlog,
            HeldLeases held,
            Intake intake,
            DispatchMetrics metrics,
            RequestParser parser,
            LongSupplier nanos,
            Runnable tended) {}

    ShardKeeper(Settings settings, Shards shards, WorkQueue shard, Around around) {
        this.settings = settings;
        this.shards = shards;
        this.shard = shard;
        this.around = around;
        this.ingress = new IngressDoor(shard, around.parser());
    }

    void start() {
        listen("waiting", () -> shard.onWake(q -> around.backlog().woke(shard.shard(), q)));
        listen("ended", () -> shard.onSettled(around.intake()::settled));
        listen("cancelled", () -> shard.onCancelled(around.held()::cancelled));
        loop("tend ", TEND, this::tend);
        loop("renew leases of ", RENEW, this::renew);
        loop("look at ", LOOK, this::look);
        loop("trim dead of ", TRIM, this::trim);
    }

    /// Messages are a short cut: without them a look finds the same a little later.
    private void listen(String news, Supplier<AutoCloseable> subscription) {
        try {
            subscriptions.add(subscription.get());
        } catch (RedisFailure e) {
            log.warn("{} does not tell of {} requests yet: {}", shard, news, e.getMessage());
        }
    }

    private void loop(String job, Duration interval, Loop.Step step) {
        loops.add(new Loop(job + shard, interval, step).start());
    }

    private void tend() {
        WorkQueue.Tended tended = tendOnce();
        shards.keepConfigured(shard);
        replicas = tended.replicas();
        around.tended().run();
        if (tended.leasesLost() > 0) {
            around.metrics().leasesLost((int) tended.leasesLost());
            log.warn("{} leases ended without a word of their replica", tended.leasesLost());
        }
        memoryFull(tended.memoryFull());
        long admitted = memoryFull ? 0 : tended.ingress();
        while (admitted > 0) {
            admitted = ingress.admit();
        }
    }

    private WorkQueue.Tended tendOnce() {
        try {
            return shards.on(shard, each -> each.tend(Duration.ZERO, MOST_MOVES));
        } catch (RedisFailure e) {
            replicas = 0; // the other shards know
            throw e;
        }
    }

    private void memoryFull(boolean full) {
        if (full && !memoryFull) {
            log.error(
                    "Redis of {} uses more than {} of its maxmemory: enqueues are refused until work"
                            + " has made room",
                    shard,
                    settings.queues().maxMemory());
        } else if (memoryFull && !full) {
            log.info("Redis of {} has room again: enqueues are accepted", shard);
        }
        memoryFull = full;
    }

    private void renew() {
        int lost = around.held().renew(shard);
        if (lost > 0) {
            log.warn("{} leases were lost or cancelled: their attempts are called off", lost);
        }
    }

    /// The safety net below all messages: what waits here.
    private void look() {
        long askedAt = around.nanos().getAsLong();
        depths = shard.depth();
        around.backlog().looked(shard.shard(), depths, askedAt);
    }

    private void trim() {
        for (QueueDepth depth : depths) {
            if (depth.dead() > 0) {
                shard.trim(depth.queue(), settings.dead().ttl(), MOST_MOVES);
            }
        }
    }

    /// Live replicas as this shard knows them, 0 while it is away.
    int replicas() {
        return replicas;
    }

    /// As last seen.
    List<QueueDepth> depths() {
        return depths;
    }

    /// Begins to end, without waiting: for who closes many.
    void stop() {
        loops.forEach(Loop::stop);
    }

    @Override
    public void close() {
        stop();
        loops.forEach(Loop::close);
        for (AutoCloseable each : subscriptions) {
            try {
                each.close();
            } catch (Exception e) {
                log.debug("closing a subscription of {}", shard, e);
            }
        }
    }
}
