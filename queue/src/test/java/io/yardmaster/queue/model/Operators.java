package io.yardmaster.queue.model;

import io.yardmaster.queue.model.Shard.Request;
import io.yardmaster.queue.model.Step.Repeated;
import java.util.List;

/// What operators order and look at.
final class Operators {
    private static final int TICKETS_MOST = 90;

    private final Draw draw;
    private final Shard shard;
    private final Office office;

    Operators(Draw draw) {
        this.draw = draw;
        this.shard = draw.shard;
        this.office = new Office(shard);
    }

    Step pause() {
        return order("yard_pause", draw.queue(), office::pause);
    }

    Step resume() {
        String queue = draw.anyOf(shard.paused).orElse(draw.queue());
        return order("yard_resume", queue, office::resume);
    }

    Step depth() {
        return Step.call("yard_depth", List.of(), Repeated.NEVER, _ -> office.depth());
    }

    private interface Order {
        List<Object> on(String target);
    }

    private Step order(String function, String target, Order order) {
        return Step.call(function, List.of(target), Repeated.SAME, _ -> order.on(target));
    }

    Step cancel() {
        String id = draw.id();
        Request r = shard.requests.get(id);
        // A take looks at a hundred worthless tickets in vain and no more: stay below that.
        return r != null && shard.list(r.queue).size() > TICKETS_MOST
                ? purge(r.queue)
                : order("yard_cancel", id, office::cancel);
    }

    Step redrive() {
        String id = deadId();
        String nonce = draw.nonce();
        return Step.call(
                "yard_redrive", List.of(id, nonce), Repeated.SAME, _ -> office.redrive(id, nonce));
    }

    Step drop() {
        return order("yard_drop", deadId(), office::drop);
    }

    private String deadId() {
        return draw.anyOf(shard.deadOf(draw.queue()).keySet()).orElseGet(draw::id);
    }

    Step purge() {
        return purge(draw.queue());
    }

    private Step purge(String queue) {
        boolean list = draw.random.nextBoolean();
        int most = list ? draw.random.nextInt(1, 30) : 1000;
        String cursor = list ? "list" : "0";
        return Step.call(
                "yard_purge",
                List.of(queue, most, cursor),
                Repeated.NEXT,
                _ -> office.purge(queue, most, cursor));
    }

    Step trim() {
        String queue = draw.queue();
        boolean all = draw.random.nextBoolean();
        int most = draw.random.nextInt(1, 5);
        return Step.call(
                "yard_trim",
                List.of(queue, all ? 0 : 3_600_000, most),
                Repeated.NEXT,
                _ -> office.trim(queue, all, most));
    }

    Step find() {
        String id = draw.id();
        return Step.call("yard_find", List.of(id), Repeated.SAME, _ -> office.find(id));
    }

    Step listDead() {
        String queue = draw.queue();
        return Step.call(
                "yard_dead", List.of(queue, 100, ""), Repeated.SAME, _ -> office.dead(queue));
    }
}
