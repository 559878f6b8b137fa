package io.yardmaster.dispatcher.overview;

import io.yardmaster.dispatcher.dispatch.Policies;
import io.yardmaster.dispatcher.dispatch.RedisSafety;
import io.yardmaster.dispatcher.history.Flow;
import io.yardmaster.dispatcher.history.Flows;
import io.yardmaster.dispatcher.history.WaitTimes;
import io.yardmaster.dispatcher.settings.Settings;
import io.yardmaster.nodes.NodeView;
import io.yardmaster.nodes.Nodes;
import io.yardmaster.nodes.ServiceSettings;
import io.yardmaster.queue.QueueDepth;
import io.yardmaster.queue.QueueName;
import io.yardmaster.queue.Shards;
import io.yardmaster.ratelimit.BreakerState;
import io.yardmaster.ratelimit.Breakers;
import io.yardmaster.redis.Redis;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// Makes the [Overview]. Thread-safe; whoever asks within the same half second gets the same one,
/// so that many dashboards cost Redis no more than one.
public final class Lookout {
    private static final long FRESH = 500_000_000L;

    private final Shards queue;
    private final Nodes nodes;
    private final Breakers breakers;
    private final Settings settings;
    private final Flows flows;
    private final SlowFacts slow;
    private final Around around;
    private final long startedAt;
    private Optional<Overview> last = Optional.empty();
    private long lookedAt;

    /// @param nanos a monotonic clock
    /// @param redisNow Redis' clock in ms, as well as it is known
    /// @param replicas how many are alive
    /// @param repaired what the audit's last passes mended, by kind
    /// @param waits of the last minute, all replicas
    public record Around(
            LongSupplier nanos,
            LongSupplier redisNow,
            IntSupplier replicas,
            Supplier<Map<String, Long>> repaired,
            Supplier<Optional<WaitTimes>> waits) {}

    public Lookout(
            Settings settings,
            Redis redis,
            Shards queue,
            Nodes nodes,
            Breakers breakers,
            RedisSafety safety,
            Flows flows,
            Around around) {
        this.settings = settings;
        this.queue = queue;
        this.nodes = nodes;
        this.breakers = breakers;
        this.flows = flows;
        this.around = around;
        this.slow =
                new SlowFacts(redis, safety, queue.all().size(), around.repaired(), around.nanos());
        this.startedAt = around.nanos().getAsLong();
    }

    /// @throws io.yardmaster.redis.RedisFailure when Redis can't be asked
    public synchronized Overview look() {
        if (last.isPresent() && around.nanos().getAsLong() - lookedAt < FRESH) {
            return last.get();
        }
        List<QueueDepth> depths = queue.depth();
        long now = around.redisNow().getAsLong();
        flows.looked(now, depths);
        Overview made = make(now, depths);
        last = Optional.of(made);
        lookedAt = around.nanos().getAsLong();
        return made;
    }

    private Overview make(long now, List<QueueDepth> depths) {
        Map<QueueName, Flow> minute = flows.lastMinute(now);
        List<NodeView> views = nodes.view();
        Situation.Slow facts = slow.get(now, depths);
        long up = views.stream().filter(Lookout::up).count();
        long busy = depths.stream().mapToLong(QueueDepth::inFlight).sum();
        return new Overview(
                now,
                Duration.ofNanos(around.nanos().getAsLong() - startedAt).toMillis(),
                facts.durability().text(),
                depths.stream()
                        .map(depth ->
                                new Overview.Queue(
                                        depth,
                                        minute.getOrDefault(depth.queue(), Flow.NONE),
                                        flows.succeeded(depth.queue())))
                        .toList(),
                around.waits().get(),
                new Overview.Share(busy, nodes.allSlots()),
                new Overview.Share(up, views.size()),
                around.replicas().getAsInt(),
                Attention.of(situation(depths, minute, views, facts)));
    }

    public static boolean up(NodeView view) {
        return view.state() != NodeView.State.UNHEALTHY;
    }

    private Situation situation(
            List<QueueDepth> depths,
            Map<QueueName, Flow> minute,
            List<NodeView> views,
            Situation.Slow facts) {
        TreeSet<String> served = new TreeSet<>();
        views.stream()
                .filter(view ->
                        view.state() == NodeView.State.HEALTHY
                                || view.state() == NodeView.State.UNKNOWN)
                .forEach(view -> served.addAll(view.node().services()));
        Map<String, ServiceSettings> services = nodes.services();
        return new Situation(
                depths,
                minute,
                views,
                breakers.list().stream()
                        .filter(entry -> !(entry.state() instanceof BreakerState.Closed))
                        .toList(),
                served,
                facts,
                new Situation.Bounds(
                        name ->
                                Policies.of(
                                                settings,
                                                services.getOrDefault(
                                                        name.service(), ServiceSettings.NONE),
                                                name.priority())
                                        .timeout(),
                        settings.queues().maxSize(),
                        settings.dead().max(),
                        settings.monitoring().reportExpiry()));
    }
}
