package io.yardmaster.dispatcher.events;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.yardmaster.dispatcher.dispatch.DispatchListener;
import io.yardmaster.nodes.Health;
import io.yardmaster.nodes.Node;
import io.yardmaster.nodes.NodeListener;
import io.yardmaster.nodes.RegistryListener;
import io.yardmaster.nodes.ServiceSettings;
import io.yardmaster.queue.Lease;
import io.yardmaster.queue.QueueName;
import io.yardmaster.queue.Settlement;
import io.yardmaster.ratelimit.BreakerListener;
import io.yardmaster.ratelimit.BreakerState;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Makes events of what this replica changes, and of what it sees by itself: registrations, health,
/// breakers, dead requests, full queues. Thread-safe.
public final class News
        implements RegistryListener, NodeListener, BreakerListener, DispatchListener {
    private static final JsonMapper JSON = new JsonMapper();
    private static final long AGAIN = 60_000_000_000L;
    private static final int MOST_QUEUES = 10_000;

    private final Herald herald;
    private final LongSupplier nanos;
    private final DeadNews dead = new DeadNews();
    private final Map<QueueName, Long> full = new ConcurrentHashMap<>();

    public News(Herald herald, LongSupplier nanos) {
        this.herald = herald;
        this.nanos = nanos;
    }

    @Override
    public void registered(Node node, boolean replaced) {
        herald.tell(new Event.NodeRegistered(node, replaced));
    }

    /// Found out by every replica; told by the one that did it.
    @Override
    public void registered(Node node) {}

    @Override
    public void removed(Node node) {}

    @Override
    public void removed(String node) {
        herald.tell(new Event.NodeRemoved(node));
    }

    @Override
    public void drained(String node) {
        herald.tell(new Event.NodeDrained(node));
    }

    @Override
    public void resumed(String node) {
        herald.tell(new Event.NodeResumed(node));
    }

    @Override
    public void serviceChanged(
            String service, @Nullable ServiceSettings before, @Nullable ServiceSettings after) {
        ServiceSettings from = before == null ? ServiceSettings.NONE : before;
        ServiceSettings to = after == null ? ServiceSettings.NONE : after;
        if (!Objects.equals(from.strategy(), to.strategy())) {
            herald.tell(
                    new Event.StrategyChanged(
                            service,
                            Optional.ofNullable(from.strategy()),
                            Optional.ofNullable(to.strategy())));
        }
        if (after == null || !withoutStrategy(from).equals(withoutStrategy(to))) {
            herald.tell(new Event.ServiceChanged(service, after == null));
        }
    }

    private static ServiceSettings withoutStrategy(ServiceSettings settings) {
        return new ServiceSettings(
                null,
                settings.rateLimit(),
                settings.breaker(),
                settings.priorities(),
                settings.sticky(),
                settings.placement());
    }

    /// A queue refused a request, or holds as many as it may. Told once a minute while it is so.
    public void full(QueueName queue, long most) {
        long now = nanos.getAsLong();
        if (full.size() > MOST_QUEUES) {
            full.clear();
        }
        Long told = full.get(queue);
        if (told == null || now - told > AGAIN) {
            full.put(queue, now);
            herald.tell(new Event.QueueFull(queue, most));
        }
    }

    /// That a node's registration made its health unknown is no news of its own.
    @Override
    public void healthChanged(Node node, Health from, Health to) {
        if (to != Health.UNKNOWN) {
            herald.tell(new Event.NodeHealthChanged(node.id(), from, to));
        }
    }

    @Override
    public void changed(String node, String service, BreakerState from, BreakerState to) {
        Optional<Duration> openFor =
                to instanceof BreakerState.Open open
                        ? Optional.of(Duration.ofNanos(open.until() - nanos.getAsLong()))
                        : Optional.empty();
        herald.tell(new Event.BreakerChanged(node, service, from.name(), to.name(), openFor));
    }

    @Override
    public void settled(Lease lease, Settlement settlement, Settlement.Answer answer) {
        if (answer == Settlement.Answer.OK
                && settlement instanceof Settlement.Dead(String outcome)
                && dead.mayTell(nanos.getAsLong())) {
            herald.tell(event(lease, outcome));
        }
    }

    private static Event event(Lease lease, String outcome) {
        JsonNode json = parsed(outcome);
        return new Event.RequestDead(
                lease.id(),
                lease.request().queue(),
                lease.attempt(),
                json.path("node").asText(""),
                json.path("error").path("reason").asText(""));
    }

    private static JsonNode parsed(String outcome) {
        try {
            return JSON.readTree(outcome);
        } catch (JsonProcessingException e) {
            return MissingNode.getInstance();
        }
    }

    /// Tells how many died that could not be told one by one; to be called now and then.
    public void tellMore() {
        long more = dead.takeUntold(nanos.getAsLong());
        if (more > 0) {
            herald.tell(new Event.MoreDead(more));
        }
    }
}
