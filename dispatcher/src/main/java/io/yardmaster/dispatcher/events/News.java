package io.yardmaster.dispatcher.events;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.yardmaster.dispatcher.dispatch.DispatchListener;
import io.yardmaster.nodes.Health;
import io.yardmaster.nodes.Node;
import io.yardmaster.nodes.NodeListener;
import io.yardmaster.queue.Lease;
import io.yardmaster.queue.Settlement;
import io.yardmaster.ratelimit.BreakerListener;
import io.yardmaster.ratelimit.BreakerState;
import java.util.function.LongSupplier;

/// Makes events of what this replica sees by itself: health, breakers, dead requests. Thread-safe.
public final class News implements NodeListener, BreakerListener, DispatchListener {
    private static final JsonMapper JSON = new JsonMapper();

    private final Herald herald;
    private final LongSupplier nanos;
    private final DeadNews dead = new DeadNews();

    public News(Herald herald, LongSupplier nanos) {
        this.herald = herald;
        this.nanos = nanos;
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
        herald.tell(new Event.BreakerChanged(node, service, from.name(), to.name()));
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
